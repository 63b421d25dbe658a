import type { InstrumentId } from '../model/instrument.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'
import { type BaseRate, Controls, type Match, type MatchedResult, matchedResult } from './analysis/controls.ts'
import { eventPath, type PathPoint } from './analysis/event-path.ts'
import { type ForwardTest, forwardTest } from './analysis/forward-test.ts'
import { type IntervalFit, intervalFit } from './analysis/interval-fit.ts'
import { Market } from './analysis/outcome.ts'
import { type Outcome, outcomesOf } from './analysis/outcomes.ts'
import { type Part, partsOf } from './analysis/parts.ts'
import { type Result, resultOf } from './analysis/result.ts'
import { type SharpeFigures, sharpeOf } from './analysis/sharpe.ts'
import type { Collected } from './collect/collect.ts'
import { idOf, textOf } from './collect/subject-signal.ts'
import type { EvaluationConfig } from './evaluation-config.ts'

const DAY_US = 86_400_000_000

/** Everything about one signal with one set of options; of a composite also about each of its terms alone. */
export interface Group {
  readonly subject: number
  /** `deriv.liqCascade`, or `composite.name/term`. */
  readonly type: string
  /** The signal with its options, as text. */
  readonly variant: string
  /** A term of a rule by itself. */
  readonly isTerm: boolean
  readonly onsets: number
  /** Of these: named no direction, and none was asked for. */
  readonly withoutSide: number
  readonly headline: Result
  /** At the headline's latency. */
  readonly horizons: readonly Result[]
  /** At the headline's horizon. */
  readonly latencies: readonly Result[]
  readonly base: readonly BaseRate[]
  readonly matched: readonly MatchedResult[]
  readonly parts: readonly Part[]
  readonly path: readonly PathPoint[]
  readonly fits: readonly IntervalFit[]
  readonly sharpe: SharpeFigures | undefined
  /** Independent round trips a day, per day of recording. */
  readonly tripsPerDay: number | undefined
  /** Perpetuals without a word about funding in their recording. */
  readonly isFundingUnknown: boolean
  readonly outcomes: readonly Outcome[]
  readonly matches: readonly Match[]
}

export interface Evaluation {
  readonly config: EvaluationConfig
  readonly instruments: readonly SignalInstrument[]
  readonly collected: Collected
  readonly groups: readonly Group[]
  /** Of each signal of which several variants were evaluated, or one. */
  readonly forward: readonly (ForwardTest & { readonly signal: string })[]
}

/** Everything that can be said about what was read. @throws ConfigError when a fee is not known */
export function evaluate(
  collected: Collected,
  instruments: readonly SignalInstrument[],
  config: EvaluationConfig,
): Evaluation {
  const market = new Market(instruments, collected, config.fees)
  const controls = new Controls(market)
  const groups = config.subjects.flatMap((subject, number) => {
    const id = idOf(subject)
    const terms = collected.onsets.filter(onset => onset.subject === number).map(onset => onset.type)
    const types = [...new Set([id, ...terms])]
    return types.map(type => groupOf({ number, type, id, collected, market, controls, config, instruments }))
  })
  const ids = [...new Set(config.subjects.map(idOf))]
  const forward = ids.map(signal => ({ signal, ...forwardOf(signal, groups, collected, config) }))
  return { config, instruments, collected, groups, forward }
}

interface GroupTask {
  readonly number: number
  readonly type: string
  readonly id: string
  readonly collected: Collected
  readonly market: Market
  readonly controls: Controls
  readonly config: EvaluationConfig
  readonly instruments: readonly SignalInstrument[]
}

function groupOf(task: GroupTask): Group {
  const { number, type, id, collected, market, controls, config } = task
  const { latencyMs, headlineMs, seed } = config
  const onsets = collected.onsets.filter(onset => onset.subject === number && onset.type === type)
  const outcomes = outcomesOf(onsets, market, config)
  const at = (horizonMs: number): readonly Outcome[] =>
    outcomes.filter(each => each.latencyMs === latencyMs && each.horizonMs === horizonMs)
  const result = (latency: number, horizon: number): Result => resultOf(outcomes, latency, horizon, { seed })
  const horizons = config.horizonsMs.map(horizonMs => result(latencyMs, horizonMs))
  const latencies = [...new Set([...config.latenciesMs, latencyMs])].sort((a, b) => a - b)
  const matches = config.horizonsMs.flatMap(horizonMs =>
    controls.matches(at(horizonMs), horizonMs, config.matches, seed),
  )
  const headline = result(latencyMs, headlineMs)
  const days = (collected.untilUs - collected.fromUs) / DAY_US
  const subject = config.subjects[number]
  return {
    subject: number,
    type,
    variant: subject === undefined ? type : textOf(subject),
    isTerm: type !== id,
    onsets: onsets.length,
    withoutSide: onsets.filter(onset => onset.side === 0).length,
    headline,
    horizons,
    latencies: latencies.map(latency => result(latency, headlineMs)),
    base: config.horizonsMs.flatMap(horizonMs => controls.baseRate(onsets, horizonMs) ?? []),
    matched: config.horizonsMs.flatMap(horizonMs => {
      const own = matches.filter(match => match.horizonMs === horizonMs)
      return matchedResult(at(horizonMs), own, horizonMs, seed) ?? []
    }),
    parts: partsOf(outcomes, latencyMs, headlineMs, { seed }),
    path: eventPath(at(headlineMs), market, Math.max(300_000, headlineMs)),
    fits: type === id ? fitsOf(task) : [],
    sharpe: sharpeOf(at(headlineMs), config.leastOnsets),
    tripsPerDay: days > 0 ? headline.independent / days : undefined,
    isFundingUnknown: outcomes.some(({ trade }) => typeof trade === 'object' && !trade.isFundingKnown),
    outcomes,
    matches,
  }
}

function fitsOf({ number, collected, market, config, instruments }: GroupTask): readonly IntervalFit[] {
  return instruments.flatMap(({ id }: { readonly id: InstrumentId }) => {
    const values = collected.values.get(`${number} ${id}`)
    if (values === undefined || values.length === 0) return []
    return intervalFit(market, id, values, config.intervalMs, config.leastOnsets)
  })
}

function forwardOf(
  signal: string,
  groups: readonly Group[],
  collected: Collected,
  config: EvaluationConfig,
): ForwardTest {
  const { latencyMs, headlineMs, parts } = config
  const own = groups.filter(group => group.type === signal && !group.isTerm)
  // A horizon that the recording is too short for has no results that could leak into a test.
  const reached = config.horizonsMs.filter(horizonMs =>
    own.some(group => group.horizons.some(each => each.horizonMs === horizonMs && each.n > 0)),
  )
  const contenders = own.map(({ variant, outcomes }) => ({
    name: variant,
    outcomes: outcomes.filter(each => each.latencyMs === latencyMs && each.horizonMs === headlineMs),
  }))
  const { fromUs, untilUs } = collected
  const embargoMs = Math.max(headlineMs, ...reached)
  return forwardTest(contenders, { fromUs, untilUs, parts, embargoMs, least: config.leastOnsets })
}
