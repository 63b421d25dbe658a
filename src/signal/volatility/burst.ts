import { ConfigError } from '../../model/error.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { flagFigure, numberFigure } from '../figure.ts'
import type { Measure } from '../measure.ts'
import type { Signal, SignalEvent, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { BurstRule } from './burst-rule.ts'
import { type MidReturn, MidReturns, RETURN_PARAMS, returnMeasure } from './mid-returns.ts'

/** What is missing weighs less than 0.1 % of the fast average after ten half-lives: so long a gap is told. */
const HALF_LIVES_OF_GAP = 10

/** Bursts of volatility: the short average of squared returns against the long one, with an event at both ends. */
export const volBurst: SignalKind = {
  id: 'vol.burst',
  meaning: 'How many times larger the mid moves now than it usually does.',
  unit: 'ratio',
  needs: ['quote'],
  figures: [
    numberFigure('ratio', 'Short average against the long one.'),
    numberFigure('mid', 'Mean of best bid and ask.', 'price'),
    flagFigure('isOn', 'A burst goes on.'),
  ],
  params: {
    fastHalfLife: { kind: 'number', default: 10, least: 0.1, unit: 's', meaning: 'Half-life of the short average.' },
    slowHalfLife: { kind: 'number', default: 1800, least: 1, unit: 's', meaning: 'Half-life of the long average.' },
    onRatio: { kind: 'number', default: 3, least: 1, unit: 'ratio', meaning: 'A burst begins at this ratio.' },
    offRatio: { kind: 'number', default: 1.5, least: 0, unit: 'ratio', meaning: 'A burst ends at this ratio.' },
    warmup: {
      kind: 'number',
      default: 600,
      least: 1,
      isWhole: true,
      unit: 's',
      meaning: 'Returns before the first value.',
    },
    ...RETURN_PARAMS,
  },
  create: (instrument, params) => new Burst(instrument, params),
}

interface Episode {
  readonly startUs: EpochUs
  readonly startMid: number
  peak: number
}

class Burst implements Signal {
  readonly id = 'vol.burst'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly returns: MidReturns
  private readonly rule: BurstRule
  private readonly onRatio: number
  private readonly offRatio: number
  private episode: Episode | undefined

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    const fastHalfLife = params.number('fastHalfLife')
    this.onRatio = params.number('onRatio')
    this.offRatio = params.number('offRatio')
    if (this.offRatio >= this.onRatio) {
      throw new ConfigError(`vol.burst.offRatio: expected less than onRatio (${this.onRatio}), was ${this.offRatio}.`)
    }
    const windowMs = HALF_LIVES_OF_GAP * fastHalfLife * 1000
    this.measure = returnMeasure(instrument, params, { id: this.id, unit: 'ratio', windowMs })
    this.returns = new MidReturns(this.measure, (change, outlet) => this.returned(change, outlet))
    this.rule = new BurstRule({
      fastHalfLife,
      slowHalfLife: params.number('slowHalfLife'),
      onRatio: this.onRatio,
      offRatio: this.offRatio,
      warmup: params.number('warmup'),
    })
    this.instruments = this.measure.setup.instruments
    this.needs = this.measure.setup.needs
    this.params = params.all
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    this.returns.accept(input, outlet)
  }

  private returned({ timeUs, receiveTimeUs, mid, change }: MidReturn, outlet: SignalOutlet): void {
    if (change === undefined) return
    const { ratio, event } = this.rule.add(change)
    const at = { timeUs: epochUs(timeUs), receiveTimeUs }
    const values = { ratio, mid, isOn: this.rule.isOn }
    this.measure.emit({ ...at, value: ratio, values, n: this.rule.count, isWarming: ratio === undefined }, outlet)
    if (ratio === undefined) return
    if (event === 'on') this.episode = { startUs: at.timeUs, startMid: mid, peak: ratio }
    const { episode } = this
    if (episode === undefined) return
    episode.peak = Math.max(episode.peak, ratio)
    if (event === 'on') outlet.emit(this.event('start', episode, ratio, mid))
    else if (event === 'off') {
      this.episode = undefined
      outlet.emit(this.event('end', episode, ratio, mid))
    }
  }

  private event(phase: 'start' | 'end', episode: Episode, ratio: number, mid: number): SignalEvent {
    const said = this.measure.lastValue
    if (said === undefined) throw new ConfigError('vol.burst: expected a value before its event.')
    const { timeUs, receiveTimeUs, quality, state } = said
    const seconds = (timeUs - episode.startUs) / 1_000_000
    const moveBps = (mid / episode.startMid - 1) * 1e4
    const isStart = phase === 'start'
    const threshold = isStart ? this.onRatio : this.offRatio
    return {
      kind: 'signalEvent',
      id: `vol.burst:${said.instrument}:${episode.startUs}`,
      type: this.id,
      instruments: this.instruments,
      params: this.params,
      timeUs,
      receiveTimeUs,
      phase,
      direction: 0,
      strength: Math.min(1, episode.peak / (4 * this.onRatio)),
      headline: isStart
        ? `the mid moves ${ratio.toFixed(1)} times as much as usual`
        : `the mid has moved up to ${episode.peak.toFixed(1)} times as much as usual for ${seconds} s, and is back at ${ratio.toFixed(1)}`,
      reasons: [{ term: 'ratio', value: ratio, unit: 'ratio', threshold, pass: true }],
      against: [],
      notes: [],
      values: { ratio, peak: episode.peak, durationMs: seconds * 1000, moveBps, mid },
      quality: { ...quality, state },
      evidence: { fromUs: episode.startUs, toUs: timeUs, streams: ['quote'] },
      reliability: null,
    }
  }
}
