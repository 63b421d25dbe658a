import type { Channel } from './channel.ts'
import type { EventKind, MarketEvent } from './event.ts'
import type { InstrumentId } from './instrument.ts'

/** What a full queue does: end the subscription after a `gap`, keep only the newest per instrument, or drop the oldest with a `gap`. */
export type OverflowPolicy = 'fail' | 'conflate' | 'dropOldest'

/** Any text, without hiding the literals beside it from an editor's completion. */
type AnyText = string & Record<never, never>

export interface StreamRequest {
  /** `binance-usdm:BTCUSDT`, or `binance-usdm:*` for the channels that the venue sends for its whole market. */
  readonly instruments: readonly (InstrumentId | string)[]
  readonly channels: readonly (Channel | AnyText)[]
  /** Levels per side in `book` and `depth` events. @default 10 */
  readonly levels?: number
  /** Deliver `bookDelta` events (and one whole `book` after each synchronisation) in place of `book` events. @default false */
  readonly bookDeltas?: boolean
}

export interface SubscribeRequest extends StreamRequest {
  readonly signal?: AbortSignal
  /** Most events waiting for the consumer. @default 65536 */
  readonly capacity?: number
  /** @default trades, liquidations, klines, gaps `fail`; book, quote, depth, ticker, markPrice `conflate` */
  readonly overflow?: Partial<Record<EventKind, OverflowPolicy>>
}

export interface SubscriptionStats {
  readonly queued: number
  readonly delivered: number
  readonly dropped: number
  readonly conflated: number
}

/** Events in batches: everything since the last read. Ending the loop, aborting and disposing all release it. */
export interface Subscription extends AsyncIterable<readonly MarketEvent[]>, AsyncDisposable {
  /** Resolves when every stream of the first request is acknowledged; rejects with what was refused. */
  readonly ready: Promise<void>
  /**
   * Adds streams while running; resolves when they are acknowledged.
   * @throws ConfigError at once, before anything is sent, for an unknown venue, channel or interval
   */
  add(request: StreamRequest): Promise<void>
  /** Drops streams while running; a stream that nobody else wants is unsubscribed. */
  drop(request: StreamRequest): void
  stats(): SubscriptionStats
}

/** Same-tick delivery; disposing stops it. */
export interface Observation extends Disposable {
  readonly ready: Promise<void>
  /** True after too many errors of the function in a row (`pauseAfterErrors` of the feed): it is not called any more. */
  readonly isPaused: boolean
  /** Calls the function again: first with one `gap` (`overflow`) for each stream that spoke meanwhile. */
  resume(): void
  add(request: StreamRequest): Promise<void>
  drop(request: StreamRequest): void
}
