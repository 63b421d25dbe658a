import type { SimInstrument } from '../instrument.ts'
import type { Candle, SimTrade } from './candle.ts'
import { flatCandle, mergeCandle } from './candle.ts'
import { CandleSeries } from './candle-series.ts'
import type { History } from './history.ts'
import { candleStart, nextStart, shortestMs } from './intervals.ts'

const hourMs = 3_600_000

export interface CandleQuery {
  readonly interval: string
  readonly startMs?: number | undefined
  readonly endMs?: number | undefined
  readonly limit: number
  /** Shift of the day boundary, milliseconds. */
  readonly offsetMs?: number
}

/**
 * All candles of an instrument. Trades feed seconds and minutes; every interval is summed from those (and from whole hours
 * of the past) when asked for, so that no two intervals can disagree.
 */
export class CandleStore {
  private readonly seconds: CandleSeries
  private readonly minutes: CandleSeries
  private readonly hours: CandleSeries
  private buildHistory: (() => History) | undefined
  private buildOlder: (() => Candle[]) | undefined
  private buildHours: (() => Candle[]) | undefined
  private nowMs = 0

  constructor(instrument: SimInstrument, buildHistory: (() => History) | undefined) {
    this.buildHistory = buildHistory
    this.seconds = new CandleSeries(instrument, 1000, 10_000)
    this.minutes = new CandleSeries(instrument, 60_000, 60_000)
    this.hours = new CandleSeries(instrument, hourMs, 120_000)
  }

  add(trade: SimTrade): void {
    this.seconds.add(trade)
    this.minutes.add(trade)
    this.nowMs = Math.max(this.nowMs, Math.floor(trade.timeUs / 1000))
  }

  /** Lets time pass without a trade: the candles of silent spans exist all the same. */
  rollTo(nowMs: number): void {
    this.load()
    this.nowMs = Math.max(this.nowMs, nowMs)
    this.seconds.rollTo(Math.floor(nowMs / 1000) * 1000)
    this.minutes.rollTo(Math.floor(nowMs / 60_000) * 60_000)
  }

  /** The candle of the interval that opens at `openMs`, as far as it has come; undefined before the beginning. */
  candle(interval: string, openMs: number, offsetMs = 0): Candle | undefined {
    this.load()
    const untilMs = nextStart(interval, openMs, offsetMs)
    let result: Candle | undefined
    this.forBase(interval, openMs, untilMs, base => {
      if (result === undefined) result = { ...base, openMs }
      else mergeCandle(result, base)
    })
    return result
  }

  /** Sum of the minutes that open in [fromMs, untilMs). */
  window(fromMs: number, untilMs: number): Candle | undefined {
    this.load()
    let result: Candle | undefined
    this.forBase('1m', fromMs, untilMs, base => {
      if (result === undefined) result = { ...base, openMs: fromMs }
      else mergeCandle(result, base)
    })
    return result
  }

  /** Rows as the venue's klines answer them: with a start oldest first from there, else the newest. */
  query(query: CandleQuery): readonly Candle[] {
    this.load()
    const { interval, limit, offsetMs = 0 } = query
    const last = candleStart(interval, Math.min(query.endMs ?? Number.MAX_SAFE_INTEGER, this.nowMs), offsetMs)
    const earliestMs = this.earliest(interval)
    if (earliestMs === undefined) return []
    const lowest = candleStart(interval, earliestMs, offsetMs)
    let openMs: number
    if (query.startMs === undefined) {
      openMs = last
      for (let count = 1; count < limit && openMs > lowest; count++)
        openMs = candleStart(interval, openMs - 1, offsetMs)
    } else {
      openMs = candleStart(interval, Math.max(query.startMs, lowest), offsetMs)
      if (openMs < query.startMs) openMs = nextStart(interval, openMs, offsetMs)
    }
    const rows: Candle[] = []
    let previous: Candle | undefined
    for (; openMs <= last && rows.length < limit; openMs = nextStart(interval, openMs, offsetMs)) {
      const candle = this.candle(interval, openMs, offsetMs) ?? (previous && flatCandle(openMs, previous.close))
      if (candle !== undefined) rows.push(candle)
      previous = candle
    }
    return rows
  }

  private earliest(interval: string): number | undefined {
    if (interval === '1s') return this.seconds.startMs
    this.loadOlder()
    this.loadHours(interval)
    const minuteMs = this.minutes.startMs
    return shortestMs(interval) < hourMs ? minuteMs : (this.hours.startMs ?? minuteMs)
  }

  private forBase(interval: string, fromMs: number, untilMs: number, fn: (candle: Candle) => void): void {
    if (interval === '1s') {
      this.seconds.forRange(fromMs, untilMs, fn)
      return
    }
    if (fromMs < (this.minutes.startMs ?? 0)) this.loadOlder()
    if (fromMs < (this.minutes.startMs ?? 0)) this.loadHours(interval)
    if (shortestMs(interval) >= hourMs) this.hours.forRange(fromMs, untilMs, fn)
    this.minutes.forRange(fromMs, untilMs, fn)
  }

  private loadOlder(): void {
    if (this.buildOlder === undefined) return
    this.minutes.prepend(this.buildOlder())
    this.buildOlder = undefined
  }

  private loadHours(interval: string): void {
    if (shortestMs(interval) < hourMs || this.buildHours === undefined) return
    this.loadOlder()
    this.hours.prepend(this.buildHours())
    this.buildHours = undefined
  }

  /** The past is only worked out when somebody looks at it. */
  private load(): void {
    const history = this.buildHistory?.()
    if (history === undefined) return
    this.buildHistory = undefined
    this.seconds.prepend(history.seconds)
    this.minutes.prepend(history.minutes)
    this.buildOlder = () => history.olderMinutes()
    this.buildHours = () => history.hours()
  }
}
