import { ConfigError } from '../../model/error.ts'
import type { KlineEvent } from '../../model/event.ts'
import { baseQuantity, quoteQuantity } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import { Measure, timeOf } from '../measure.ts'
import type { SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import { intervalMs, TimeBuckets } from '../time-bucket.ts'
import { type Candle, candleOfKline } from './candle.ts'
import { CandleLine, type CandleNews } from './candle-line.ts'
import { HigherCandles } from './higher-candles.ts'
import { TradeCandles } from './trade-candles.ts'

/** Where candles come from: the venue's own closed ones, or trades. */
export type CandleOrigin = 'kline' | 'trade' | 'rawTrade'

export interface CandleFeedOptions {
  readonly id: string
  readonly unit: string
  readonly params: SignalParams
  readonly instrument: SignalInstrument
  readonly interval: string
  readonly origin: CandleOrigin
  /** Shorter interval that the candles are built from; '' for the interval itself. */
  readonly from: string
  /** Closed candles that are kept, so that they can be corrected. */
  readonly mostKept: number
  readonly latenessMs: number
}

const NOBODY_ASKS = (): undefined => undefined

/** Closed candles of one interval, whatever they are made of, and the one that is open. */
export class CandleFeed {
  readonly measure: Measure
  readonly line: CandleLine
  /** The second of the newest input, for whoever says something about candles. */
  receiveTimeUs: EpochUs | undefined
  /** The interval that candles are built from, and how many of its candles make one. */
  readonly lowerInterval: string
  readonly ratio: number
  private readonly options: CandleFeedOptions
  private readonly lower: CandleLine
  private readonly higher: HigherCandles | undefined
  private readonly trades: TradeCandles
  private openKline: KlineEvent | undefined

  /** @throws ConfigError for an interval that is none, or that `from` does not divide */
  constructor(options: CandleFeedOptions, news: CandleNews) {
    this.options = options
    const { interval, from, mostKept } = options
    this.lowerInterval = from === '' ? interval : from
    const buckets = new TimeBuckets(intervalMs(interval))
    const lowerBuckets = new TimeBuckets(intervalMs(this.lowerInterval))
    const ratio = buckets.sizeUs / lowerBuckets.sizeUs
    if (ratio > 100_000) throw new ConfigError(`from: expected at most 100000 candles in one, was ${ratio}.`)
    this.ratio = ratio
    this.measure = measureOf(options, this.lowerInterval)
    this.line = new CandleLine(buckets, mostKept, news)
    if (ratio === 1) this.lower = this.line
    else {
      const higher = new HigherCandles(
        buckets,
        lowerBuckets.sizeUs,
        () => this.lower,
        candle => this.take(candle),
      )
      this.higher = higher
      this.lower = new CandleLine(lowerBuckets, Math.max(mostKept, 2 * ratio), {
        closed: candle => higher.changed(candle),
        revised: candle => higher.changed(candle),
        forgetting: NOBODY_ASKS,
        restarted: NOBODY_ASKS,
      })
    }
    const mostSlices = Math.min(mostKept, 256)
    const isWhole = (openUs: number, closeUs: number): boolean => !this.measure.isIncomplete(openUs, closeUs)
    this.trades = new TradeCandles(lowerBuckets, mostSlices, isWhole, candle => this.takeLower(candle))
  }

  /** True when the open candle may have changed. */
  accept(input: SignalInput, outlet: SignalOutlet): boolean {
    this.receiveTimeUs = input.receiveTimeUs
    if (input.kind === 'kline' && this.options.origin !== 'kline') {
      this.history(input)
      return false
    }
    const reception = this.measure.receive(input, outlet)
    if (reception === 'second') this.second(this.measure.silentUntil(input.receiveTimeUs))
    else if (reception === 'gap') this.lookAgain(this.measure.newestUs, this.measure.newestUs)
    else if (reception === 'data' && input.kind === 'kline') return this.kline(input)
    else if (reception === 'data' && input.kind === 'trade') {
      const { instrument } = this.options
      const base = baseQuantity(instrument, input.quantity, input.price)
      const quote = quoteQuantity(instrument, input.quantity, input.price)
      if (base > 0 && !this.trades.add({ trade: input, timeUs: timeOf(input), base, quote })) this.measure.drop()
      this.fill()
      this.correct()
      const repaired = this.measure.takeRepaired()
      if (repaired !== undefined) this.lookAgain(repaired.fromUs, repaired.toUs)
      return true
    }
    return false
  }

  /** The candle that is not over yet; undefined while there is none. */
  open(): Candle | undefined {
    const { openKline, options } = this
    const ofKline = openKline === undefined ? undefined : candleOfKline(openKline, options.instrument)
    const lower = options.origin === 'kline' ? ofKline : this.trades.open
    return this.higher === undefined ? lower : this.higher.open(lower)
  }

  /** What is missing has changed: in candles of trades, and in slots that were taken for empty. */
  private lookAgain(fromUs: number, toUs: number): void {
    for (const candle of this.lower.within(fromUs - this.lower.buckets.sizeUs, Number.POSITIVE_INFINITY)) {
      if (!candle.isSynthetic) continue
      const closeUs = candle.openTimeUs + this.lower.buckets.sizeUs
      const isComplete = !this.isMissing(candle.openTimeUs, closeUs)
      if (isComplete !== candle.isComplete) this.lower.take({ ...candle, isComplete }, this.isMissing)
    }
    this.trades.lookAgain(fromUs, toUs)
  }

  /** Silence proves that a candle is over, and after it that nothing was traded. */
  private second(overUs: number): void {
    if (!Number.isFinite(overUs)) return
    this.trades.closeUntil(overUs)
    if (this.trades.open !== undefined) return
    this.lower.fillUntil(this.lower.buckets.openOf(overUs), this.isMissing)
  }

  private kline(kline: KlineEvent): boolean {
    if (kline.interval !== this.lowerInterval) return false
    if (!kline.closed) {
      const isOld = kline.openTimeUs < (this.lower.nextOpenUs ?? 0)
      if (isOld) return false
      this.openKline = kline
      this.lower.fillUntil(kline.openTimeUs, this.isMissing)
      return true
    }
    if (kline.openTimeUs >= (this.openKline?.openTimeUs ?? 0)) this.openKline = undefined
    this.takeLower(candleOfKline(kline, this.options.instrument))
    return true
  }

  /** Candles of the past for a line of trades. */
  private history(kline: KlineEvent): void {
    if (!kline.closed || kline.interval !== this.lowerInterval) return
    this.takeLower(candleOfKline(kline, this.options.instrument))
  }

  private takeLower(candle: Candle): void {
    const isJoined = this.lower.last === undefined && !candle.isComplete
    // The candle that we joined in the middle of is no beginning for those behind it.
    if (isJoined) return
    this.lower.take(candle, this.isMissing)
    const [oldest] = this.lower.candles
    if (oldest !== undefined) this.measure.gaps.forget(oldest.openTimeUs)
  }

  private take(candle: Candle): void {
    this.line.take(candle, () => true)
  }

  /** A trade in a later slot proves that the slots before it are empty. */
  private fill(): void {
    const { open } = this.trades
    if (open !== undefined) this.lower.fillUntil(open.openTimeUs, this.isMissing)
  }

  /** The slot of the trade was taken for empty, and told to be over. */
  private correct(): void {
    const { open } = this.trades
    if (open !== undefined && open.openTimeUs < (this.lower.nextOpenUs ?? 0)) this.takeLower(open)
  }

  private readonly isMissing = (openUs: number, closeUs: number): boolean => {
    return this.measure.gaps.within(openUs, closeUs) > 0
  }
}

function measureOf(options: CandleFeedOptions, baseInterval: string): Measure {
  const { id, unit, params, instrument, origin, interval, latenessMs } = options
  const need: SignalNeed = origin === 'kline' ? `kline:${baseInterval}` : origin
  return new Measure({
    id,
    unit,
    params,
    instruments: [instrument.id],
    needs: [need],
    gapPolicy: 'repair',
    isSliced: true,
    staleAfterMs: 2 * intervalMs(interval),
    // Candles have their own order; a trade that comes late corrects its candle.
    latenessMs: origin === 'kline' ? Number.POSITIVE_INFINITY : latenessMs,
  })
}
