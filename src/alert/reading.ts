/**
 * What a source says at one moment. `isGap` says that something before it is missing: whatever compares it with the past
 * begins anew.
 */
export interface Reading {
  /** When it was received, microseconds since 1970: deadlines, cooldowns and silence are counted in it. */
  readonly atUs: number
  /** The venue's own time where it tells one: two processes agree on it. */
  readonly timeUs: number
  /** Absent while there is no trustworthy value: missing, stale, gapped, warming up. */
  readonly value?: number | undefined
  readonly isGap?: boolean | undefined
  /** The connection is lost for now: the last value counts no longer, and whether something is missing is told behind it. */
  readonly isInterrupted?: boolean | undefined
  /** Set where the reading says that there is no value: it is no data. */
  readonly isAbsent?: boolean | undefined
  /** Of candle sources: false while the candle is open, and which candle it is. */
  readonly isFinal?: boolean | undefined
  readonly candleUs?: number | undefined
  /** False while a recursive average still depends on where its history began. */
  readonly isConverged?: boolean | undefined
  /** Set where each value stands for itself (a trade, a liquidation): the next one is another thing, however large. */
  readonly momentId?: string | undefined
  /** Something that happened, with its phase. */
  readonly occurrence?: Occurrence | undefined
}

export interface Occurrence {
  /** Its own name where it has one: an episode, a trade. */
  readonly id: string
  readonly phase: string
  readonly direction: 1 | -1 | 0
  /** One factual line. */
  readonly headline: string
}
