import type { SimInstrument } from '../instrument.ts'
import type { Candle, SimTrade } from './candle.ts'
import { addTrade, flatCandle } from './candle.ts'
import { candleStart, nextStart } from './intervals.ts'

/** The open candle of one interval, kept up trade by trade for a stream. */
export class LiveCandle {
  private readonly instrument: SimInstrument
  private readonly interval: string
  private readonly offsetMs: number
  private current: Candle
  private endMs: number
  private closed: Candle[] = []
  private isChanged = true

  constructor(instrument: SimInstrument, interval: string, offsetMs: number, current: Candle) {
    this.instrument = instrument
    this.interval = interval
    this.offsetMs = offsetMs
    this.current = { ...current }
    this.endMs = nextStart(interval, current.openMs, offsetMs)
  }

  add(trade: SimTrade): void {
    this.roll(Math.floor(trade.timeUs / 1000))
    addTrade(this.current, this.instrument, trade)
    this.isChanged = true
  }

  /** Closes what ended at or before `nowMs`, and tells what there is to send: closed candles, then the open one. */
  take(nowMs: number): { readonly closed: readonly Candle[]; readonly open: Candle | undefined } {
    this.roll(nowMs)
    const { closed } = this
    this.closed = []
    const open = this.isChanged ? this.current : undefined
    this.isChanged = false
    return { closed, open }
  }

  private roll(nowMs: number): void {
    if (nowMs < this.endMs) return
    const { close } = this.current
    this.closed.push(this.current)
    // After a leap over many spans only the last counts: nobody was told about those between.
    const openMs = candleStart(this.interval, nowMs, this.offsetMs)
    this.current = flatCandle(openMs, close)
    this.endMs = nextStart(this.interval, openMs, this.offsetMs)
    this.isChanged = true
  }
}
