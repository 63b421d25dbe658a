import { configRecord, type ReportFacts } from './report-facts.ts'

/** The figures of a report, for machines. What is not known is absent. */
export function summaryOf(facts: ReportFacts): object {
  const { evaluation, provenance, checks, judged } = facts
  const { config, collected, forward, instruments } = evaluation
  return {
    format: 1,
    ...provenance,
    config: configRecord(config),
    data: {
      fromUs: collected.fromUs,
      untilUs: collected.untilUs,
      gaps: collected.gaps,
      errors: collected.errors,
      instruments: instruments.map(({ id, kind, base, isInverse }) => ({ id, kind, base, isInverse })),
      priceChanges: Object.fromEntries([...collected.prices].map(([id, track]) => [id, track.changes])),
    },
    lookAhead: checks,
    groups: judged.map(({ group, trials, dsr, verdict }) => {
      const { outcomes: _outcomes, matches: _matches, ...figures } = group
      return { ...figures, trials, deflatedSharpe: dsr, verdict }
    }),
    walkForward: forward,
  }
}
