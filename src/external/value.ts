import type { EpochUs } from '../model/time.ts'
import type { SignalQuality, SignalState } from '../signal/signal.ts'

/** What is known of a series now, in the envelope that signals have. It belongs to no instrument. */
export interface ExternalValue {
  readonly kind: 'external'
  /** `external.` and the series, as evaluations call it. */
  readonly signal: string
  readonly source: string
  readonly series: string
  readonly key?: string | undefined
  /** The moment that the value describes. */
  readonly timeUs: EpochUs
  /** When it became known, or when its state changed. */
  readonly receiveTimeUs: EpochUs
  /** Absent while there is none. */
  readonly value?: number | undefined
  /** `revision`, `isFinal`, `publishedTimeUs` and the details of the point. */
  readonly values?: Readonly<Record<string, number | string | boolean>> | undefined
  readonly unit: string
  /** `warming`: nothing came yet. `stale`: longer silent than its cadence permits. `gapped`: something was missed since. */
  readonly state: Exclude<SignalState, 'invalid'>
  readonly quality: SignalQuality
  /** It replaces a value of the same moment. */
  readonly revised?: true | undefined
}

/** Something of a source is missing; its series are `gapped` until their next point. */
export interface ExternalGap {
  readonly kind: 'externalGap'
  readonly source: string
  /** Undefined for all series of the source. */
  readonly series: string | undefined
  readonly reason: string
  readonly fromUs: EpochUs
  readonly toUs: EpochUs
  readonly receiveTimeUs: EpochUs
}
