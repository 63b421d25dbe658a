import type { OpenInterestEvent } from '../../model/event.ts'
import { baseQuantity } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import { episodeEvent } from '../book/episode-event.ts'
import { signed, spell } from '../book/wording.ts'
import { numberFigure, textFigure } from '../figure.ts'
import { DEFAULT_LATENESS_MS, Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams, SignalValue } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { OiHistory } from './oi-history.ts'
import { type Quadrant, type QuadrantRule, quadrantOf, quadrantWords } from './quadrant.ts'

const ID = 'deriv.oiQuadrant'
const STALE_MS = 60_000

/** Where price and open interest went over a window. Every contract has a long and a short: the names are only customary. */
export const derivOiQuadrant: SignalKind = {
  id: ID,
  meaning: 'Change of open interest over a window, and where it stands with the change of the price.',
  unit: 'fraction',
  needs: ['openInterest', 'markPrice'],
  figures: [
    textFigure('quadrant', 'longBuildUp, shortBuildUp, longUnwinding, shortCovering or neutral: customary names.'),
    textFigure('reading', 'The same in words.'),
    numberFigure('priceChange', 'Change of the price over the window.'),
    numberFigure('oiChange', 'Change of open interest over the window.'),
    numberFigure('price', 'Mark price.', 'price'),
    numberFigure('openInterest', 'In the instrument’s own unit.', 'instrument'),
    numberFigure('openInterestBase', 'In base coins.', 'base'),
    numberFigure('cadenceMs', 'Usual time between two observations.', 'ms'),
  ],
  params: {
    windowMs: { kind: 'number', default: 300_000, least: 1000, unit: 'ms', meaning: 'window of both changes' },
    minPriceChange: {
      kind: 'number',
      default: 0.001,
      least: 0,
      unit: 'fraction',
      meaning: 'smaller changes of the price are neutral',
    },
    minOiChange: {
      kind: 'number',
      default: 0.002,
      least: 0,
      unit: 'fraction',
      meaning: 'smaller changes of open interest are neutral',
    },
    latenessMs: {
      kind: 'number',
      default: DEFAULT_LATENESS_MS,
      least: 0,
      unit: 'ms',
      meaning: 'how much older than the newest an input may be',
    },
  },
  create: (instrument, params) => new OiQuadrant(instrument, params),
}

interface Episode {
  readonly quadrant: Exclude<Quadrant, 'neutral'>
  readonly startUs: EpochUs
}

interface Changes {
  readonly price: number
  readonly openInterest: number
}

