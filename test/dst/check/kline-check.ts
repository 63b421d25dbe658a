import type { GapEvent, KlineEvent } from '../../../src/model/event.ts'
import type { Wording } from '../exchange/frames.ts'
import type { Candle } from '../exchange/stream-truth.ts'
import type { Report } from './report.ts'

const MINUTE_MS = 60_000

/** I6 for candles: each one final once, in order, equal to what was traded; none missing without a word. */
export class KlineCheck {
  delivered = 0
  private readonly label: string
  private readonly candles: ReadonlyMap<number, Candle>
  private readonly words: Wording
  private readonly report: Report
  /** Open time of the candle that must become final, or be declared, next; -1 before the first. */
  private next = -1
  private healedToMs = -1

  constructor(label: string, candles: ReadonlyMap<number, Candle>, words: Wording, report: Report) {
    this.label = label
    this.candles = candles
    this.words = words
    this.report = report
  }

  event(event: KlineEvent): void {
    const openMs = event.openTimeUs / 1000
    const candle = this.candles.get(openMs)
    this.delivered++
    if (candle === undefined) {
      this.fail(`a candle of ${openMs}, which never was`)
      return
    }
    if (this.next < 0) this.next = openMs
    if (openMs !== this.next) {
      this.fail(`a candle of ${openMs}, although that of ${this.next} is not final`)
      this.next = openMs
    }
    if (!event.closed) return
    if (candle.closedMs === 0) this.fail(`the candle of ${openMs} is final before it is over`)
    else this.compare(event, candle)
    if (event.recovered === true) {
      this.report.count('candle recovered')
      if (openMs > this.healedToMs) this.fail(`the candle of ${openMs} is recovered outside of a healed gap`)
    } else if (openMs <= this.healedToMs) this.fail(`the candle of ${openMs} was healed and does not say so`)
    this.next = openMs + MINUTE_MS
  }

  gap(gap: GapEvent): void {
    if (gap.from === undefined || gap.to === undefined) {
      this.next = -1
      return
    }
    const fromMs = Number(gap.from) / 1000
    const toMs = Number(gap.to) / 1000
    if (this.next >= 0 && fromMs !== this.next) this.fail(`a gap from ${fromMs}, although ${this.next} comes next`)
    if (gap.healed) {
      this.healedToMs = toMs
      return
    }
    this.report.count('candle declared')
    this.next = toMs + MINUTE_MS
  }

  /** At the end every candle that was over by `closedBeforeMs` (world time) is final. */
  finish(closedBeforeMs: number): void {
    if (this.next < 0) return
    const candle = this.candles.get(this.next)
    if (candle === undefined || candle.closedMs === 0 || candle.closedMs > closedBeforeMs) return
    this.fail(`the candle of ${this.next} never became final`)
  }

  private compare(event: KlineEvent, candle: Candle): void {
    const { words } = this
    const isRight =
      event.open === words.priceNumber(candle.open) &&
      event.high === words.priceNumber(candle.high) &&
      event.low === words.priceNumber(candle.low) &&
      event.close === words.priceNumber(candle.close) &&
      event.volume === candle.volume / 1000 &&
      event.quoteVolume === Number(words.quoteVolume(candle)) &&
      event.trades === candle.trades
    if (!isRight) this.fail(`the final candle of ${candle.openMs} differs from what was traded`)
  }

  private fail(text: string): void {
    this.report.violation('I6', `${this.label}: ${text}`)
  }
}
