import type { GapEvent, TradeEvent } from '../model/event.ts'

/** Most gaps that are kept apart; further ones widen the newest. */
const MOST_GAPS = 256

export interface GapSpan {
  /** Exchange time of the last input before it. */
  readonly fromUs: number
  /** Exchange time of the first input behind it; Infinity until there is one. */
  readonly toUs: number
}

interface KnownGap {
  readonly channel: string
  readonly fromUs: number
  toUs: number
  readonly firstId: number
  readonly lastId: number
  /** Ids that are still missing; -1 when they cannot be counted. */
  missing: number
}

/** Where inputs are missing, by exchange time, and what has been brought later. */
export class GapLedger {
  private gaps: KnownGap[] = []

  get count(): number {
    return this.gaps.length
  }

  /** True while the channel has said nothing since it lost something. */
  isOpen(channel: string): boolean {
    return this.gaps.some(gap => gap.channel === channel && gap.toUs === Number.POSITIVE_INFINITY)
  }

  add(event: GapEvent, lastTimeUs: number): void {
    const firstId = Number(event.from ?? Number.NaN)
    const lastId = Number(event.to ?? Number.NaN)
    const isTrades = event.channel === 'trade' || event.channel === 'rawTrade'
    const isCounted = isTrades && Number.isSafeInteger(firstId) && Number.isSafeInteger(lastId) && firstId <= lastId
    const missing = isCounted ? lastId - firstId + 1 : -1
    if (this.gaps.length >= MOST_GAPS) this.gaps = this.gaps.slice(-MOST_GAPS / 2)
    this.gaps.push({
      channel: event.channel,
      fromUs: lastTimeUs,
      toUs: Number.POSITIVE_INFINITY,
      firstId,
      lastId,
      missing,
    })
  }

  /** The channel speaks again. */
  close(channel: string, timeUs: number): void {
    for (const gap of this.gaps) if (gap.channel === channel && gap.toUs === Number.POSITIVE_INFINITY) gap.toUs = timeUs
  }

  /** A missing trade was brought after all. A gap that has all of them is none any more, and is returned. */
  repaired(trade: TradeEvent): GapSpan | undefined {
    const id = Number(trade.id)
    const gap = this.gaps.find(other => other.missing > 0 && id >= other.firstId && id <= other.lastId)
    if (gap === undefined || --gap.missing > 0) return undefined
    this.gaps = this.gaps.filter(other => other !== gap)
    return gap
  }

  /** How many gaps touch `[fromUs, untilUs)`. */
  within(fromUs: number, untilUs: number): number {
    let count = 0
    for (const gap of this.gaps) if (gap.fromUs < untilUs && gap.toUs >= fromUs) count++
    return count
  }

  /** Gaps that ended at or before this time are forgotten. */
  forget(untilUs: number): void {
    if (this.gaps.length > 0) this.gaps = this.gaps.filter(gap => gap.toUs > untilUs)
  }

  forgetChannel(channel: string): void {
    this.gaps = this.gaps.filter(gap => gap.channel !== channel)
  }
}
