import { ConfigError } from '../../model/error.ts'
import type { TimeBuckets } from '../time-bucket.ts'
import { type Candle, mergeCandles } from './candle.ts'
import type { CandleLine } from './candle-line.ts'

/** Candles of a longer interval, each built when the last shorter one inside it has closed. */
export class HigherCandles {
  private readonly buckets: TimeBuckets
  private readonly lower: () => CandleLine
  private readonly closed: (candle: Candle) => void

  /** @throws ConfigError when the shorter interval does not divide the longer one */
  constructor(buckets: TimeBuckets, lowerUs: number, lower: () => CandleLine, closed: (candle: Candle) => void) {
    if (buckets.sizeUs % lowerUs !== 0) {
      throw new ConfigError(
        `from: expected an interval that divides ${buckets.sizeUs / 1e6} s, was ${lowerUs / 1e6} s.`,
      )
    }
    this.buckets = buckets
    this.lower = lower
    this.closed = closed
  }

  /** A shorter candle closed, or one that had has changed. */
  changed(candle: Candle): void {
    const line = this.lower()
    const openUs = this.buckets.openOf(candle.openTimeUs)
    const closeUs = openUs + this.buckets.sizeUs
    if ((line.nextOpenUs ?? 0) < closeUs) return
    const parts = line.within(openUs, closeUs)
    // Whoever joined in the middle of it does not have all of it.
    if (parts[0]?.openTimeUs !== openUs) return
    const merged = mergeCandles(openUs, parts)
    if (merged !== undefined) this.closed(merged)
  }

  /** The candle that is not over yet, with the shorter one that is not. */
  open(lowerOpen: Candle | undefined): Candle | undefined {
    const line = this.lower()
    const newestUs = lowerOpen?.openTimeUs ?? line.last?.openTimeUs
    if (newestUs === undefined) return undefined
    const openUs = this.buckets.openOf(newestUs)
    // Its last part has closed: it is over.
    if (lowerOpen === undefined && (line.nextOpenUs ?? 0) >= openUs + this.buckets.sizeUs) return undefined
    const parts = line.within(openUs, lowerOpen?.openTimeUs ?? openUs + this.buckets.sizeUs)
    return mergeCandles(openUs, lowerOpen === undefined ? parts : [...parts, lowerOpen])
  }
}
