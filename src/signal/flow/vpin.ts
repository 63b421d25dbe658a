import type { KlineEvent, TradeEvent } from '../../model/event.ts'
import { baseQuantity } from '../../model/instrument.ts'
import { type Figure, numberFigure } from '../figure.ts'
import { type Measure, timeOf } from '../measure.ts'
import { OrderStatistics } from '../order-statistics.ts'
import type { Signal, SignalHistory, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { TRADE_PARAMS, TradeSource, tradeMeasure } from './trade-source.ts'
import { bulkImbalance, signedImbalance, type VolumeBucket, VolumeBuckets } from './vpin-buckets.ts'

const HOUR_US = 3_600_000_000
const DAY_US = 24 * HOUR_US
/** A rank is told against the values of so long, once there are so many buckets. */
const RANKED_US = 30 * DAY_US
const RANKED_FROM = 500
const MOST_RANKED = 16_384

const FIGURES: readonly Figure[] = [
  numberFigure('vpin', 'One-sided share of the volume of the last buckets.'),
  numberFigure('percentile', 'Share of the values of 30 days that were below; from 500 buckets on.', 'share'),
  numberFigure('imbalance', 'One-sided share of the newest bucket.'),
  numberFigure('buy', 'Bought in it.', 'base'),
  numberFigure('sell', 'Sold in it.', 'base'),
  numberFigure('bucketVolume', 'Its size.', 'base'),
  numberFigure('buckets', 'Buckets since the start.', 'count'),
]
const SIGMA = numberFigure('sigma', 'Standard deviation of the price changes of the buckets.', 'price')

/** Volume-synchronised imbalance: how one-sided the last buckets of equal volume were. A value per full bucket. */
export const flowVpin: SignalKind = {
  id: 'flow.vpin',
  meaning:
    'Share of one-sided volume in the last buckets of equal volume: a description; its worth as a forecast is disputed.',
  unit: 'ratio',
  needs: ['trade', 'kline:1h'],
  figures: params => [...FIGURES, ...(params.text('mode') === 'bvc' ? [SIGMA] : [])],
  params: {
    bucketVolume: {
      kind: 'number',
      least: Number.MIN_VALUE,
      unit: 'base',
      meaning: 'Volume of a bucket; otherwise a 50th of the UTC day before.',
    },
    window: { kind: 'number', default: 50, least: 1, isWhole: true, unit: 'buckets', meaning: 'Buckets of the value.' },
    mode: {
      kind: 'choice',
      default: 'signed',
      choices: ['signed', 'bvc'],
      meaning: 'By the true side of takers, or by bulk classification of price changes.',
    },
    ...TRADE_PARAMS,
  },
  create: (instrument, params) => new Vpin(instrument, params),
}

class Vpin implements Signal {
  readonly id = 'flow.vpin'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  readonly history: readonly SignalHistory[] | undefined
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly window: number
  private readonly isBulk: boolean
  private readonly fixedVolume: number | undefined
  private readonly buckets = new VolumeBuckets()
  private readonly last: VolumeBucket[] = []
  /** Base volume of closed hours, by their opening. */
  private readonly hours = new Map<number, number>()
  private volume: number | undefined
  /** The UTC day whose size is known. */
  private sizedDay: number | undefined
  private hasNewHours = false
  private total = 0
  private readonly ranked: { readonly timeUs: number; readonly value: number }[] = []
  private readonly ranks = new OrderStatistics()

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.fixedVolume = params.optionalNumber('bucketVolume')
    this.volume = this.fixedVolume
    this.window = params.number('window')
    this.isBulk = params.text('mode') === 'bvc'
    this.measure = tradeMeasure(instrument, params, {
      id: this.id,
      unit: 'ratio',
      gapPolicy: 'mark',
      // A bucket takes as long as it takes.
      staleAfterMs: Number.POSITIVE_INFINITY,
      more: this.fixedVolume === undefined ? ['kline:1h'] : [],
    })
    this.source = new TradeSource(instrument, params)
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
    this.history = this.fixedVolume === undefined ? [{ interval: '1h', candles: 48 }] : undefined
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    if (input.kind === 'kline') this.hour(input)
    else if (this.measure.receive(input, outlet) === 'data' && input.kind === 'trade') this.trade(input, outlet)
  }

  private trade(trade: TradeEvent, outlet: SignalOutlet): void {
    const timeUs = timeOf(trade)
    const day = Math.floor(timeUs / DAY_US)
    if (day > (this.sizedDay ?? -1) && this.hasNewHours && this.fixedVolume === undefined) this.size(day)
    if (this.volume === undefined) {
      const { receiveTimeUs } = trade
      if (this.measure.lastValue === undefined)
        this.measure.emit({ timeUs, receiveTimeUs, n: 0, isWarming: true }, outlet)
      return
    }
    const size = (): number => this.volume ?? Number.POSITIVE_INFINITY
    const base = this.source.base(trade)
    this.buckets.add(trade.side, base, trade.price, timeUs, size, bucket => this.full(bucket, trade, outlet))
  }

  private full(bucket: VolumeBucket, trade: TradeEvent, outlet: SignalOutlet): void {
    const { last, window, measure } = this
    last.push(bucket)
    if (last.length > window) last.shift()
    this.total++
    const oldest = last[0]
    if (oldest !== undefined) measure.gaps.forget(oldest.firstUs)
    const isKnown = last.length >= window
    const bulk = this.isBulk && isKnown ? bulkImbalance(last) : undefined
    const value = !isKnown ? undefined : this.isBulk ? bulk?.vpin : signedImbalance(last)
    const timeUs = timeOf(trade)
    const percentile = value === undefined ? undefined : this.rank(timeUs, value)
    const values = {
      vpin: value,
      percentile,
      imbalance: Math.abs(bucket.buy - bucket.sell) / bucket.volume,
      buy: bucket.buy,
      sell: bucket.sell,
      bucketVolume: bucket.volume,
      sigma: bulk?.sigma,
      buckets: this.total,
    }
    const { receiveTimeUs } = trade
    measure.emit({ timeUs, receiveTimeUs, value, values, n: last.length, isWarming: value === undefined }, outlet)
  }

  /** Share of the values of the last 30 days that were below, once there are 500. */
  private rank(timeUs: number, value: number): number | undefined {
    const { ranked, ranks } = this
    for (let oldest = ranked[0]; oldest !== undefined; oldest = ranked[0]) {
      if (oldest.timeUs > timeUs - RANKED_US && ranked.length < MOST_RANKED) break
      ranks.remove(oldest.value)
      ranked.shift()
    }
    const rank = this.total >= RANKED_FROM ? ranks.rank(value) : undefined
    ranked.push({ timeUs, value })
    ranks.add(value)
    return rank
  }

  private hour(candle: KlineEvent): void {
    if (!candle.closed || candle.interval !== '1h' || this.fixedVolume !== undefined) return
    const { instrument } = this.source
    // An inverse contract's quote volume is in base coins, as the venue sends it.
    const base = instrument.isInverse ? candle.quoteVolume : baseQuantity(instrument, candle.volume, candle.close)
    this.hours.set(candle.openTimeUs, base)
    this.hasNewHours = true
    if (this.hours.size <= 72) return
    const oldest = Math.min(...this.hours.keys())
    this.hours.delete(oldest)
  }

  /** A 50th of the UTC day before, whenever we have joined; until all its hours are known the size stays as it was. */
  private size(day: number): void {
    this.sizedDay = day
    this.hasNewHours = false
    let total = 0
    for (let hour = 0; hour < 24; hour++) {
      const base = this.hours.get((day - 1) * DAY_US + hour * HOUR_US)
      if (base === undefined) {
        this.sizedDay = undefined
        return
      }
      total += base
    }
    if (total > 0) this.volume = total / 50
  }
}
