import type { DataEvent, GapReason } from '../model/event.ts'
import type { DurationMs } from '../model/time.ts'
import type { Leg } from './leg.ts'

/** What a track tells its stream, in the order in which consumers get it. */
export interface TrackOutlet {
  publish(event: DataEvent): void
  /** `missing` counts ids, 0 where nothing can be counted. */
  gap(reason: GapReason, from: string | undefined, to: string | undefined, isHealed: boolean, missing: number): void
  /** The event was delivered before. */
  duplicate(): void
  /** Legs that bring data now. */
  deliveringLegs(): number
}

/** Keeps the events of one stream in the venue's order, each once, and says what is missing. */
export interface Track {
  /** An event of the decoder. `sequence` is -1 where the venue numbers nothing. */
  accept(event: DataEvent, sequence: number, leg: Leg): void
  /** No leg carries the stream any more: what comes next need not follow what was. */
  interrupted(reason: GapReason): void
  /** The other legs have brought everything that is older than what this leg brings: it may go on where they end. */
  legJoined(leg: Leg): void
  /** This leg brings nothing any more, while another one does. */
  legEnded(leg: Leg): void
  /** The stream is confirmed again after an interruption: look whether something was missed, should it stay quiet. */
  resumed(): void
  /** Whether `probe` can tell anything. */
  readonly canProbe: boolean
  /**
   * Asks the venue what the stream should have brought in the `silentMs` since it spoke last; true when it missed
   * something (which is then delivered), undefined when that cannot be told.
   */
  probe(silentMs: DurationMs): Promise<boolean | undefined>
  /** Events wait until what is missing before them was fetched. */
  readonly isHealing: boolean
  close(): void
}
