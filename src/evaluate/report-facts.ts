import type { SignalInstrument } from '../signal/signal-kind.ts'
import { deflated, type Trials } from './analysis/sharpe.ts'
import { type Verdict, verdictOf } from './analysis/verdict.ts'
import { textOf } from './collect/subject-signal.ts'
import type { Evaluation, Group } from './evaluate.ts'
import type { EvaluationConfig } from './evaluation-config.ts'
import type { PrefixCheck } from './prefix-check.ts'
import type { DeflatedSharpe } from './statistics/deflated-sharpe.ts'

/** What surrounds the figures: where they come from. */
export interface Provenance {
  /** When the report was written, as text. */
  readonly writtenAt: string
  readonly software: string
  readonly configHash: string
  readonly dataHash: string
  readonly files: readonly string[]
  readonly lines: number
  /** What the recording cannot tell. */
  readonly notes: readonly string[]
}

export interface JudgedGroup {
  readonly group: Group
  readonly trials: Trials
  readonly dsr: DeflatedSharpe | undefined
  readonly verdict: Verdict
}

/** An evaluation with its checks and what was tried: all that a report says. */
export interface ReportFacts {
  readonly evaluation: Evaluation
  readonly provenance: Provenance
  readonly checks: readonly PrefixCheck[]
  readonly judged: readonly JudgedGroup[]
}

/** @param trials everything that was tried, this included */
export function judge(
  evaluation: Evaluation,
  provenance: Provenance,
  checks: readonly PrefixCheck[],
  trials: Trials,
): ReportFacts {
  const { groups, config, instruments } = evaluation
  const judged = groups.map(group => {
    const dsr = deflated(group.sharpe, trials)
    const [matched] = group.matched.filter(each => each.horizonMs === config.headlineMs)
    const terms = groups.filter(other => other.subject === group.subject && other.isTerm)
    const verdict = verdictOf({
      headline: group.headline,
      curve: group.latencies,
      matched,
      dsr,
      parts: group.isTerm ? [] : terms.map(term => term.headline),
      leastOnsets: config.leastOnsets,
      looksAhead: checks.some(check => check.broken.some(number => subjectOf(number, instruments) === group.subject)),
    })
    return { group, trials, dsr, verdict }
  })
  return { evaluation, provenance, checks, judged }
}

/** Signals are made subject by subject, each on every instrument. */
function subjectOf(signal: number, instruments: readonly SignalInstrument[]): number {
  return Math.floor(signal / instruments.length)
}

/** Everything that decides the figures, in a form that is equal for equal choices. */
export function configRecord(config: EvaluationConfig) {
  const { subjects, fees, ...rest } = config
  return {
    ...rest,
    cross: config.cross ?? null,
    sizeQuote: config.sizeQuote ?? null,
    subjects: subjects.map(textOf),
    fees: fees.entries,
    feesFrom: fees.name,
  }
}
