import type { Side } from './event.ts'
import type { InstrumentId } from './instrument.ts'
import type { EpochUs } from './time.ts'

/** Where an account event comes from: the venue's user stream, or a comparison with what REST says. */
export type Origin = 'stream' | 'reconcile'

/** Plain decimal text exactly as the venue counts it, such as `"0.00012300"`; amounts of an account are never floats. */
export type DecimalText = string

interface AccountEventBase {
  /** The user's own name of the account, e.g. `binance-usdm` or `binance-usdm/hedge`. */
  readonly account: string
  /** The venue's own time: of the engine where it sends one, otherwise of the event. */
  readonly exchangeTimeUs?: EpochUs | undefined
  /** When the message, or the answer of REST, was read. */
  readonly receiveTimeUs: EpochUs
  readonly origin: Origin
}

/**
 * `new` rests on the book, `pending` waits for another order or for its trigger, `triggered` has been handed to the engine;
 * `unknown` is a status this version has not met, whose native text stands in `nativeStatus`.
 */
export type OrderStatus =
  | 'pending'
  | 'new'
  | 'triggered'
  | 'partiallyFilled'
  | 'filled'
  | 'canceled'
  | 'expired'
  | 'rejected'
  | 'unknown'

/** The state of one order after a change. */
export interface OrderEvent extends AccountEventBase {
  readonly kind: 'order'
  readonly instrument: InstrumentId
  /** The venue's id as text, exact beyond 2^53. Conditional orders of an algo service: `algo:<id>`. */
  readonly orderId: string
  readonly clientOrderId: string
  readonly status: OrderStatus
  readonly nativeStatus: string
  /** Native text, e.g. `LIMIT`, `STOP_MARKET`. */
  readonly type: string
  /** Native text, e.g. `GTC`; empty where the venue names none. */
  readonly timeInForce: string
  readonly side: Side
  /** "0" for orders without a price. */
  readonly price: DecimalText
  readonly quantity: DecimalText
  readonly filledQuantity: DecimalText
  /** Absent until something was filled. */
  readonly averagePrice?: DecimalText | undefined
  readonly stopPrice?: DecimalText | undefined
  readonly reduceOnly?: boolean | undefined
  readonly positionSide?: 'both' | 'long' | 'short' | undefined
  /** Set on orders of the venue itself. */
  readonly forced?: 'liquidation' | 'deleveraging' | 'settlement' | undefined
  /** A triggered conditional order: the order that now stands on the book. */
  readonly triggeredOrderId?: string | undefined
  /** Why it was refused, expired or cancelled, in the venue's words. */
  readonly reason?: string | undefined
}

/** One execution. Each is delivered once, whatever brought it; the key is instrument and `tradeId`. */
export interface FillEvent extends AccountEventBase {
  readonly kind: 'fill'
  readonly instrument: InstrumentId
  readonly orderId: string
  readonly clientOrderId?: string | undefined
  readonly tradeId: string
  readonly side: Side
  readonly price: DecimalText
  /** In the instrument's unit. */
  readonly quantity: DecimalText
  /** Positive: paid. Negative: a rebate. */
  readonly fee: DecimalText
  readonly feeAsset: string
  readonly liquidity: 'maker' | 'taker'
  /** In the settlement asset, derivatives only. */
  readonly realizedPnl?: DecimalText | undefined
  readonly positionSide?: 'both' | 'long' | 'short' | undefined
}

/** What the account has of one asset after a change: absolute amounts. */
export interface BalanceEvent extends AccountEventBase {
  readonly kind: 'balance'
  readonly asset: string
  /** Free to use; on derivatives the wallet balance (cross), which does not know the margin of open orders. */
  readonly free: DecimalText
  readonly locked: DecimalText
  /** Derivatives: wallet balance with realised profit and loss, and its part for cross positions. */
  readonly wallet?: DecimalText | undefined
  readonly crossWallet?: DecimalText | undefined
  /** Derivatives: what new orders may use. Only REST tells it, so that it is as old as the last comparison. */
  readonly available?: DecimalText | undefined
  /** Derivatives: what positions in this asset need at least, and what there is of it with their open profit. */
  readonly maintenanceMargin?: DecimalText | undefined
  readonly marginBalance?: DecimalText | undefined
  /** Why it changed, in the venue's words, e.g. `ORDER`, `FUNDING_FEE`, `DEPOSIT`. */
  readonly reason?: string | undefined
  /** The change itself where the venue tells it, apart from trading. */
  readonly change?: DecimalText | undefined
}

