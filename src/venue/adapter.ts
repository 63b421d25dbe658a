import type { BookDelta, BookSnapshot } from '../model/book-levels.ts'
import type { Channel } from '../model/channel.ts'
import type { DataEvent, KlineEvent, TradeEvent } from '../model/event.ts'
import type { FundingSettlement, OpenInterestSample } from '../model/history.ts'
import type { HttpRequest } from '../model/http.ts'
import type { Environment, Instrument, InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'

export type { HttpRequest }

/** Origins per role; the adapter appends the venue's own paths. */
export interface VenueEndpoints {
  readonly rest: string
  readonly stream: string
  readonly wsApi?: string
}

/** REST as data: what to ask, what it costs, and how to read the answer. Pure. */
export interface Endpoint<Args, Result> {
  request(args: Args): HttpRequest
  /** @throws DecodeError when the body is not what the endpoint promises */
  parse(body: string, receiveTimeUs: EpochUs, args: Args): Result
}

export interface VenueLimits {
  readonly streamsPerConnection: number
  /** Control frames per second and connection, with room left for pongs. */
  readonly controlPerSecond: number
  /** Names per SUBSCRIBE frame, and its size in bytes: larger ones are silently ignored by some deployments. */
  readonly namesPerFrame: number
  readonly bytesPerFrame: number
  readonly connectsPerWindow: number
  readonly connectWindowMs: DurationMs
  readonly connectionLifetimeMs: DurationMs
  /** Request weight per minute and IP. */
  readonly weightPerMinute: number
  /** Venues with the same name here share one pool of weight (Binance USD-M and COIN-M since 2026-06-30). */
  readonly weightPool: string
}

export interface HeartbeatRules {
  /** How often the venue pings; a socket without a ping for `deadAfterMs` is dead. */
  readonly serverPingEveryMs: DurationMs
  readonly deadAfterMs: DurationMs
  /** Our own ping, to notice a half-open socket; its pong is due within `pongWithinMs`. */
  readonly pingEveryMs: DurationMs
  readonly pongWithinMs: DurationMs
}

/** How the ids of a stream follow one another. */
export type ContinuityRule = { readonly kind: 'dense' } | { readonly kind: 'increasing' } | { readonly kind: 'none' }

/**
 * One native stream: where it lives and what it carries. The pool keeps one per name and connection route; a decoder
 * attaches what it finds to it, so that neither symbol nor name is ever read into a string on the hot path.
 */
export interface StreamSpec {
  /** Native name as sent in SUBSCRIBE, e.g. `btcusdt@aggTrade`. */
  readonly name: string
  /** Key of the connection route that carries it (`public`, `market`, `''`); sockets are shared within one route only. */
  readonly route: string
  readonly channel: Channel
  /** The one instrument it carries; undefined when it carries many (all-market and per-underlying streams). */
  readonly instrument: InstrumentId | undefined
  readonly continuity: ContinuityRule
  /** What is normal for the stream while its market moves, for the watchdog; undefined when silence is normal. */
  readonly expectedEveryMs: DurationMs | undefined
}

/** Something that is asked for again and again because the venue has no stream for it. */
export interface PollSpec {
  readonly channel: Channel
  readonly instrument: InstrumentId
  readonly everyMs: DurationMs
  readonly endpoint: Endpoint<void, readonly DataEvent[]>
}

export type SourceSpec =
  | { readonly kind: 'stream'; readonly stream: StreamSpec }
  | { readonly kind: 'poll'; readonly poll: PollSpec }

/** Receives what a decoder finds; everything is called synchronously, in the order of the frame. */
export interface InboundSink<S extends StreamSpec = StreamSpec> {
  /** `sequence` is the event's id for continuity, -1 when the stream has none (or none exact in a double). */
  event(stream: S, event: DataEvent, sequence: number): void
  /** A book change; the object is reused by the decoder after the call. */
  delta(stream: S, delta: BookDelta): void
  /** A control request was accepted (`result: null`). */
  ack(id: number): void
  /** A control request was refused; without an id the venue did not say which. */
  rejected(id: number | undefined, code: number, message: string): void
  /** A control request was answered with a value (LIST_SUBSCRIPTIONS, GET_PROPERTY). */
  reply(id: number, value: unknown): void
  /** The venue announced that it will close the socket. */
  goingAway(reason: string): void
  /** A frame that was read but belongs to nobody: an unknown stream or event. Counted, never fatal. */
  ignored(reason: string): void
}

/** Reads the frames of one connection. Not shared: it knows the streams of its connection and reuses its scratch objects. */
export interface Decoder<S extends StreamSpec = StreamSpec> {
  /** From now on frames of this stream go to `sink` with this very object. Adding a name again replaces it. */
  add(stream: S): void
  remove(stream: S): void
  /**
   * Reads the frame that stands from `start` to `end`; bytes of other frames may stand around it.
   * @throws DecodeError (and only that) when the frame cannot be read; nothing of the frame has then reached the sink
   */
  decode(bytes: Uint8Array, start: number, end: number, receiveTimeUs: EpochUs, sink: InboundSink<S>): void
}

/** How a delta joins the book. */
export type Join = 'apply' | 'stale' | 'gap'

export interface BookRules {
  /** Joins a delta to a book whose last applied update id is `last`. */
  join(last: number, delta: Pick<BookDelta, 'first' | 'last' | 'previous'>): Join
  /** Joins the first delta after a snapshot with update id `snapshot`. */
  joinSnapshot(snapshot: number, delta: Pick<BookDelta, 'first' | 'last' | 'previous'>): Join
  /** Snapshot depths the venue offers, ascending, each with its weight. */
  readonly depths: readonly { readonly limit: number; readonly weight: number }[]
  /** Depth asked for when the user names none. */
  readonly defaultDepth: number
  readonly snapshot: Endpoint<{ readonly instrument: InstrumentId; readonly limit: number }, BookSnapshot>
}

export interface KlineRange {
  readonly instrument: InstrumentId
  readonly interval: string
  readonly startTimeUs?: EpochUs
  readonly endTimeUs?: EpochUs
  readonly limit: number
}

/** The newest so many. */
export interface NewestArgs {
  readonly instrument: InstrumentId
  readonly limit: number
}

export interface OpenInterestRange {
  readonly instrument: Instrument
  /** The venue's own name of a period, such as `5m`. */
  readonly period: string
  readonly limit: number
}

/**
 * A venue as a value the user passes in. Pure: no clock, socket, file, environment or random source; what it knows is
 * names, routes, rules and how to read frames.
 */
export interface VenueAdapter {
  readonly id: string
  readonly environment: Environment
  readonly endpoints: VenueEndpoints
  readonly limits: VenueLimits
  readonly heartbeat: HeartbeatRules
  /** Channels with a unified form here, for messages and completion. */
  readonly channels: readonly string[]
  readonly intervals: readonly string[]
  /**
   * Where a channel of an instrument comes from. `instruments` is the venue's own table, to prove the symbol before
   * anything is sent; undefined skips that proof.
   * @throws ConfigError for a channel, interval or symbol this venue does not have, naming the nearest that it has
   */
  resolve(
    instrument: InstrumentId,
    channel: Channel,
    instruments: ReadonlyMap<InstrumentId, Instrument> | undefined,
  ): SourceSpec
  /** URL of a socket that starts without streams, at most 2048 bytes. */
  streamUrl(route: string): string
  /** One control frame. `id` starts at 1. */
  control(method: 'subscribe' | 'unsubscribe' | 'list', names: readonly string[], id: number): string
  /** A decoder for one connection of this route. */
  openDecoder<S extends StreamSpec>(route: string): Decoder<S>
  readonly instruments: Endpoint<void, readonly Instrument[]>
  /** Server time, for the clock offset. */
  readonly time: Endpoint<void, EpochUs>
  readonly book: BookRules
  readonly klines: Endpoint<KlineRange, readonly KlineEvent[]>
  /** Trades by id for healing gaps; absent where the venue has none. `fromId` is inclusive. */
  readonly tradesById?: Endpoint<
    { readonly instrument: InstrumentId; readonly fromId: string; readonly limit: number },
    readonly TradeEvent[]
  >
  /** Newest trades, oldest first; for a screen that opens. */
  readonly recentTrades: Endpoint<{ readonly instrument: InstrumentId; readonly limit: number }, readonly TradeEvent[]>
  /** Funding that was paid, oldest first; absent where no contract pays any. */
  readonly settledFunding?: Endpoint<NewestArgs, readonly FundingSettlement[]>
  /**
   * Statistics of open interest, oldest first; absent where the venue keeps none.
   * @throws ConfigError in `request` for a contract of which it tells nothing
   */
  readonly openInterestHistory?: Endpoint<OpenInterestRange, readonly OpenInterestSample[]>
  /** Reads the venue's JSON error body. */
  readError(body: string): { readonly code: number; readonly message: string } | undefined
  /** Headers of an answer that tell the weight used in the current minute. */
  usedWeight(headers: { get(name: string): string | null }): number | undefined
}
