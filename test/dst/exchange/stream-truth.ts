import { Column } from '../core/column.ts'

/** Everything that one stream ever emitted, in order. */
export class StreamTruth {
  /** Trade id, update id or event time: what a consumer can tell an event by. */
  readonly keys = new Column()
  /**
   * World time at which the loss of the event could be noticed: its emission, or, where the exchange skipped it, that of
   * the next one that was sent.
   */
  readonly noticeableMs = new Column()
  /**
   * Trades: price in ticks, quantity in thousandths, exchange time, taker sold. Quotes: price and quantity of the bid, quantity
   * of the ask. Marks and tickers: the price.
   */
  readonly prices = new Column()
  readonly quantities = new Column()
  readonly askQuantities = new Column()
  readonly times = new Column()
  readonly sold: boolean[] = []
  /** Aggregated trades only: id of the last match inside. */
  readonly ends = new Column()
  /** Events whose loss nobody can notice: the exchange kept quiet for less than a watchdog may complain about. */
  readonly excused = new Set<number>()
  private firstSkipped = -1

  get size(): number {
    return this.keys.length
  }

  emitted(key: number, nowMs: number, isSkipped: boolean): number {
    const index = this.keys.length
    this.keys.push(key)
    if (isSkipped) {
      if (this.firstSkipped < 0) this.firstSkipped = index
      this.noticeableMs.push(Number.POSITIVE_INFINITY)
    } else {
      if (this.firstSkipped >= 0) for (let i = this.firstSkipped; i < index; i++) this.noticeableMs.set(i, nowMs)
      this.firstSkipped = -1
      this.noticeableMs.push(nowMs)
    }
    return index
  }

  /** Streams with dense ids: where an id stands. */
  indexOf(id: number): number {
    return id - (this.keys.at(0) ?? 0)
  }
}

export interface Candle {
  readonly openMs: number
  open: number
  high: number
  low: number
  close: number
  /** Thousandths. */
  volume: number
  /** Ticks times thousandths. */
  quote: number
  takerVolume: number
  takerQuote: number
  trades: number
  firstId: number
  lastId: number
  /** World time at which it was over; 0 while it runs. */
  closedMs: number
}

export function newCandle(openMs: number, price: number): Candle {
  const zero = { volume: 0, quote: 0, takerVolume: 0, takerQuote: 0, trades: 0, firstId: -1, lastId: -1, closedMs: 0 }
  return { openMs, open: price, high: price, low: price, close: price, ...zero }
}

export function addTrade(candle: Candle, price: number, quantity: number, isSold: boolean, id: number): void {
  if (candle.trades === 0) {
    candle.open = price
    candle.high = price
    candle.low = price
    candle.firstId = id
  }
  candle.close = price
  if (price > candle.high) candle.high = price
  if (price < candle.low) candle.low = price
  candle.volume += quantity
  candle.quote += price * quantity
  if (!isSold) {
    candle.takerVolume += quantity
    candle.takerQuote += price * quantity
  }
  candle.trades++
  candle.lastId = id
}
