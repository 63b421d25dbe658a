import type { Side } from '../../model/event.ts'
import { TimeWindow } from '../time-window.ts'
import type { Fate } from './fate.ts'
import { type BookMoment, sideFate, type TradedVolume } from './fate-interval.ts'

/** Most states of the book, and most trades, that wait for each other; beyond that the oldest are left out. */
const MOST_PENDING = 20_000

export interface FateLedgerOptions {
  readonly windowMs: number
  /** How long an interval waits for its trades. */
  readonly latenessMs: number
  readonly bps: number
  readonly inBase: (quantity: number, price: number) => number
}

export interface PassiveTrade {
  readonly timeUs: number
  /** Side of the taker: a `sell` meets bids. */
  readonly side: Side
  readonly price: number
  /** Against orders that the book shows, in the instrument's unit. */
  readonly visible: number
  /** Against orders it does not show, in the instrument's unit. */
  readonly unseen: number
}

interface Settled {
  readonly fromUs: number
  readonly toUs: number
  readonly row: readonly number[]
}

/**
 * Joins the states of the book with the trades in between. Trades and book come on streams of their own, so that an interval is
 * settled only when trades have had time to come; one whose trades came even later is taken out again.
 */
export class FateLedger {
  excluded = 0
  private readonly options: FateLedgerOptions
  /** Columns: consumed, pulled, added, hidden of bids, then of asks, then 1. */
  private readonly window: TimeWindow
  private moments: BookMoment[] = []
  private trades: PassiveTrade[] = []
  private settled: Settled[] = []
  private settledUs = Number.NEGATIVE_INFINITY

  constructor(options: FateLedgerOptions) {
    this.options = options
    this.window = new TimeWindow(options.windowMs, 9)
  }

  /** Intervals in the window. */
  get intervals(): number {
    return this.window.sum(8)
  }

  /** End of the newest settled interval, exchange time; -Infinity before the first. */
  get untilUs(): number {
    return this.settledUs
  }

  sumOf(side: 'bids' | 'asks'): Fate {
    const from = side === 'bids' ? 0 : 4
    const [consumed = 0, pulled = 0, added = 0, hidden = 0] = [0, 1, 2, 3].map(column =>
      Math.max(0, this.window.sum(from + column)),
    )
    return { consumed, pulled, added, hidden }
  }

  trade(trade: PassiveTrade): void {
    if (trade.timeUs <= this.settledUs) this.exclude(trade.timeUs)
    else this.trades.push(trade)
    if (this.trades.length > MOST_PENDING) this.trades.splice(0, MOST_PENDING / 2)
  }

  /** True when it settled an interval. */
  book(moment: BookMoment): boolean {
    const newest = this.moments.at(-1)
    // Several changes at one time are one: only the last can be told apart from what was traded.
    if (newest !== undefined && moment.timeUs <= newest.timeUs) {
      this.moments.pop()
      this.moments.push({ ...moment, timeUs: newest.timeUs })
    } else this.moments.push(moment)
    if (this.moments.length > MOST_PENDING) this.moments.splice(0, MOST_PENDING / 2)
    return this.settle(moment.timeUs - this.options.latenessMs * 1000)
  }

  clear(): void {
    this.window.clear()
    this.moments = []
    this.trades = []
    this.settled = []
    this.settledUs = Number.NEGATIVE_INFINITY
    this.excluded = 0
  }

  private settle(untilUs: number): boolean {
    let done = 0
    for (;;) {
      const before = this.moments[done]
      const after = this.moments[done + 1]
      if (before === undefined || after === undefined || after.timeUs > untilUs) break
      this.settleOne(before, after)
      done++
    }
    if (done > 0) this.moments.splice(0, done)
    return done > 0
  }

  private settleOne(before: BookMoment, after: BookMoment): void {
    const own = this.trades.filter(trade => trade.timeUs > before.timeUs && trade.timeUs <= after.timeUs)
    this.trades = this.trades.filter(trade => trade.timeUs > after.timeUs)
    const { bps, inBase, windowMs } = this.options
    const bids = sideFate('bids', before, after, this.tradedBy('sell', own), bps, inBase)
    const asks = sideFate('asks', before, after, this.tradedBy('buy', own), bps, inBase)
    const row = [...rowOf(bids), ...rowOf(asks), 1]
    this.window.push(after.timeUs, ...row)
    this.settledUs = after.timeUs
    this.settled.push({ fromUs: before.timeUs, toUs: after.timeUs, row })
    const keptUs = after.timeUs - windowMs * 1000
    const first = this.settled.findIndex(interval => interval.toUs > keptUs)
    if (first > 256) this.settled.splice(0, first)
  }

  private tradedBy(side: Side, trades: readonly PassiveTrade[]): TradedVolume {
    const visible = new Map<number, number>()
    let unseen = 0
    for (const trade of trades) {
      if (trade.side !== side) continue
      visible.set(trade.price, (visible.get(trade.price) ?? 0) + trade.visible)
      unseen += this.options.inBase(trade.unseen, trade.price)
    }
    return { visible, unseen }
  }

  /** A trade came for an interval that was settled without it: the interval counts no more. */
  private exclude(timeUs: number): void {
    const at = this.settled.findIndex(interval => timeUs > interval.fromUs && timeUs <= interval.toUs)
    const interval = this.settled[at]
    if (interval === undefined) return
    this.settled.splice(at, 1)
    const isInWindow = this.window.push(interval.toUs, ...interval.row.map(value => -value))
    if (isInWindow) this.excluded++
  }
}

function rowOf(fate: Fate): readonly number[] {
  return [fate.consumed, fate.pulled, fate.added, fate.hidden]
}
