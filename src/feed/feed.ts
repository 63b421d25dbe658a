import type { ReadableBook } from '../book/readable-book.ts'
import type { Channel } from '../model/channel.ts'
import type { ConnectionState, KlineEvent, MarketEvent, TradeEvent } from '../model/event.ts'
import type { FundingSettlement, OpenInterestSample } from '../model/history.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import type { Observation, StreamRequest, SubscribeRequest, Subscription } from '../model/subscribe.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import type { KlineRange } from '../venue/adapter.ts'

/** A maintained book and its lifetime: disposing the last handle of an instrument unsubscribes it. */
export interface BookHandle extends ReadableBook, AsyncDisposable {
  /** Resolves at the first synchronisation; rejects when the stream was refused or the feed was disposed. */
  readonly ready: Promise<void>
  /** Calls `fn` in the same tick after every change of content or state. */
  onChange(fn: (book: ReadableBook) => void): Disposable
}

export interface BookOptions {
  /** Levels per side of the snapshot; the nearest depth the venue offers is taken. @default the adapter's own */
  readonly depth?: number
}

/** The newest so many of an instrument. */
export interface PastRange {
  readonly instrument: InstrumentId | string
  readonly limit: number
}

export interface Feed extends AsyncDisposable {
  /** Batched async iterable. @throws ConfigError before anything is sent */
  subscribe(request: SubscribeRequest): Subscription
  /** Same-tick delivery in the socket callback. Errors thrown by `fn` are counted and contained. */
  observe(request: StreamRequest, fn: (event: MarketEvent) => void): Observation
  book(instrument: InstrumentId | string, options?: BookOptions): BookHandle
  status(): FeedStatus
  /** The venue's instrument table, fetched once and refreshed when older than 5 minutes. */
  instruments(venue?: string): Promise<readonly Instrument[]>
  /** Candle history over REST, oldest first; the last one may still be open. */
  klines(
    range: { readonly instrument: InstrumentId | string } & Omit<KlineRange, 'instrument'>,
  ): Promise<readonly KlineEvent[]>
  /** Newest trades over REST, oldest first. */
  recentTrades(instrument: InstrumentId | string, limit: number): Promise<readonly TradeEvent[]>
  /** The newest settlements of funding over REST, oldest first. @throws ConfigError where the venue has none */
  settledFunding(range: PastRange): Promise<readonly FundingSettlement[]>
  /** The venue's statistics of open interest every five minutes, oldest first. @throws ConfigError where it keeps none */
  openInterestHistory(range: PastRange): Promise<readonly OpenInterestSample[]>
}

/**
 * Three different facts: `subscribed` is what we asked for, `acknowledged` what the venue confirmed, `delivering` what
 * has really arrived. `silent` is acknowledged without a first event for longer than the stream's own limit, `stale` silent
 * for longer than its rhythm explains, `healing` holds events back until REST has brought what is missing before them.
 * `ended`: the venue no longer lists the instrument; nothing is asked for until it does.
 */
export type StreamState =
  | 'wanted'
  | 'subscribed'
  | 'acknowledged'
  | 'delivering'
  | 'healing'
  | 'silent'
  | 'stale'
  | 'rejected'
  | 'ended'

export interface StreamStatus {
  readonly venue: string
  readonly stream: string
  readonly route: string
  readonly channel: Channel
  readonly instrument: InstrumentId | undefined
  readonly state: StreamState
  readonly connectionId: string | undefined
  readonly events: number
  /** Ids the venue's own numbering says are missing and were not healed. */
  readonly missing: number
  readonly gaps: number
  /** Events that came twice and were delivered once. */
  readonly duplicates: number
  /** Sockets that bring it now. */
  readonly sockets: number
  readonly lastEventAgeMs: DurationMs | undefined
  /** Why it was rejected or is silent, in one line. */
  readonly reason: string | undefined
}

export interface ConnectionStatus {
  readonly connectionId: string
  readonly venue: string
  readonly route: string
  readonly url: string
  readonly state: ConnectionState
  readonly sinceUs: EpochUs
  readonly attempt: number
  /** While `waiting`: time until the next attempt. */
  readonly retryInMs: DurationMs | undefined
  readonly lastCause: string | undefined
  readonly reconnects: number
  readonly streams: number
  readonly streamLimit: number
  readonly messages: number
  readonly bytes: number
  readonly lastMessageAgeMs: DurationMs | undefined
  readonly roundTripMs: DurationMs | undefined
  readonly ignored: number
  readonly decodeFailures: number
}

export interface VenueStatus {
  readonly venue: string
  readonly environment: string
  readonly rest: {
    readonly usedWeight: number
    readonly weightPerMinute: number
    readonly blockedForMs: DurationMs
    readonly queued: number
  }
  /** Server clock minus ours, milliseconds; undefined until measured. */
  readonly clockOffsetMs: number | undefined
}

export interface BookStatus {
  readonly instrument: InstrumentId
  readonly state: ReadableBook['state']
  readonly sequence: number
  readonly gaps: number
  readonly snapshots: number
  readonly lastChangeAgeMs: DurationMs | undefined
}

export interface FeedStatus {
  readonly venues: readonly VenueStatus[]
  readonly connections: readonly ConnectionStatus[]
  readonly streams: readonly StreamStatus[]
  readonly books: readonly BookStatus[]
  readonly consumers: {
    readonly observers: number
    /** Observers that failed too often in a row and are not called any more. */
    readonly paused: number
    readonly queues: number
    readonly dropped: number
    readonly observerErrors: number
  }
}
