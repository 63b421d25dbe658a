import type { GapEvent, LiquidationEvent } from '../../model/event.ts'
import { quoteQuantity } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import { flagFigure, numberFigure } from '../figure.ts'
import { DEFAULT_LATENESS_MS, Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { Cascade, type CascadeEpisode, type CascadeRule, type CascadeStep } from './cascade.ts'
import { cascadeEvent, type Position } from './cascade-event.ts'

const ID = 'deriv.liqCascade'
/** Updates of an episode are at least so far apart, event time. */
const UPDATE_EVERY_US = 1_000_000
/** After so many half-lives less than 0.1 % of what was missed is left in a rate. */
const HALF_LIVES = 10

/** Forced closing of positions in rapid succession, each side by itself. The side is that of the position, not of the order. */
export const derivLiqCascade: SignalKind = {
  id: ID,
  meaning:
    'How many times its base the rate of liquidated positions is, of the busier side; tells when they come in a cascade.',
  unit: 'ratio',
  needs: ['liquidation'],
  figures: [
    numberFigure('longRatio', 'Of longs: the rate against its base.'),
    numberFigure('shortRatio', 'Of shorts: the rate against its base.'),
    numberFigure('longRate', 'Rate of liquidated longs now.', 'quote/s'),
    numberFigure('shortRate', 'Rate of liquidated shorts now.', 'quote/s'),
    numberFigure('longWindowQuote', 'Liquidated longs in the window.', 'quote'),
    numberFigure('shortWindowQuote', 'Liquidated shorts in the window.', 'quote'),
    flagFigure('atLeast', 'The venue does not tell all: totals are least ones.'),
  ],
  params: {
    fastHalfLifeMs: { kind: 'number', default: 5000, least: 1, unit: 'ms', meaning: 'half-life of the rate now' },
    slowHalfLifeMs: { kind: 'number', default: 1_800_000, least: 1, unit: 'ms', meaning: 'half-life of the base' },
    windowMs: { kind: 'number', default: 10_000, least: 1, unit: 'ms', meaning: 'window of minQuote and minCount' },
    onRatio: { kind: 'number', default: 10, least: 0, unit: 'ratio', meaning: 'times the base at the start' },
    floorRate: { kind: 'number', default: 1000, least: 1e-9, unit: 'quote/s', meaning: 'least base' },
    minQuote: { kind: 'number', default: 500_000, least: 0, unit: 'quote', meaning: 'least quote in the window' },
    minCount: {
      kind: 'number',
      default: 3,
      least: 1,
      isWhole: true,
      unit: 'count',
      meaning: 'least count in the window',
    },
    endQuietMs: { kind: 'number', default: 15_000, least: 1, unit: 'ms', meaning: 'silence of the side that ends it' },
    latenessMs: {
      kind: 'number',
      default: DEFAULT_LATENESS_MS,
      least: 0,
      unit: 'ms',
      meaning: 'how much older than the newest an input may be, and how long an end waits for one',
    },
  },
  create: (instrument, params) => new LiquidationCascade(instrument, params),
}

const COVERAGES = ['full', 'sampled', 'partial', 'unknown'] as const

interface SideState {
  readonly position: Position
  readonly cascade: Cascade
  step: CascadeStep | undefined
  toldUs: number
  receiveTimeUs: EpochUs | undefined
}

class LiquidationCascade implements Signal {
  readonly id = ID
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[] = ['liquidation']
  private readonly instrument: SignalInstrument
  private readonly measure: Measure
  private readonly rule: CascadeRule
  private readonly latenessUs: number
  private readonly sides: Readonly<Record<Position, SideState>>
  private coverage: LiquidationEvent['coverage'] = 'full'
  private count = 0
  /** A gap was told, and nothing since. */
  private isLost = false
  /** Receipt and exchange time from which on nothing is missing. */
  private since: { readonly receiveTimeUs: number; readonly timeUs: number | undefined } | undefined

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.instrument = instrument
    this.instruments = [instrument.id]
    this.params = params.all
    this.rule = ruleOf(params)
    this.latenessUs = params.number('latenessMs') * 1000
    this.sides = { long: sideOf('long', this.rule), short: sideOf('short', this.rule) }
    this.measure = new Measure({
      id: ID,
      instruments: this.instruments,
      params: this.params,
      needs: this.needs,
      unit: 'ratio',
      gapPolicy: 'reset',
      staleAfterMs: Number.POSITIVE_INFINITY,
      latenessMs: params.number('latenessMs'),
    })
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    // Where silence is normal, a gap counts even before anything was heard.
    if (input.kind === 'gap') this.gap(input, outlet)
    else if (reception === 'second') this.second(input.receiveTimeUs, outlet)
    else if (reception === 'resync') this.isLost = false
    else if (reception === 'data' && input.kind === 'liquidation') this.liquidation(input, outlet)
  }

  private liquidation(input: LiquidationEvent, outlet: SignalOutlet): void {
    const { price, quantity, side, receiveTimeUs } = input
    const timeUs = timeOf(input)
    if (!(price > 0 && quantity > 0)) {
      this.measure.emit({ timeUs, receiveTimeUs, n: this.count, isInvalid: true }, outlet)
      return
    }
    this.isLost = false
    this.since ??= { receiveTimeUs, timeUs }
    // A forced sell order closes a long position.
    const position = side === 'sell' ? 'long' : 'short'
    this.endUntil(timeUs, receiveTimeUs, outlet)
    this.coverage = worse(this.coverage, input.coverage)
    this.count++
    const own = this.sides[position]
    own.step = own.cascade.add(timeUs, price, quoteQuantity(this.instrument, quantity, price))
    own.receiveTimeUs = receiveTimeUs
    this.say(timeUs, receiveTimeUs, outlet)
    const { open } = own.cascade
    if (own.step.isStart) this.tell('start', own, open, timeUs, receiveTimeUs, [], outlet)
    else if (open !== undefined && timeUs - own.toldUs >= UPDATE_EVERY_US) {
      this.tell('update', own, open, timeUs, receiveTimeUs, [], outlet)
    }
  }

  private say(timeUs: EpochUs, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const { long, short } = this.sides
    const atUs = this.measure.newestUs
    const ratioOf = (side: SideState): number => side.cascade.ratioAt(atUs)
    const value = Math.max(ratioOf(long), ratioOf(short))
    const values = {
      longRatio: ratioOf(long),
      shortRatio: ratioOf(short),
      longRate: long.cascade.fastRateAt(atUs),
      shortRate: short.cascade.fastRateAt(atUs),
      longWindowQuote: long.cascade.windowQuoteAt(atUs),
      shortWindowQuote: short.cascade.windowQuoteAt(atUs),
      atLeast: this.coverage !== 'full',
    }
    const sinceMs = this.wholeSinceMs(timeUs, receiveTimeUs)
    const isWarming = sinceMs < Math.max(this.rule.windowMs, HALF_LIVES * this.rule.fastHalfLifeMs)
    const converged = sinceMs >= HALF_LIVES * this.rule.slowHalfLifeMs
    const { coverage, count } = this
    this.measure.emit({ timeUs: atUs, receiveTimeUs, n: count, value, values, coverage, converged, isWarming }, outlet)
  }

  /** Until the fast rate has forgotten what it may have missed, its value is withheld. */
  private wholeSinceMs(timeUs: number, receiveTimeUs: number): number {
    const { since } = this
    if (since === undefined) return 0
    return (since.timeUs === undefined ? receiveTimeUs - since.receiveTimeUs : timeUs - since.timeUs) / 1000
  }

  private second(receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    // Silence is normal: a second without anything is an observation, too.
    if (!this.isLost) this.since ??= { receiveTimeUs, timeUs: undefined }
    for (const side of [this.sides.long, this.sides.short]) {
      const { endsAtUs, open } = side.cascade
      if (endsAtUs === undefined || open === undefined || side.receiveTimeUs === undefined) continue
      const quietUs = receiveTimeUs - side.receiveTimeUs
      if (quietUs < this.rule.endQuietMs * 1000 + this.latenessUs) continue
      side.cascade.close()
      this.tell('end', side, open, endsAtUs, receiveTimeUs, [], outlet)
    }
  }

  /** Episodes that were over before `timeUs`, by event time. */
  private endUntil(timeUs: number, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    for (const side of [this.sides.long, this.sides.short]) {
      const { endsAtUs, open } = side.cascade
      if (endsAtUs === undefined || open === undefined || timeUs < endsAtUs) continue
      side.cascade.close()
      this.tell('end', side, open, endsAtUs, receiveTimeUs, [], outlet)
    }
  }

  private tell(
    phase: 'start' | 'update' | 'end',
    side: SideState,
    episode: CascadeEpisode | undefined,
    timeUs: number,
    receiveTimeUs: EpochUs,
    notes: readonly string[],
    outlet: SignalOutlet,
  ): void {
    const said = this.measure.lastValue
    const { step, position } = side
    if (said === undefined || step === undefined || episode === undefined) return
    side.toldUs = timeUs
    const other = position === 'long' ? this.sides.short : this.sides.long
    const otherQuote = other.cascade.windowQuoteAt(timeUs)
    const facts = { position, episode, step, coverage: this.coverage, otherQuote, timeUs, receiveTimeUs }
    outlet.emit(cascadeEvent(said, phase, facts, this.rule, notes))
  }

  private gap({ channel, healed, receiveTimeUs }: GapEvent, outlet: SignalOutlet): void {
    if (channel !== 'liquidation' || healed) return
    for (const side of [this.sides.long, this.sides.short]) {
      const { open } = side.cascade
      if (open !== undefined) {
        const notes = ['Ended by a gap in the input: totals are lower bounds.']
        this.tell('end', side, open, open.lastUs, receiveTimeUs, notes, outlet)
      }
      side.cascade.clear()
      side.step = undefined
      side.receiveTimeUs = undefined
    }
    this.since = undefined
    this.isLost = true
  }
}

function sideOf(position: Position, rule: CascadeRule): SideState {
  return { position, cascade: new Cascade(rule), step: undefined, toldUs: 0, receiveTimeUs: undefined }
}

function worse(a: LiquidationEvent['coverage'], b: LiquidationEvent['coverage']): LiquidationEvent['coverage'] {
  return COVERAGES[Math.max(COVERAGES.indexOf(a), COVERAGES.indexOf(b))] ?? 'unknown'
}

function ruleOf(params: CheckedParams): CascadeRule {
  return {
    fastHalfLifeMs: params.number('fastHalfLifeMs'),
    slowHalfLifeMs: params.number('slowHalfLifeMs'),
    windowMs: params.number('windowMs'),
    onRatio: params.number('onRatio'),
    floorRate: params.number('floorRate'),
    minQuote: params.number('minQuote'),
    minCount: params.number('minCount'),
    endQuietMs: params.number('endQuietMs'),
  }
}