/** One position after a change; a quantity of "0" means it was closed. */
export interface PositionEvent extends AccountEventBase {
  readonly kind: 'position'
  readonly instrument: InstrumentId
  readonly positionSide: 'both' | 'long' | 'short'
  /** Signed, in the instrument's unit: negative is short. */
  readonly quantity: DecimalText
  readonly entryPrice: DecimalText
  readonly breakEvenPrice?: DecimalText | undefined
  /** As the venue told it last; the readable account computes it anew from the mark price. */
  readonly unrealizedPnl?: DecimalText | undefined
  readonly marginType?: 'cross' | 'isolated' | undefined
  readonly isolatedWallet?: DecimalText | undefined
  readonly leverage?: number | undefined
  readonly liquidationPrice?: DecimalText | undefined
}

/** The venue warns that positions are near liquidation. It does not promise to warn. */
export interface MarginCallEvent extends AccountEventBase {
  readonly kind: 'marginCall'
  /** Empty where the venue only tells a level of the whole account. */
  readonly positions: readonly MarginCallPosition[]
  readonly crossWallet?: DecimalText | undefined
  /** The venue's own level or status, e.g. `REDUCE_ONLY` or a margin level. */
  readonly level?: string | undefined
}

export interface MarginCallPosition {
  readonly instrument: InstrumentId
  readonly positionSide: 'both' | 'long' | 'short'
  readonly quantity: DecimalText
  readonly markPrice: DecimalText
  readonly unrealizedPnl: DecimalText
  readonly maintenanceMargin: DecimalText
  readonly marginType: 'cross' | 'isolated'
}

/** A setting of the account changed: leverage, multi-asset mode, position mode, margin type. */
export interface AccountConfigEvent extends AccountEventBase {
  readonly kind: 'accountConfig'
  readonly setting: 'leverage' | 'multiAssets' | 'positionMode' | 'marginType'
  readonly value: string
  readonly instrument?: InstrumentId | undefined
}

/** Everything the user stream says that has no unified form (Greeks, strategies, grids, external locks …), natively. */
export interface AccountRawEvent extends AccountEventBase {
  readonly kind: 'accountRaw'
  readonly name: string
  readonly payload: unknown
}

/**
 * How far the account can be trusted. `connecting`: no user stream; `reconciling`: the stream runs, REST is compared;
 * `synced`: everything that happened is known; `stale`: something is suspected to be missing; `refused`: the venue does not
 * accept the key, and nothing is tried until the user acts; `closed`.
 */
export type AccountPhase = 'connecting' | 'reconciling' | 'synced' | 'stale' | 'refused' | 'closed'

export interface AccountStateEvent extends AccountEventBase {
  readonly kind: 'accountState'
  readonly phase: AccountPhase
  readonly cause?: string | undefined
  /** After a comparison: how many differences it found, each of which came as an event before. */
  readonly differences?: number | undefined
}

/** Something of the account cannot be had any more, e.g. fills older than the venue keeps; never silent. */
export interface AccountGapEvent extends AccountEventBase {
  readonly kind: 'accountGap'
  readonly what: 'fills' | 'orders' | 'events'
  readonly instrument?: InstrumentId | undefined
  readonly fromUs?: EpochUs | undefined
  readonly toUs?: EpochUs | undefined
  readonly reason: string
}

export type AccountDataEvent =
  | OrderEvent
  | FillEvent
  | BalanceEvent
  | PositionEvent
  | MarginCallEvent
  | AccountConfigEvent
  | AccountRawEvent

export type AccountEvent = AccountDataEvent | AccountStateEvent | AccountGapEvent
