import { paramsText, signalOf } from './collect/subject-signal.ts'
import { type StoredReliability, symbolClassOf } from './reliability-store.ts'
import type { ReportFacts } from './report-facts.ts'

/**
 * What may be shown beside an event of the same kind from now on: only of groups with enough independent onsets that do not
 * look ahead, and only when all instruments were of one class.
 */
export function reliabilitiesOf(facts: ReportFacts): readonly StoredReliability[] {
  const { evaluation, provenance, judged } = facts
  const { config, instruments, collected } = evaluation
  const classes = [...new Set(instruments.map(symbolClassOf))]
  const [symbolClass] = classes
  const [instrument] = instruments
  // A level of the evaluation's own makes onsets that no event of the signal stands for.
  if (symbolClass === undefined || instrument === undefined || classes.length > 1 || config.cross !== undefined)
    return []
  if (config.side !== 'signal') return []
  return judged.flatMap(({ group, verdict }) => {
    const { headline } = group
    const subject = config.subjects[group.subject]
    const base = group.base.find(each => each.horizonMs === config.headlineMs)
    const { hit, meanNetBps } = headline
    if (verdict.kind === 'invalid' || verdict.kind === 'notMeasured' || subject === undefined) return []
    if (hit === undefined || meanNetBps === undefined || base === undefined) return []
    const days = ((collected.untilUs - collected.fromUs) / 86_400_000_000).toFixed(2)
    return {
      type: group.type,
      params: paramsText(signalOf(subject, instrument, instruments).params),
      symbolClass,
      reliability: {
        horizonMs: config.headlineMs,
        n: headline.independent,
        hitRate: hit.rate,
        low95: hit.low,
        high95: hit.high,
        baseRate: base.hitRate,
        meanNetBps,
        measuredOn: `${instruments.map(each => each.id).join(', ')}; ${days} days; ${provenance.writtenAt}; ${provenance.configHash}`,
      },
    }
  })
}
