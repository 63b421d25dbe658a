import type { DeflatedSharpe } from '../statistics/deflated-sharpe.ts'
import type { MatchedResult } from './controls.ts'
import type { Result } from './result.ts'

export type VerdictKind =
  | 'invalid'
  | 'notMeasured'
  | 'notActionable'
  | 'costsMore'
  | 'inconclusive'
  | 'notBetterThanRandom'
  | 'notBetterThanParts'
  | 'notAfterSearch'
  | 'positive'

export interface Verdict {
  readonly kind: VerdictKind
  /** For people: one or two sentences. */
  readonly words: string
}

export interface Evidence {
  readonly headline: Result
  /** At the headline's horizon, for every latency. */
  readonly curve: readonly Result[]
  readonly matched: MatchedResult | undefined
  readonly dsr: DeflatedSharpe | undefined
  /** Terms of the rule, each alone. */
  readonly parts: readonly Result[]
  readonly leastOnsets: number
  readonly looksAhead: boolean
}

/** DSR from which on a result stands although others were tried. */
export const LEAST_DSR = 0.95

/** The first thing that speaks against it, in the order of how much it says. */
export function verdictOf(evidence: Evidence): Verdict {
  const { headline, curve, matched, dsr, parts, leastOnsets, looksAhead } = evidence
  const { independent, meanNetBps, netInterval } = headline
  const net = meanNetBps === undefined ? '' : `${meanNetBps.toFixed(2).replace('-', '−')} bps`
  if (looksAhead)
    return {
      kind: 'invalid',
      words: 'The signal says other things when the recording is cut: no figure here means anything.',
    }
  if (independent < leastOnsets || meanNetBps === undefined) {
    const words = `Not measured: ${independent} independent onsets, at least ${leastOnsets} are needed before anything is said.`
    return { kind: 'notMeasured', words }
  }
  if (isOnlyAtZero(curve))
    return {
      kind: 'notActionable',
      words: 'Not actionable: something is left after costs only if nothing takes any time.',
    }
  if (meanNetBps <= 0)
    return { kind: 'costsMore', words: `Costs more than it earns: ${net} per trade on average, after costs.` }
  if (netInterval === undefined || netInterval.low <= 0)
    return {
      kind: 'inconclusive',
      words: `Inconclusive: ${net} per trade after costs, and 0 lies within what chance explains.`,
    }
  if (matched === undefined || (matched.excessInterval?.low ?? 0) <= 0)
    return {
      kind: 'notBetterThanRandom',
      words: `${net} per trade after costs, but random moments like these are not shown to do worse.`,
    }
  if (parts.some(part => (part.meanNetBps ?? Number.NEGATIVE_INFINITY) >= meanNetBps))
    return { kind: 'notBetterThanParts', words: 'One of its terms alone does as well: the combination adds nothing.' }
  if (dsr === undefined || dsr.dsr < LEAST_DSR) {
    const share = dsr === undefined ? 'unknown' : dsr.dsr.toFixed(3)
    return {
      kind: 'notAfterSearch',
      words: `${net} per trade after costs; with everything that was tried that may be luck (deflated Sharpe ratio ${share}).`,
    }
  }
  return { kind: 'positive', words: `${net} per trade after costs on this data, more than random moments like these.` }
}

/** Something is left without any latency, more than chance explains, and at no other. */
function isOnlyAtZero(curve: readonly Result[]): boolean {
  const works = ({ meanNetBps = 0, netInterval }: Result): boolean => meanNetBps > 0 && (netInterval?.low ?? 1) > 0
  const later = curve.filter(result => result.latencyMs > 0)
  return later.length > 0 && curve.some(result => result.latencyMs === 0 && works(result)) && !later.some(works)
}
