import { type EpochUs, epochUs } from '../../model/time.ts'
import type { TimeBuckets } from '../time-bucket.ts'
import { type Candle, isSameCandle, syntheticCandle } from './candle.ts'

/** Most empty slots in a row that are filled; beyond them the line begins anew. */
const MOST_FILLED = 100_000

export interface CandleNews {
  closed(candle: Candle): void
  /** A closed candle that is kept has changed. */
  revised(candle: Candle): void
  /** The oldest candles are about to be forgotten. */
  forgetting(candles: readonly Candle[]): void
  /** The line begins anew: what comes does not follow what was. */
  restarted(): void
}

/** Closed candles without a hole, the newest of them kept; empty slots are filled with synthetic ones. */
export class CandleLine {
  readonly buckets: TimeBuckets
  private readonly most: number
  private readonly news: CandleNews
  private kept: Candle[] = []

  constructor(buckets: TimeBuckets, mostKept: number, news: CandleNews) {
    this.buckets = buckets
    this.most = mostKept
    this.news = news
  }

  /** Oldest first. */
  get candles(): readonly Candle[] {
    return this.kept
  }

  get last(): Candle | undefined {
    return this.kept.at(-1)
  }

  /** Opening of the slot behind the last candle; undefined before the first. */
  get nextOpenUs(): EpochUs | undefined {
    const { last } = this
    return last === undefined ? undefined : epochUs(last.openTimeUs + this.buckets.sizeUs)
  }

  /** Candles that open in `[fromUs, untilUs)`. */
  within(fromUs: number, untilUs: number): readonly Candle[] {
    const from = this.indexOf(fromUs)
    return this.kept.slice(Math.max(0, from), Math.max(0, this.indexOf(untilUs)))
  }

  /**
   * Takes a closed candle: behind the last one after filling what lies between, or in the place of one that is kept. False when
   * it is older than all that are.
   * @param isMissing whether inputs are missing in a slot that has no candle
   */
  take(candle: Candle, isMissing: (openUs: number, closeUs: number) => boolean): boolean {
    const nextUs = this.nextOpenUs
    if (nextUs !== undefined && candle.openTimeUs < nextUs) return this.revise(candle)
    this.fillUntil(candle.openTimeUs, isMissing)
    this.push(candle)
    return true
  }

  /** Fills the empty slots before this opening. */
  fillUntil(openUs: number, isMissing: (openUs: number, closeUs: number) => boolean): void {
    const { sizeUs } = this.buckets
    const nextUs = this.nextOpenUs
    if (nextUs === undefined || openUs <= nextUs) return
    if ((openUs - nextUs) / sizeUs > MOST_FILLED) {
      this.kept = []
      this.news.restarted()
      return
    }
    for (let slotUs: number = nextUs; slotUs < openUs; slotUs += sizeUs) {
      this.push(syntheticCandle(epochUs(slotUs), this.last?.close ?? Number.NaN, !isMissing(slotUs, slotUs + sizeUs)))
    }
  }

  private revise(candle: Candle): boolean {
    const at = this.indexOf(candle.openTimeUs)
    const before = this.kept[at]
    if (before === undefined) return false
    if (isSameCandle(before, candle)) return true
    this.kept[at] = candle
    // What was empty behind it stands at its close.
    let index = at + 1
    for (let next = this.kept[index]; next?.isSynthetic; next = this.kept[++index]) {
      this.kept[index] = syntheticCandle(next.openTimeUs, candle.close, next.isComplete)
    }
    this.news.revised(candle)
    for (const next of this.kept.slice(at + 1, index)) this.news.revised(next)
    return true
  }

  private push(candle: Candle): void {
    if (this.kept.length >= 2 * this.most) {
      this.news.forgetting(this.kept.slice(0, this.most))
      this.kept = this.kept.slice(this.most)
    }
    this.kept.push(candle)
    this.news.closed(candle)
  }

  /** Where a candle of this opening stands or would stand; below 0 before the first. */
  private indexOf(openUs: number): number {
    const [first] = this.kept
    return first === undefined ? 0 : Math.ceil((openUs - first.openTimeUs) / this.buckets.sizeUs)
  }
}
