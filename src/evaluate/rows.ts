import type { Outcome } from './analysis/outcomes.ts'
import { configRecord, type ReportFacts } from './report-facts.ts'
import type { SearchEntry } from './search-log.ts'

/** Everything that the figures are made of, one JSON object a line, so that others can compute them again. */
export function* rowsOf(facts: ReportFacts, tried: readonly SearchEntry[]): Generator<object> {
  const { evaluation, provenance } = facts
  const { config, collected, groups, instruments } = evaluation
  const { fromUs, untilUs, gaps } = collected
  yield { kind: 'evaluation', format: 1, ...provenance, config: configRecord(config), fromUs, untilUs, gaps }
  for (const { id, kind, isInverse } of instruments) yield { kind: 'instrument', instrument: id, type: kind, isInverse }
  for (const entry of tried) yield { kind: 'trial', ...entry }
  for (const [index, group] of groups.entries()) {
    const { type, variant, isTerm } = group
    yield { kind: 'group', group: index, type, variant, isTerm }
    for (const onset of collected.onsets) {
      if (onset.subject === group.subject && onset.type === type) yield { kind: 'onset', group: index, ...onset }
    }
    for (const outcome of group.outcomes) yield outcomeRow(index, outcome)
    for (const { onset, ...match } of group.matches)
      yield { kind: 'match', group: index, onset: onset.number, ...match }
  }
}

function outcomeRow(group: number, outcome: Outcome): object {
  const { onset, trade, latencyMs, horizonMs, instrument, entryTimeUs, exitTimeUs } = outcome
  const what = typeof trade === 'string' ? { absent: trade } : trade
  const span = { latencyMs, horizonMs, entryTimeUs, exitTimeUs }
  return { kind: 'outcome', group, onset: onset.number, instrument, side: onset.side, ...span, ...what }
}