class OiQuadrant implements Signal {
  readonly id = ID
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[] = ['openInterest', 'markPrice']
  private readonly instrument: SignalInstrument
  private readonly measure: Measure
  private readonly rule: QuadrantRule
  private readonly windowMs: number
  private readonly observations: OiHistory
  private price: number | undefined
  private episode: Episode | undefined
  private changes: Changes = { price: 0, openInterest: 0 }

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.instrument = instrument
    this.instruments = [instrument.id]
    this.params = params.all
    this.windowMs = params.number('windowMs')
    this.rule = { minPriceChange: params.number('minPriceChange'), minOiChange: params.number('minOiChange') }
    this.observations = new OiHistory(this.windowMs)
    this.measure = new Measure({
      id: ID,
      instruments: this.instruments,
      params: this.params,
      needs: this.needs,
      unit: 'fraction',
      gapPolicy: 'reset',
      staleAfterMs: STALE_MS,
      latenessMs: params.number('latenessMs'),
    })
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    if (reception === 'gap') this.forget(input.receiveTimeUs, outlet)
    else if (reception !== 'data') return
    else if (input.kind === 'markPrice') this.price = input.markPrice
    else if (input.kind === 'openInterest') this.observe(input, outlet)
  }

  private observe(input: OpenInterestEvent, outlet: SignalOutlet): void {
    const { price, measure, observations } = this
    // The instrument's own unit: coins of linear contracts, contracts of inverse ones. Neither moves with the price.
    const openInterest = input.quantity
    if (price === undefined || !(price > 0) || !(openInterest > 0)) return
    const timeUs = timeOf(input)
    if (!observations.add({ timeUs, openInterest, price })) return
    const span = observations.span()
    const { receiveTimeUs } = input
    if (span === undefined) {
      measure.emit({ timeUs, receiveTimeUs, n: observations.count, isWarming: true }, outlet)
      return
    }
    this.changes = {
      price: span.to.price / span.from.price - 1,
      openInterest: span.to.openInterest / span.from.openInterest - 1,
    }
    const quadrant = quadrantOf(this.changes.price, this.changes.openInterest, this.rule)
    const values = {
      quadrant,
      reading: quadrantWords(quadrant),
      priceChange: this.changes.price,
      oiChange: this.changes.openInterest,
      price,
      openInterest,
      openInterestBase: baseQuantity(this.instrument, openInterest, price),
      cadenceMs: observations.cadenceMs,
    }
    measure.emit({ timeUs, receiveTimeUs, n: observations.count, value: this.changes.openInterest, values }, outlet)
    this.follow(measure.lastValue?.state === 'ok' ? quadrant : 'neutral', timeUs, receiveTimeUs, [], outlet)
  }

  private follow(
    quadrant: Quadrant,
    timeUs: EpochUs,
    receiveTimeUs: EpochUs,
    notes: readonly string[],
    outlet: SignalOutlet,
  ): void {
    const said = this.measure.lastValue
    if (said === undefined || quadrant === (this.episode?.quadrant ?? 'neutral')) return
    if (this.episode !== undefined) this.tell('end', this.episode, said, { timeUs, receiveTimeUs, notes }, outlet)
    this.episode = quadrant === 'neutral' ? undefined : { quadrant, startUs: timeUs }
    if (this.episode !== undefined) this.tell('start', this.episode, said, { timeUs, receiveTimeUs, notes }, outlet)
  }

  private tell(
    phase: 'start' | 'end',
    { quadrant, startUs }: Episode,
    said: SignalValue,
    at: { readonly timeUs: EpochUs; readonly receiveTimeUs: EpochUs; readonly notes: readonly string[] },
    outlet: SignalOutlet,
  ): void {
    const { changes, rule, windowMs } = this
    const words = quadrantWords(quadrant)
    const figures = `price ${signed(changes.price * 100, 2)} %, open interest ${signed(changes.openInterest * 100, 2)} %`
    const isUp = quadrant === 'longBuildUp' || quadrant === 'shortCovering'
    const size = Math.min(
      Math.abs(changes.price) / (3 * rule.minPriceChange || 1),
      Math.abs(changes.openInterest) / (3 * rule.minOiChange || 1),
    )
    const facts = {
      said,
      startUs,
      name: quadrant,
      phase,
      ...at,
      direction: isUp ? 1 : -1,
      strength: size,
      headline: `${phase === 'end' ? 'over: ' : ''}${words} (${figures}; ${spell(windowMs)})`,
      reasons: [
        reason('size of the price change', Math.abs(changes.price), rule.minPriceChange),
        reason('size of the open interest change', Math.abs(changes.openInterest), rule.minOiChange),
      ],
      notes: [`Customary name: ${quadrant}. Every contract has a long and a short.`, ...at.notes],
      values: { quadrant, priceChange: changes.price, oiChange: changes.openInterest },
      fromUs: startUs - windowMs * 1000,
      streams: this.needs,
    } as const
    outlet.emit(episodeEvent(facts, this.instruments))
  }

  private forget(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const timeUs = this.measure.newestUs
    this.follow('neutral', timeUs, receiveTimeUs, ['Ended by a gap in the input.'], outlet)
    this.observations.clear()
    this.price = undefined
  }
}

function reason(term: string, value: number, threshold: number) {
  return { term, value, unit: 'fraction', threshold, pass: value >= threshold }
}
