import type { AccountDataEvent, DecimalText, FillEvent, OrderEvent } from '../model/account-event.ts'
import type { HttpRequest } from '../model/http.ts'
import type { Environment, Instrument, InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'

/** Proves one call. The adapter never sees the secret, only the function that signs with it. */
export interface CallAuth {
  readonly apiKey: string
  readonly algorithm: 'hmac' | 'rsa' | 'ed25519'
  /** The venue's time at the moment of sending, milliseconds since 1970. */
  readonly timestampMs: number
  /** HMAC-SHA256 in hex, RSA PKCS#1 v1.5 or Ed25519 in base64, over the UTF-8 bytes. */
  readonly sign: (payload: string) => string
}

/** REST that needs a key, as data. Pure. */
export interface PrivateEndpoint<Args, Result> {
  request(args: Args, auth: CallAuth): HttpRequest
  /** @throws DecodeError when the body is not what the endpoint promises */
  parse(body: string, receiveTimeUs: EpochUs, args: Args): Result
}

/**
 * What one message of the user stream says about one object, before the engine gives it a name and an origin. `orderKey` and
 * `timeUs` order it against REST: an update is applied when it is newer than what is known of the same object.
 */
export type Told<E extends AccountDataEvent> = Omit<E, 'account' | 'origin'>

type AnyTold = AccountDataEvent extends infer E ? (E extends AccountDataEvent ? Told<E> : never) : never

export type AccountUpdate =
  | {
      readonly kind: 'told'
      readonly event: AnyTold
      /** Time of the change by the venue's engine, for order against REST. */
      readonly timeUs: EpochUs
      /** The venue's id of this execution of the order, unique per order; duplicates are dropped by it. */
      readonly executionId?: string | undefined
    }
  /** A balance moved by an amount that is told without the new total (deposit, withdrawal, transfer). */
  | {
      readonly kind: 'balanceChange'
      readonly asset: string
      readonly change: DecimalText
      readonly timeUs: EpochUs
      readonly reason: string
    }
  /** A fill is announced without its fee; its full report must follow. Never a fill by itself. */
  | {
      readonly kind: 'fillAhead'
      readonly instrument: InstrumentId
      readonly orderId: string
      readonly tradeId: string
      readonly timeUs: EpochUs
    }

/** One frame of the user stream or of the session's socket. */
export type UserMessage =
  | {
      readonly kind: 'updates'
      readonly updates: readonly AccountUpdate[]
      /** Native event name, e.g. `ORDER_TRADE_UPDATE`, and the time it was sent. */
      readonly name: string
      readonly eventTimeUs: EpochUs
      /** The native payload, for those who want it as it came. */
      readonly payload: unknown
      /** Which subscription or key of the socket it belongs to, where the venue says so. */
      readonly source?: string | undefined
    }
  /** The key or token has expired; nothing more will come by it although the socket stays open. */
  | { readonly kind: 'expired'; readonly source?: string | undefined; readonly reason: string }
  /** The subscription ended on an open socket. */
  | { readonly kind: 'terminated'; readonly source?: string | undefined; readonly reason: string }
  | { readonly kind: 'goingAway'; readonly reason: string }
  /** Answer to a request of the session. */
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | {
      readonly kind: 'refused'
      readonly id: number | undefined
      readonly code: number
      readonly message: string
      readonly retryAfterMs?: DurationMs | undefined
    }
  | { readonly kind: 'ignored'; readonly reason: string }

export interface ListenKey {
  readonly key: string
  /** When the venue says it ends; undefined where it only promises an hour. */
  readonly expiresMs?: number | undefined
}

/** A key that names the user stream; whoever has it can read the account, so it is a secret. */
export interface ListenKeyAccess {
  readonly kind: 'listenKey'
  readonly create: PrivateEndpoint<void, ListenKey>
  readonly extend: PrivateEndpoint<ListenKey, ListenKey>
  readonly remove: PrivateEndpoint<ListenKey, void>
  readonly lifetimeMs: DurationMs
  /** URLs that carry the key, best first; the next one is tried when a socket is proven to be silent. */
  urls(key: string): readonly string[]
  /** Control frame to send once the socket is open, where the URL does not carry the key. */
  subscribeFrame?(key: string, urlIndex: number): string | undefined
}

/** A subscription on the socket of the venue's request API. */
export interface SessionAccess {
  readonly kind: 'session'
  readonly url: string
  /** A token that is fetched by REST first and ends by itself; absent where the key itself subscribes. */
  readonly token?: PrivateEndpoint<void, { readonly token: string; readonly expiresMs: number }>
  /**
   * Frames of the requests in order; each is answered before the next is sent. `id` of the n-th is `firstId + n`. Where the way
   * depends on the kind of key, `algorithm` chooses it; without it, the way that every kind of key may go.
   */
  steps(token: string | undefined, algorithm?: CallAuth['algorithm']): readonly SessionStep[]
  /** The subscription's id in the answer to the last step. @throws DecodeError */
  readSubscription(result: unknown): { readonly source: string; readonly expiresMs?: number | undefined }
  unsubscribe(id: number, source: string): string
  /** A cheap question that shows whether the subscription is alive; its answer is read by `readsAlive`. */
  probe(id: number, auth: CallAuth): string
  readsAlive(result: unknown, source: string): boolean
}

export interface SessionStep {
  readonly method: string
  frame(id: number, auth: CallAuth): string
}

export interface FillRange {
  readonly instrument: InstrumentId
  /** Inclusive; never together with times. */
  readonly fromId?: string | undefined
  readonly startTimeUs?: EpochUs | undefined
  readonly endTimeUs?: EpochUs | undefined
  readonly limit: number
}

/** State of the account by REST: absolute, with the time it is true for where the venue tells one. */
export interface AccountReads {
  /** All of them; `timeUs` in each is its last change. */
  readonly openOrders: PrivateEndpoint<{ readonly instrument?: InstrumentId }, readonly TimedOrder[]>
  readonly openAlgoOrders?: PrivateEndpoint<{ readonly instrument?: InstrumentId }, readonly TimedOrder[]>
  /**
   * Lists that the venue keeps apart from those two (other businesses of one account). Without an instrument, only all of them
   * together are complete; with one, `openOrders` and `openAlgoOrders` choose the right list themselves.
   */
  readonly furtherOpenOrders?: readonly PrivateEndpoint<{ readonly instrument?: InstrumentId }, readonly TimedOrder[]>[]
  /** One order, by id or by the client's id; an order the venue does not know is refused (see `isUnknownOrder`). */
  readonly order: PrivateEndpoint<
    {
      readonly instrument: InstrumentId
      readonly orderId?: string | undefined
      readonly clientOrderId?: string | undefined
    },
    TimedOrder
  >
  readonly fills: PrivateEndpoint<FillRange, readonly Told<FillEvent>[]>
  readonly fillsPerPage: number
  /**
   * `time`: what a fill is known by is not what the venue pages by. A range must be asked for by its times, and `fromId` only
   * gives the newest page. @default 'id'
   */
  readonly fillsBy?: 'id' | 'time'
  /** Longest time window of one question for fills, and how far back the venue goes. */
  readonly fillWindowMs: DurationMs
  readonly fillsKeptMs: DurationMs
  /** Balances, positions and settings in as many calls as the venue needs; each gives the objects it is complete for. */
  readonly state: readonly StateRead[]
  /** Which instruments traded in a time window, without naming them; absent where the venue has no such question (spot). */
  readonly traded?: PrivateEndpoint<TradedWindow, readonly InstrumentId[]>
  /** The same question to other businesses of the account. */
  readonly furtherTraded?: readonly PrivateEndpoint<TradedWindow, readonly InstrumentId[]>[]
  /** What the key may do; absent where the venue does not tell. */
  readonly permissions?: PrivateEndpoint<void, KeyPermissions>
}

export interface TradedWindow {
  readonly startTimeUs: EpochUs
  readonly endTimeUs: EpochUs
  /** The venue lists so many entries a page; pages from 1 until one is empty list them all. @default 1 */
  readonly page?: number | undefined
}

export interface TimedOrder {
  readonly order: Told<OrderEvent>
  readonly timeUs: EpochUs
}

/**
 * An update of an answer that tells no time has no `exchangeTimeUs`; its `timeUs` is then only when the answer was read, by the
 * caller's clock, and must not be held against the venue's times: what it says is true for the moment it was asked.
 */
export interface StateRead {
  /** What the answer is complete for: an asset or position that is absent there is zero. */
  readonly complete: readonly ('balances' | 'positions')[]
  /** Where an account has instruments of several venues: the only one that `complete` speaks of. */
  readonly venue?: string
  /** Settings, which only the user's own act changes: enough to read when the account starts. @default false */
  readonly isSetting?: boolean
  readonly endpoint: PrivateEndpoint<void, readonly Extract<AccountUpdate, { kind: 'told' }>[]>
}

export interface KeyPermissions {
  readonly canRead: boolean
  readonly canTrade: boolean
  readonly canWithdraw: boolean
  readonly isBoundToAddresses: boolean
}

/**
 * The private side of a venue as a value. Pure: it knows names, routes, rules and how to read messages; keys, clocks, sockets
 * and signatures are given to it.
 */
export interface AccountAdapter {
  /** Venue of its instruments, e.g. `binance-usdm`. */
  readonly venue: string
  /** Which of the venue's accounts: `spot`, `margin`, `usdm`, `coinm`, `options`, `portfolio` … */
  readonly product: string
  readonly environment: Environment
  readonly access: ListenKeyAccess | SessionAccess
  /** Reads one frame. @throws DecodeError (and only that) when it cannot be read */
  decode(text: string, receiveTimeUs: EpochUs): UserMessage
  readonly reads: AccountReads
  /** What happens to the call that was refused: the engine's whole knowledge of codes. */
  classify(error: { readonly status?: number; readonly code?: number; readonly message: string }): AccountRefusal
  /** Decimal places and signs of profit: linear, inverse, or none (spot). */
  unrealizedPnl?(
    instrument: Instrument,
    quantity: DecimalText,
    entryPrice: DecimalText,
    markPrice: DecimalText,
  ): DecimalText
}

/**
 * `keyGone`: the listen key does not exist; `timestamp`: outside the window, measure the clock and repeat a read once;
 * `keyRefused`: the API key, its address or its rights are refused, stop and tell the user; `signature`: the same, the secret
 * does not belong to the key; `unknownOrder`; `alreadySubscribed`; `unknownState`: nobody knows whether it was done;
 * `retry`: try later; `failed`: will not work.
 */
export type AccountRefusal =
  | 'keyGone'
  | 'timestamp'
  | 'keyRefused'
  | 'signature'
  | 'unknownOrder'
  | 'alreadySubscribed'
  | 'unknownState'
  | 'retry'
  | 'failed'
