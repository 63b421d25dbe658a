import { type EpochUs, epochUs } from '../../model/time.ts'
import { flagFigure, numberFigure } from '../figure.ts'
import type { Measure } from '../measure.ts'
import type { SignalInput, SignalOutlet } from '../signal.ts'
import type { SignalKind } from '../signal-kind.ts'
import { bookMeasure, signalOf } from './book-measure.ts'
import { episodeEvent } from './episode-event.ts'
import { tickOf } from './option-checks.ts'
import { SpreadAnomaly, type SpreadAnomalyOptions, type SpreadSample } from './spread-anomaly.ts'
import { spreadTicks } from './touch.ts'
import { TOUCH_INPUT, touchInput, touchNeeds } from './touch-gauge.ts'
import { extrapolated, isBroken, type TimedTouch, TouchReader } from './touch-reader.ts'

const ID = 'book.spreadWiden'
const SECOND_US = 1_000_000

/** The spread in ticks once per second against the median of the samples before; an event when it is and stays far wider. */
export const bookSpreadWiden: SignalKind = {
  id: ID,
  meaning:
    'How many times its usual width the spread is, sampled once per second; tells when it is and stays far wider.',
  unit: 'ratio',
  needs: ['quote'],
  figures: [
    numberFigure('ticks', 'The spread.', 'ticks'),
    numberFigure('base', 'Median of the usual samples.', 'ticks'),
    numberFigure('ratio', 'The spread against it.'),
    flagFigure('isWide', 'It is wide now.'),
  ],
  params: {
    input: TOUCH_INPUT,
    window: {
      kind: 'number',
      default: 1800,
      least: 1,
      most: 86_400,
      isWhole: true,
      unit: 'samples',
      meaning: 'usual samples of which the base is the median',
    },
    factor: { kind: 'number', default: 3, least: 1, unit: 'ratio', meaning: 'times the base at which it is wide' },
    minTicks: { kind: 'number', default: 3, least: 0, unit: 'ticks', meaning: 'and ticks it has at least' },
    holdSamples: {
      kind: 'number',
      default: 2,
      least: 0,
      most: 3600,
      isWhole: true,
      unit: 'samples',
      meaning: 'samples for which it must stay wide after the first',
    },
    endFactor: { kind: 'number', default: 1.5, least: 0, unit: 'ratio', meaning: 'times the base at which it is over' },
  },
  create(instrument, params) {
    const from = touchInput(params)
    const measure = bookMeasure({ id: ID, instrument, params, needs: touchNeeds(from), unit: 'ratio' })
    const options = {
      window: params.number('window'),
      factor: params.number('factor'),
      minTicks: params.number('minTicks'),
      holdSamples: params.number('holdSamples'),
      endFactor: params.number('endFactor'),
    }
    const signal = new SpreadWiden(measure, new TouchReader(measure, from), tickOf(instrument), options)
    return signalOf(measure, (input, outlet) => signal.accept(input, outlet))
  },
}

interface Moment {
  readonly timeUs: EpochUs
  readonly receiveTimeUs: EpochUs
  readonly ticks: number
}

class SpreadWiden {
  private readonly measure: Measure
  private readonly reader: TouchReader
  private readonly tick: number
  private readonly options: SpreadAnomalyOptions
  private readonly anomaly: SpreadAnomaly
  private touch: TimedTouch | undefined
  private startUs = 0
  private base = 0

  constructor(measure: Measure, reader: TouchReader, tick: number, options: SpreadAnomalyOptions) {
    this.measure = measure
    this.reader = reader
    this.tick = tick
    this.options = options
    this.anomaly = new SpreadAnomaly(options)
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const news = this.reader.read(input, outlet)
    if (news.kind === 'touch') this.touch = news
    else if (news.kind === 'second' && this.touch !== undefined) this.sample(this.touch, input.receiveTimeUs, outlet)
    else if (isBroken(news)) this.forget(input.receiveTimeUs, outlet)
  }

  private sample(touch: TimedTouch, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const ticks = spreadTicks(touch, this.tick)
    const sample = this.anomaly.sample(ticks)
    const timeUs = epochUs(extrapolated(touch.timeUs, touch.receiveTimeUs, receiveTimeUs))
    const { base, ratio } = sample
    const values = { ticks, base, ratio, isWide: this.anomaly.isOpen }
    const said = { timeUs, receiveTimeUs, n: this.anomaly.count, values, isWarming: base === undefined }
    this.measure.emit(ratio === undefined ? said : { ...said, value: ratio }, outlet)
    if (sample.change === 'start') this.startUs = timeUs - this.options.holdSamples * SECOND_US
    if (base !== undefined && sample.change !== undefined) this.base = base
    if (sample.change !== undefined) this.tell(sample.change, sample, { timeUs, receiveTimeUs, ticks }, [], outlet)
  }

  private tell(
    phase: 'start' | 'end',
    { ratio }: Pick<SpreadSample, 'ratio'>,
    moment: Moment,
    notes: readonly string[],
    outlet: SignalOutlet,
  ): void {
    const said = this.measure.lastValue
    if (said === undefined) return
    const { anomaly, base, options } = this
    const { ticks, timeUs, receiveTimeUs } = moment
    const peakTicks = anomaly.peakTicks
    const durationMs = (timeUs - this.startUs) / 1000
    const seconds = `${(durationMs / 1000).toFixed(0)} s`
    const facts = {
      said,
      startUs: this.startUs,
      phase,
      timeUs,
      receiveTimeUs,
      direction: 0,
      strength: (ratio ?? 0) / (2 * options.factor),
      headline:
        phase === 'start'
          ? `the spread is ${ticks} ticks wide and has been wide for ${seconds}; usual are ${base}`
          : `the spread was wide for ${seconds}, at most ${peakTicks} ticks; now ${ticks}, usual are ${base}`,
      reasons: this.reasons(phase, ticks),
      against:
        ticks < peakTicks && phase === 'start' ? [`it has narrowed from ${peakTicks} to ${ticks} ticks already`] : [],
      notes,
      values: { ticks, base, ratio, peakTicks, durationMs },
      streams: this.measure.setup.needs,
    } as const
    outlet.emit(episodeEvent(facts, this.measure.setup.instruments))
  }

  private reasons(phase: 'start' | 'end', ticks: number) {
    const { base, options, anomaly } = this
    if (phase === 'end') {
      const threshold = options.endFactor * base
      return [{ term: 'spread at most', value: ticks, unit: 'ticks', threshold, pass: ticks <= threshold }]
    }
    const wide = options.factor * base
    return [
      { term: 'spread against its base', value: ticks, unit: 'ticks', threshold: wide, pass: ticks >= wide },
      {
        term: 'least spread',
        value: ticks,
        unit: 'ticks',
        threshold: options.minTicks,
        pass: ticks >= options.minTicks,
      },
      {
        term: 'samples it stayed wide',
        value: options.holdSamples,
        unit: 'samples',
        threshold: options.holdSamples,
        pass: anomaly.isOpen,
      },
    ]
  }

  /** What was before the gap says nothing about the spread behind it. */
  private forget(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const { touch, anomaly } = this
    if (anomaly.isOpen && touch !== undefined) {
      const timeUs = touch.timeUs
      const ticks = spreadTicks(touch, this.tick)
      const notes = ['Ended by a gap in the input: how long it went on is not known.']
      this.tell('end', { ratio: undefined }, { timeUs, receiveTimeUs, ticks }, notes, outlet)
    }
    this.touch = undefined
    anomaly.reset()
  }
}
