import type { SimInstrument } from '../instrument.ts'
import type { Candle, SimTrade } from './candle.ts'
import { flatCandle } from './candle.ts'
import { CandleStore } from './candle-store.ts'
import type { History } from './history.ts'
import { IdRing } from './id-ring.ts'
import { candleStart } from './intervals.ts'
import { LiveCandle } from './live-candle.ts'

/** Fills of one taker at one price (spot), or of one side and price within 100 ms (futures). */
export interface SimAggTrade {
  readonly id: number
  readonly price: number
  readonly quantity: number
  readonly plainQuantity: number
  readonly firstId: number
  readonly lastId: number
  readonly timeUs: number
  readonly buyerIsMaker: boolean
}

/** Trades kept per instrument for REST. */
const keptTrades = 15_000

/** What traded in one instrument: the one place from which trades, aggregates, candles and tickers are served. */
export class Tape {
  readonly instrument: SimInstrument
  readonly trades = new IdRing<SimTrade>(keptTrades)
  readonly aggTrades = new IdRing<SimAggTrade>(keptTrades)
  readonly candles: CandleStore
  /** True when only aggregates are known, and stand in for the trades. */
  isAggregated = false
  private readonly live = new Set<LiveCandle>()

  constructor(instrument: SimInstrument, buildHistory?: () => History) {
    this.instrument = instrument
    this.candles = new CandleStore(instrument, buildHistory)
  }

  add(trade: SimTrade): void {
    this.trades.push(trade)
    this.candles.add(trade)
    for (const candle of this.live) candle.add(trade)
  }

  /** A candle that follows the trades from now on; `close` it when nobody listens any more. */
  follow(interval: string, nowMs: number, offsetMs = 0): LiveCandle | undefined {
    this.candles.rollTo(nowMs)
    const openMs = candleStart(interval, nowMs, offsetMs)
    const lastPrice = this.trades.last?.price
    const candle =
      this.candles.candle(interval, openMs, offsetMs) ??
      (lastPrice === undefined ? undefined : flatCandle(openMs, lastPrice))
    if (candle === undefined) return undefined
    const live = new LiveCandle(this.instrument, interval, offsetMs, candle)
    this.live.add(live)
    return live
  }

  close(live: LiveCandle): void {
    this.live.delete(live)
  }

  /** The window of the last `spanMs`, begun on a whole minute. */
  window(nowMs: number, spanMs: number): Candle | undefined {
    this.candles.rollTo(nowMs)
    const fromMs = Math.floor((nowMs - spanMs) / 60_000 + 1) * 60_000
    return this.candles.window(fromMs, nowMs + 1)
  }
}
