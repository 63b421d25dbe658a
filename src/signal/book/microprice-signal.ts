import { ConfigError } from '../../model/error.ts'
import type { EpochUs } from '../../model/time.ts'
import { numberFigure } from '../figure.ts'
import type { Measure } from '../measure.ts'
import type { Signal, SignalOutlet } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { bookMeasure, signalOf } from './book-measure.ts'
import {
  DEFAULT_BUCKETS,
  DEFAULT_MIN_QUOTES,
  DEFAULT_SPREADS,
  MicropriceCounts,
  type MicropriceFit,
  MOST_BUCKETS,
  MOST_SPREADS,
  micropriceOf,
} from './microprice-fit.ts'
import { tickOf } from './option-checks.ts'
import { midOf, weightedMid } from './touch.ts'
import { MID_FIGURE } from './touch-gauge.ts'
import { isBroken, type TimedTouch, type TouchNews, TouchReader } from './touch-reader.ts'

const ID = 'book.microprice'
const DAY_US = 86_400_000_000

/** P = mid + g(imbalance, spread), fitted to the quotes of the days before (Stoikov 2018). */
export const bookMicroprice: SignalKind = {
  id: ID,
  meaning:
    'Expected mid after all changes to come, by imbalance and spread; until it is fitted only book.wmid is given.',
  unit: 'price',
  needs: ['quote'],
  figures: [
    numberFigure('microprice', 'Expected mid.'),
    MID_FIGURE,
    numberFigure('adjustmentTicks', 'Distance from the mid in price steps.', 'ticks'),
  ],
  params: {
    buckets: {
      kind: 'number',
      default: DEFAULT_BUCKETS,
      least: 2,
      most: MOST_BUCKETS,
      isWhole: true,
      unit: 'buckets',
      meaning: 'buckets of the imbalance',
    },
    spreads: {
      kind: 'number',
      default: DEFAULT_SPREADS,
      least: 1,
      most: MOST_SPREADS,
      isWhole: true,
      unit: 'ticks',
      meaning: 'spreads of 1 to so many ticks are told apart; none is given for wider ones',
    },
    minQuotes: {
      kind: 'number',
      default: DEFAULT_MIN_QUOTES,
      least: 1,
      isWhole: true,
      unit: 'quotes',
      meaning: 'quotes a fit needs; it is renewed once per UTC day when there are so many new ones',
    },
  },
  create: (instrument, params) => micropriceSignal(instrument, params),
}

/**
 * The same with a model that was fitted before, which is used until the first day with enough quotes has passed.
 * @throws ConfigError for an instrument without a tick size, or a model that was fitted with another one
 */
export function micropriceSignal(instrument: SignalInstrument, params: CheckedParams, fitted?: MicropriceFit): Signal {
  const tick = tickOf(instrument)
  if (fitted !== undefined && fitted.tick !== tick) {
    throw new ConfigError(`${ID}: expected a model fitted with tick ${tick}, was fitted with ${fitted.tick}.`)
  }
  const measure = bookMeasure({ id: ID, instrument, params, needs: ['quote'], unit: 'price' })
  const fallback = bookMeasure({ id: 'book.wmid', instrument, params, needs: ['quote'], unit: 'price' })
  const counts = new MicropriceCounts({
    tick,
    buckets: params.number('buckets'),
    spreads: params.number('spreads'),
    minQuotes: params.number('minQuotes'),
  })
  const microprice = new Microprice(measure, fallback, counts, fitted)
  const reader = new TouchReader(measure, 'quote')
  return signalOf(measure, (input, outlet) => {
    const news = reader.read(input, outlet)
    if (microprice.isFallingBack) fallback.receive(input, outlet)
    if (news.kind === 'touch') microprice.take(news, outlet)
    else if (isBroken(news)) microprice.interrupt(news, outlet)
  })
}

class Microprice {
  private readonly measure: Measure
  private readonly fallback: Measure
  private readonly counts: MicropriceCounts
  private model: MicropriceFit | undefined
  private day: number | undefined
  private isAnnounced = false
  /** How many quotes the last fit that failed had. */
  private triedAt = 0

  constructor(measure: Measure, fallback: Measure, counts: MicropriceCounts, model: MicropriceFit | undefined) {
    this.measure = measure
    this.fallback = fallback
    this.counts = counts
    this.model = model
  }

  get isFallingBack(): boolean {
    return this.model === undefined
  }

  take(touch: TimedTouch, outlet: SignalOutlet): void {
    // The model in use comes from the past alone: this quote is counted after it was judged.
    this.refit(touch.timeUs)
    if (this.model === undefined) this.fallBack(touch, outlet)
    else this.say(this.model, touch, outlet)
    this.counts.add(touch)
  }

  interrupt(news: TouchNews, outlet: SignalOutlet): void {
    this.counts.interrupt()
    if (news.kind !== 'crossed' || this.model !== undefined) return
    const { timeUs, receiveTimeUs } = news
    this.fallback.emit({ timeUs, receiveTimeUs, n: 0, isInvalid: true }, outlet)
  }

  /** At the first quote of a day, and as soon as there are enough for the first fit. */
  private refit(timeUs: EpochUs): void {
    const day = Math.floor(timeUs / DAY_US)
    const isNewDay = this.day !== undefined && day > this.day
    this.day = day
    const isDue = isNewDay || this.model === undefined
    if (!isDue || this.counts.quotes < Math.max(this.counts.minQuotes, this.triedAt * 2)) return
    // Quotes that determine no model are tried again when there are twice as many.
    this.triedAt = this.counts.quotes
    const model = this.counts.fit()
    if (model === undefined) return
    this.model = model
    this.triedAt = 0
    this.counts.clear()
  }

  private say(model: MicropriceFit, touch: TimedTouch, outlet: SignalOutlet): void {
    const value = micropriceOf(model, touch)
    const mid = midOf(touch)
    const { timeUs, receiveTimeUs } = touch
    const values = {
      microprice: value,
      mid,
      adjustmentTicks: value === undefined ? undefined : (value - mid) / model.tick,
    }
    const said = value === undefined ? { values } : { value, values }
    this.measure.emit({ timeUs, receiveTimeUs, n: model.quotes, ...said }, outlet)
  }

  private fallBack(touch: TimedTouch, outlet: SignalOutlet): void {
    const { timeUs, receiveTimeUs } = touch
    if (!this.isAnnounced) {
      this.isAnnounced = true
      this.measure.emit({ timeUs, receiveTimeUs, n: this.counts.quotes, isWarming: true }, outlet)
    }
    const value = weightedMid(touch)
    if (value !== undefined) this.fallback.emit({ timeUs, receiveTimeUs, n: 1, value, values: { wmid: value } }, outlet)
  }
}
