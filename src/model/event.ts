import type { Channel } from './channel.ts'
import type { InstrumentId } from './instrument.ts'
import type { EpochUs } from './time.ts'

/** Taker's side of a trade, or side of a forced order. */
export type Side = 'buy' | 'sell'

/** `[price, quantity]`. */
export type Level = readonly [price: number, quantity: number]

interface EventBase {
  readonly instrument: InstrumentId
  /** The venue's own time (engine time where it sends one, otherwise event time); absent where it sends none. */
  readonly exchangeTimeUs?: EpochUs | undefined
  /** Stamped in the socket callback. */
  readonly receiveTimeUs: EpochUs
  /** True when the event was healed from REST; absent on the stream. */
  readonly recovered?: true | undefined
}

export interface TradeEvent extends EventBase {
  readonly kind: 'trade'
  readonly channel: 'trade' | 'rawTrade'
  /** The venue's id as text, exact beyond 2^53. */
  readonly id: string
  readonly price: number
  /** In the instrument's unit. */
  readonly quantity: number
  readonly side: Side
  /** Aggregated trades: ids of the first and last match inside. */
  readonly firstId?: string | undefined
  readonly lastId?: string | undefined
  /** Aggregated trades of Binance USD-M: quantity without retail-price-improvement fills. */
  readonly normalQuantity?: number | undefined
  /** Set on prints that are no ordinary market trade: insurance fund, ADL, block. Signals leave them out. */
  readonly special?: string | undefined
}

export interface QuoteEvent extends EventBase {
  readonly kind: 'quote'
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
  readonly sequence?: number | undefined
}

/** The maintained book after an update, with as many levels as were asked for. */
export interface BookEvent extends EventBase {
  readonly kind: 'book'
  readonly sequence: number
  /** Best first, as many as asked. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
  readonly synced: boolean
}

/** One change of a book; a quantity of 0 removes the level. */
export interface BookDeltaEvent extends EventBase {
  readonly kind: 'bookDelta'
  readonly first: number
  readonly last: number
  readonly previous?: number | undefined
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** The venue's own image of the best levels: complete, to be replaced and never merged. */
export interface DepthEvent extends EventBase {
  readonly kind: 'depth'
  readonly sequence: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

export interface KlineEvent extends EventBase {
  readonly kind: 'kline'
  readonly interval: string
  readonly openTimeUs: EpochUs
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** In the instrument's unit. */
  readonly volume: number
  /** In quote currency; in base coins on inverse contracts, as the venue sends it. */
  readonly quoteVolume: number
  readonly takerBuyVolume?: number | undefined
  readonly trades?: number | undefined
  readonly closed: boolean
}

export interface TickerEvent extends EventBase {
  readonly kind: 'ticker'
  readonly last: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly volume: number
  readonly quoteVolume: number
}

export interface MarkPriceEvent extends EventBase {
  readonly kind: 'markPrice'
  readonly markPrice: number
  readonly indexPrice?: number | undefined
  /** Fraction for the current funding interval; absent on delivery contracts. */
  readonly fundingRate?: number | undefined
  /** Next funding. */
  readonly fundingTimeUs?: EpochUs | undefined
}

export interface LiquidationEvent extends EventBase {
  readonly kind: 'liquidation'
  /** Side of the forced order: `sell` closes a long position. */
  readonly side: Side
  /** Average fill price where the venue sends one, otherwise the order's price. */
  readonly price: number
  readonly quantity: number
  readonly coverage: 'full' | 'sampled' | 'partial' | 'unknown'
}

export interface OpenInterestEvent extends EventBase {
  readonly kind: 'openInterest'
  readonly quantity: number
}

export interface StatusEvent extends EventBase {
  readonly kind: 'status'
  /** The venue's own text: an open set. */
  readonly status: string
  readonly isTrading: boolean
}

/** Anything of the venue's catalogue that has no unified form: the native payload, unknown fields included. */
export interface RawEvent extends EventBase {
  readonly kind: 'raw'
  /** Native stream name. */
  readonly stream: string
  readonly payload: unknown
}

export type GapReason = 'disconnect' | 'sequence' | 'overflow' | 'stale' | 'venue'

/** Something is missing: the consumer holds either every event or one of these. */
export interface GapEvent extends EventBase {
  readonly kind: 'gap'
  readonly channel: Channel
  readonly reason: GapReason
  /** First and last missing id; for id-less streams microseconds since 1970. Absent when unknown. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** True when the missing part was fetched: it follows, event by event, each with `recovered: true`. False: it is lost. */
  readonly healed: boolean
}

/** The stream is continuous again from here; a book is synced again. */
export interface ResyncEvent extends EventBase {
  readonly kind: 'resync'
  readonly channel: Channel
  readonly sequence?: number | undefined
}

export type ConnectionState = 'connecting' | 'open' | 'subscribed' | 'delivering' | 'stale' | 'waiting' | 'closed'

export interface ConnectionEvent extends EventBase {
  readonly kind: 'connection'
  readonly state: ConnectionState
  readonly connectionId: string
  readonly cause?: string | undefined
}

export type DataEvent =
  | TradeEvent
  | QuoteEvent
  | BookEvent
  | BookDeltaEvent
  | DepthEvent
  | KlineEvent
  | TickerEvent
  | MarkPriceEvent
  | LiquidationEvent
  | OpenInterestEvent
  | StatusEvent
  | RawEvent

export type LifecycleEvent = GapEvent | ResyncEvent | ConnectionEvent

export type MarketEvent = DataEvent | LifecycleEvent

export type EventKind = MarketEvent['kind']
