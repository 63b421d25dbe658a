import type { FillEvent } from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { compareIds } from './order-ledger.ts'

/** Fills that can be read again. */
export const FILLS_KEPT = 10_000
/** Executions of one instrument that are remembered one by one, before those that REST has confirmed are forgotten. */
const MOST_SEEN = 20_000

/** Signs of trading may come late, but not by a day. */
const QUIET_MARGIN_US = 86_400_000_000

/** How far the fills of one instrument are known. */
export interface FillMark {
  /** Highest trade id that REST has told: everything up to it was asked for. */
  readonly verifiedId: string | undefined
  /** Without an id: everything before this time was asked for. */
  readonly verifiedUs: EpochUs
  /** Ids at or below this one have all been delivered. */
  readonly floorId: string | undefined
  /** `orderId|tradeId` of the fills that were delivered, oldest first. */
  readonly seen: readonly string[]
}

interface Track {
  verifiedId: string | undefined
  verifiedUs: EpochUs
  floorId: string | undefined
  readonly seen: Set<string>
}

/**
 * Which executions have been delivered. The key is instrument, order and trade: an account that trades with itself has two
 * executions of one trade. Pure.
 */
export class FillLedger {
  private readonly tracks = new Map<InstrumentId, Track>()
  private readonly beginUs: EpochUs
  private recent: FillEvent[] = []
  private comparedUs: number = 0

  /** @param beginUs fills before this moment belong to nobody here */
  constructor(beginUs: EpochUs) {
    this.beginUs = beginUs
  }

  get instruments(): readonly InstrumentId[] {
    return [...this.tracks.keys()]
  }

  has(instrument: InstrumentId, orderId: string, tradeId: string): boolean {
    const track = this.tracks.get(instrument)
    if (track === undefined) return false
    if (track.seen.has(`${orderId}|${tradeId}`)) return true
    return track.floorId !== undefined && compareIds(tradeId, track.floorId) <= 0
  }

  /** True when the fill is new; false when it was delivered, or happened before the account was first looked at. */
  tell(fill: FillEvent): boolean {
    if (this.has(fill.instrument, fill.orderId, fill.tradeId)) return false
    if (fill.origin === 'reconcile' && (fill.exchangeTimeUs ?? this.beginUs) < this.beginUs) return false
    const track = this.track(fill.instrument)
    track.seen.add(`${fill.orderId}|${fill.tradeId}`)
    if (track.seen.size > MOST_SEEN) forget(track)
    this.recent.push(fill)
    // A quarter more than is kept, so that the cost of forgetting is spread.
    if (this.recent.length > FILLS_KEPT * 1.25) this.recent = this.recent.slice(-FILLS_KEPT)
    return true
  }

  /** Newest last. */
  fills(limit: number): readonly FillEvent[] {
    const most = Math.max(0, Math.min(limit, FILLS_KEPT))
    return most === 0 ? [] : this.recent.slice(-most)
  }

  /** Where to go on asking REST. */
  mark(instrument: InstrumentId): { readonly fromId: string | undefined; readonly sinceUs: EpochUs } {
    const track = this.tracks.get(instrument)
    const sinceUs = Math.max(track?.verifiedUs ?? this.beginUs, this.comparedUs - QUIET_MARGIN_US)
    return { fromId: track?.verifiedId, sinceUs: epochUs(sinceUs) }
  }

  /** Everything was compared at this moment: what gave no sign of trading until then had not traded. */
  compared(atUs: EpochUs): void {
    if (atUs > this.comparedUs) this.comparedUs = atUs
  }

  /** REST has told everything from the mark up to this id, or this time. */
  verified(instrument: InstrumentId, lastId: string | undefined, untilUs: EpochUs): void {
    const track = this.track(instrument)
    if (lastId !== undefined && (track.verifiedId === undefined || compareIds(lastId, track.verifiedId) > 0))
      track.verifiedId = lastId
    if (untilUs > track.verifiedUs) track.verifiedUs = untilUs
  }

  marks(): ReadonlyMap<InstrumentId, FillMark> {
    return new Map(
      [...this.tracks].map(([instrument, track]) => [
        instrument,
        { ...track, seen: [...track.seen].slice(-MOST_SEEN) },
      ]),
    )
  }

  restore(instrument: InstrumentId, mark: FillMark): void {
    const { verifiedId, verifiedUs, floorId, seen } = mark
    this.tracks.set(instrument, { verifiedId, verifiedUs, floorId, seen: new Set(seen) })
  }

  /** Delivered before a restart. */
  remember(instrument: InstrumentId, key: string): void {
    this.track(instrument).seen.add(key)
  }

  private track(instrument: InstrumentId): Track {
    let track = this.tracks.get(instrument)
    track ??= { verifiedId: undefined, verifiedUs: this.beginUs, floorId: undefined, seen: new Set() }
    this.tracks.set(instrument, track)
    return track
  }
}

/** What REST has confirmed is not asked for again: its ids need not be kept one by one. The newest half stays all the same. */
function forget(track: Track): void {
  const { verifiedId } = track
  if (verifiedId === undefined) return
  let left = track.seen.size / 2
  let floorId = track.floorId
  for (const key of track.seen) {
    const tradeId = key.slice(key.indexOf('|') + 1)
    if (left-- <= 0) break
    if (compareIds(tradeId, verifiedId) >= 0) continue
    track.seen.delete(key)
    if (floorId === undefined || compareIds(tradeId, floorId) > 0) floorId = tradeId
  }
  track.floorId = floorId
}
