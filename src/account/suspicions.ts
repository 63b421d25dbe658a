import type { AccountDataEvent } from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'

export type Suspicion =
  /** Everything is compared. */
  | { readonly kind: 'compare'; readonly cause: string; readonly instrument?: InstrumentId | undefined }
  /** Only balances and positions are read. */
  | { readonly kind: 'refresh'; readonly cause: string }

/** What belongs together comes within so long. */
const JOIN_WITHIN_MS: DurationMs = 2000
/** Clocks of one engine agree to within this. */
const SAME_MOMENT_US = 100_000
/** An alarm that found nothing is not raised again sooner; doubled each time. */
const FIRST_PAUSE_MS: DurationMs = 10_000
const MOST_PAUSE_MS: DurationMs = 300_000
const MOST_EXPECTED = 10_000

interface Expected {
  readonly key: string
  readonly instrument: InstrumentId | undefined
  readonly timeUs: EpochUs
  readonly dueMs: number
}

/**
 * What the stream says hints at what it did not say: a fill that is announced and never reported, a position that moved without
 * a fill, a fill after which no balance moved, a balance that moved for no reason. Each event counts by itself; nothing waits
 * for its counterpart.
 */
export class Suspicions {
  private readonly announced = new Map<string, Expected>()
  private readonly moved = new Map<string, Expected>()
  private readonly lastFillUs = new Map<InstrumentId, number>()
  private readonly hasPositions: boolean
  private holdingsUs = 0
  private causeUs = 0
  private fill: Expected | undefined
  private balance: Expected | undefined
  private pauseMs = 0
  private quietUntilMs = Number.NEGATIVE_INFINITY

  /** @param hasPositions balances move for many reasons where there are positions, and for orders only where there are none */
  constructor(hasPositions: boolean) {
    this.hasPositions = hasPositions
  }

  announce(instrument: InstrumentId, orderId: string, tradeId: string, timeUs: EpochUs, nowMs: number): void {
    const key = `${instrument}|${orderId}|${tradeId}`
    if (this.announced.size < MOST_EXPECTED)
      this.announced.set(key, { key, instrument, timeUs, dueMs: nowMs + JOIN_WITHIN_MS })
  }

  /** Something that the stream told. `isQuantityMoved`: a position has another size than before. */
  told(event: AccountDataEvent, timeUs: EpochUs, isQuantityMoved: boolean, nowMs: number): void {
    const dueMs = nowMs + JOIN_WITHIN_MS
    switch (event.kind) {
      case 'fill': {
        const { instrument } = event
        this.announced.delete(`${instrument}|${event.orderId}|${event.tradeId}`)
        this.lastFillUs.set(instrument, Math.max(timeUs, this.lastFillUs.get(instrument) ?? 0))
        this.causeUs = Math.max(this.causeUs, timeUs)
        this.fill = { key: event.tradeId, instrument, timeUs, dueMs: this.fill?.dueMs ?? dueMs }
        return
      }
      case 'order':
        this.causeUs = Math.max(this.causeUs, timeUs)
        return
      case 'balance':
        this.holdingsUs = Math.max(this.holdingsUs, timeUs)
        if (!this.hasPositions && event.change === undefined)
          this.balance = { key: event.asset, instrument: undefined, timeUs, dueMs: this.balance?.dueMs ?? dueMs }
        return
      case 'position':
        this.holdingsUs = Math.max(this.holdingsUs, timeUs)
        if (isQuantityMoved)
          this.moved.set(event.instrument, { key: event.instrument, instrument: event.instrument, timeUs, dueMs })
        return
      default:
        return
    }
  }

  /** A balance moved for a reason that was told. */
  explained(timeUs: EpochUs): void {
    this.causeUs = Math.max(this.causeUs, timeUs)
  }

  /** What is overdue, the gravest first. */
  due(nowMs: number): Suspicion | undefined {
    const ahead = takeDue(this.announced, nowMs)
    if (ahead !== undefined)
      return {
        kind: 'compare',
        cause: `the announced fill ${ahead.key} was not reported`,
        instrument: ahead.instrument,
      }
    const moved = takeDue(this.moved, nowMs, ({ instrument, timeUs }) => {
      return instrument !== undefined && (this.lastFillUs.get(instrument) ?? 0) < timeUs - SAME_MOMENT_US
    })
    if (moved !== undefined) return this.quietly(nowMs, `the position of ${moved.key} moved without a fill`, moved)
    const { balance, fill } = this
    if (balance !== undefined && nowMs >= balance.dueMs) {
      this.balance = undefined
      if (this.causeUs < balance.timeUs - SAME_MOMENT_US)
        return this.quietly(nowMs, `the balance of ${balance.key} moved for no known reason`, balance)
    }
    if (fill === undefined || nowMs < fill.dueMs) return undefined
    this.fill = undefined
    if (this.holdingsUs >= fill.timeUs - SAME_MOMENT_US) return undefined
    return { kind: 'refresh', cause: `no balance moved after the fill ${fill.key}` }
  }

  /** The comparison that was asked for found something, or nothing. */
  judged(didFind: boolean, nowMs: number): void {
    this.pauseMs = didFind ? 0 : Math.min(MOST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.pauseMs * 2))
    this.quietUntilMs = nowMs + this.pauseMs
  }

  /** Everything has been compared: what was expected until now is settled. */
  clear(): void {
    this.announced.clear()
    this.moved.clear()
    this.fill = undefined
    this.balance = undefined
  }

  private quietly(nowMs: number, cause: string, expected: Expected): Suspicion | undefined {
    if (nowMs < this.quietUntilMs) return undefined
    return { kind: 'compare', cause, instrument: expected.instrument }
  }
}

/** The first that is overdue and still open; those before it that are not are forgotten. */
function takeDue(
  expected: Map<string, Expected>,
  nowMs: number,
  isOpen: (candidate: Expected) => boolean = () => true,
): Expected | undefined {
  for (const [key, candidate] of expected) {
    if (nowMs < candidate.dueMs) continue
    expected.delete(key)
    if (isOpen(candidate)) return candidate
  }
  return undefined
}
