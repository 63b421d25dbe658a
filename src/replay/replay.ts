import type { Channel } from '../model/channel.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { EventSource } from './event-source.ts'

export interface ReplayOptions {
  /** A recording: `.jsonl.gz` or `.jsonl`, by its content. */
  readonly file?: string
  /** Several that belong together: merged by receive time, and read one behind the other where they follow one another. */
  readonly files?: readonly string[]
  /** Adapters as values, as for a feed; more than the recording holds do no harm. */
  readonly venues: readonly VenueAdapter[]
  /** 1 is the recording's own timing; `max` does not wait for anything but slow consumers. @default 'max' */
  readonly speed?: number | 'max'
  /** Consumers get events from here on, microseconds since 1970; what was before is worked through, so that books are right. */
  readonly fromUs?: number
  /** The replay ends behind the last line up to here. */
  readonly toUs?: number
  /** Only these can be read. @default all */
  readonly instruments?: readonly (InstrumentId | string)[]
  /** False waits for `play()`; otherwise the replay begins when the first consumer has come. @default true */
  readonly autoStart?: boolean
  /** Waits in real time, where `speed` asks for it. @default the system's */
  readonly clock?: Clock
}

/** A channel of an instrument that a recording holds. */
export interface RecordedChannel {
  readonly instrument: InstrumentId
  readonly channel: Channel
  /** Messages; 0 where it was subscribed and stayed quiet. */
  readonly messages: number
}

/** What is known of a recording before it is replayed. */
export interface RecordingSummary {
  readonly files: readonly string[]
  readonly lines: number
  /** Receive times of the first and the last line; undefined when none were recorded. */
  readonly fromUs: EpochUs | undefined
  readonly toUs: EpochUs | undefined
  readonly channels: readonly RecordedChannel[]
  /** What the recording does not tell, and what follows from that: one sentence each. */
  readonly notes: readonly string[]
}

/** What was replayed. */
export interface ReplayReport {
  readonly lines: number
  /** Messages that somebody wanted. */
  readonly messages: number
  /** True when the end (of the files, or `toUs`) was reached; false when it was stopped. */
  readonly isComplete: boolean
}

export interface ReplayProgress {
  readonly lines: number
  readonly messages: number
  /** Where in the recording the replay is. */
  readonly timeUs: EpochUs
}

/**
 * A recording that is read like a feed: through the same decoders, tracks and books, in the order and with the receive times
 * of its lines. Subscriptions end with the recording.
 */
export interface Replay extends EventSource {
  readonly recording: RecordingSummary
  /** Begins; later calls do nothing. */
  play(): void
  progress(): ReplayProgress
  /** Resolves at the end of the recording, or when the replay is disposed. @throws ConfigError when a file turns bad */
  readonly ended: Promise<ReplayReport>
}
