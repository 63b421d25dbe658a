import type { SimInstrument } from '../instrument.ts'
import type { Candle, SimTrade } from './candle.ts'
import { addTrade, flatCandle, mergeCandle } from './candle.ts'

/** Candles of one fixed step without holes, oldest first. */
export class CandleSeries {
  readonly stepMs: number
  private readonly instrument: SimInstrument
  private readonly limit: number
  private candles: Candle[] = []

  constructor(instrument: SimInstrument, stepMs: number, limit: number) {
    this.instrument = instrument
    this.stepMs = stepMs
    this.limit = limit
  }

  /** Open time of the first candle; undefined while there is none. */
  get startMs(): number | undefined {
    return this.candles[0]?.openMs
  }

  get last(): Candle | undefined {
    return this.candles[this.candles.length - 1]
  }

  add(trade: SimTrade): void {
    const openMs = Math.floor(trade.timeUs / 1000 / this.stepMs) * this.stepMs
    if (this.last === undefined) this.candles.push(flatCandle(openMs, trade.price))
    this.rollTo(openMs)
    // A trade that is late by its own clock counts into the newest candle.
    if (this.last !== undefined) addTrade(this.last, this.instrument, trade)
  }

  /** Fills up with flat candles until the one that opens at `openMs`. */
  rollTo(openMs: number): void {
    for (let last = this.last; last !== undefined && last.openMs < openMs; last = this.last) {
      this.candles.push(flatCandle(last.openMs + this.stepMs, last.close))
    }
    if (this.candles.length > this.limit * 1.25) this.candles = this.candles.slice(-this.limit)
  }

  /** Puts older candles in front; where the last of them and the first of these are the same span, they become one. */
  prepend(older: Candle[]): void {
    const newer = this.candles
    this.candles = older
    const first = newer[0]
    const seam = this.last
    if (first === undefined || seam === undefined) {
      if (seam === undefined) this.candles = newer
      return
    }
    if (seam.openMs === first.openMs) {
      mergeCandle(seam, first)
      newer.shift()
    } else {
      this.rollTo(first.openMs - this.stepMs)
    }
    this.candles = this.candles.concat(newer)
  }

  /** Calls `fn` with the candles that open in [fromMs, untilMs). */
  forRange(fromMs: number, untilMs: number, fn: (candle: Candle) => void): void {
    const startMs = this.startMs
    if (startMs === undefined) return
    const first = Math.max(0, Math.ceil((fromMs - startMs) / this.stepMs))
    const end = Math.min(this.candles.length, Math.ceil((untilMs - startMs) / this.stepMs))
    for (let index = first; index < end; index++) {
      const candle = this.candles[index]
      if (candle !== undefined) fn(candle)
    }
  }
}
