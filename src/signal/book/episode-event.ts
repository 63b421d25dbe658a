import { type EpochUs, epochUs } from '../../model/time.ts'
import type { SignalEvent, SignalValue } from '../signal.ts'

export interface EpisodeFacts {
  /** The value that was said last: envelope and quality come from it. */
  readonly said: SignalValue
  /** Exchange time at which the episode began: it names it. */
  readonly startUs: number
  /** Tells apart episodes of one signal that may begin at the same time. */
  readonly name?: string
  readonly phase: SignalEvent['phase']
  readonly timeUs: number
  readonly receiveTimeUs: EpochUs
  readonly direction: SignalEvent['direction']
  readonly strength: number
  readonly headline: string
  readonly reasons: SignalEvent['reasons']
  readonly against?: readonly string[]
  readonly notes?: readonly string[]
  readonly values: SignalEvent['values']
  /** Where the evidence begins, exchange time. @default the start of the episode */
  readonly fromUs?: number
  readonly streams: readonly string[]
}

/** Start, update or end of something that lasts. */
export function episodeEvent(facts: EpisodeFacts, instruments: SignalEvent['instruments']): SignalEvent {
  const { said, startUs, name, timeUs, fromUs = startUs, against = [], notes = [] } = facts
  const { signal, params, quality, state } = said
  const key = name === undefined ? '' : `:${name}`
  return {
    kind: 'signalEvent',
    id: `${signal}:${instruments.join('+')}${key}:${startUs}`,
    type: signal,
    instruments,
    params,
    timeUs: epochUs(timeUs),
    receiveTimeUs: facts.receiveTimeUs,
    phase: facts.phase,
    direction: facts.direction,
    strength: Math.min(1, Math.max(0, facts.strength)),
    headline: facts.headline,
    reasons: facts.reasons,
    against,
    notes,
    values: facts.values,
    quality: { ...quality, state },
    evidence: { fromUs: epochUs(Math.min(fromUs, timeUs)), toUs: epochUs(timeUs), streams: facts.streams },
    reliability: null,
  }
}
