import type { TradeEvent } from '../../model/event.ts'
import type { EpochUs } from '../../model/time.ts'
import { BucketSeries } from '../bucket-series.ts'
import { CompensatedSum } from '../compensated-sum.ts'
import type { TimeBuckets } from '../time-bucket.ts'
import type { Candle } from './candle.ts'

/** What a trade counts in a candle. */
export interface CandleFill {
  readonly trade: TradeEvent
  readonly timeUs: number
  readonly base: number
  readonly quote: number
}

/** Candles of trades: open and close by exchange time, then by id, so that a trade that comes late finds its place. */
export class TradeCandles {
  private readonly series: BucketSeries<CandleSlice>
  private readonly isWhole: (openUs: number, closeUs: number) => boolean
  private readonly closed: (candle: Candle) => void

  /**
   * @param isWhole whether no trade is missing in a slot
   * @param closed a candle is over, or one that was has changed
   */
  constructor(
    buckets: TimeBuckets,
    mostKept: number,
    isWhole: (openUs: number, closeUs: number) => boolean,
    closed: (candle: Candle) => void,
  ) {
    this.isWhole = isWhole
    this.closed = closed
    const news = { closed: (slice: CandleSlice) => this.say(slice) }
    this.series = new BucketSeries(buckets, openUs => new CandleSlice(openUs), news, mostKept)
  }

  /** False when the candle of the trade is over and forgotten. */
  add(fill: CandleFill): boolean {
    const slice = this.series.at(fill.timeUs)
    if (slice === undefined) return false
    slice.add(fill)
    if (!this.series.isOpen(slice)) this.say(slice)
    return true
  }

  /** The clock proves that candles which end before are over. */
  closeUntil(timeUs: number): void {
    this.series.closeUntil(timeUs)
  }

  /** What is missing in these candles has changed. */
  lookAgain(fromUs: number, toUs: number): void {
    for (const slice of this.series.overWithin(fromUs, toUs)) this.say(slice)
  }

  /** The candle that is not over yet. */
  get open(): Candle | undefined {
    const { open } = this.series
    return open === undefined ? undefined : this.candleOf(open)
  }

  private say(slice: CandleSlice): void {
    const candle = this.candleOf(slice)
    if (candle !== undefined) this.closed(candle)
  }

  private candleOf(slice: CandleSlice): Candle | undefined {
    const { openUs } = slice
    return slice.candle(this.isWhole(openUs, openUs + this.series.buckets.sizeUs))
  }
}

class CandleSlice {
  readonly openUs: EpochUs
  private first: CandleFill | undefined
  private last: CandleFill | undefined
  private high = Number.NEGATIVE_INFINITY
  private low = Number.POSITIVE_INFINITY
  private trades = 0
  private readonly volume = new CompensatedSum()
  private readonly quoteVolume = new CompensatedSum()
  private readonly bought = new CompensatedSum()

  constructor(openUs: EpochUs) {
    this.openUs = openUs
  }

  add(fill: CandleFill): void {
    const { price, side } = fill.trade
    if (this.first === undefined || isBefore(fill, this.first)) this.first = fill
    if (this.last === undefined || !isBefore(fill, this.last)) this.last = fill
    this.high = Math.max(this.high, price)
    this.low = Math.min(this.low, price)
    this.trades++
    this.volume.add(fill.base)
    this.quoteVolume.add(fill.quote)
    if (side === 'buy') this.bought.add(fill.base)
  }

  candle(isComplete: boolean): Candle | undefined {
    const { openUs, first, last, high, low, trades } = this
    if (first === undefined || last === undefined) return undefined
    return {
      openTimeUs: openUs,
      open: first.trade.price,
      high,
      low,
      close: last.trade.price,
      volume: this.volume.value,
      quoteVolume: this.quoteVolume.value,
      takerBuyVolume: this.bought.value,
      trades,
      isSynthetic: false,
      isComplete,
    }
  }
}

function isBefore(a: CandleFill, b: CandleFill): boolean {
  return a.timeUs === b.timeUs ? Number(a.trade.id) < Number(b.trade.id) : a.timeUs < b.timeUs
}
