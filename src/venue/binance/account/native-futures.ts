import type { WireId } from '../wire-trade.ts'
import type { OpenSet } from './native-spot.ts'

/*
 * Native events of USD-M and COIN-M accounts, with the meaning of every wire letter. Amounts are decimal texts, times are
 * milliseconds since 1970. Quantities are base coins on USD-M and contracts on COIN-M; profits and fees are in the asset that
 * stands beside them, else in the margin asset. Sources: USD-M and COIN-M docs, "User Data Streams", read 2026-11.
 */

/** Business unit, in events of portfolio margin. */
export type BusinessUnit = OpenSet<'UM' | 'CM'>
export type WirePositionSide = OpenSet<'BOTH' | 'LONG' | 'SHORT'>

/** An order has changed. */
export interface OrderTradeUpdatePayload {
  readonly e: 'ORDER_TRADE_UPDATE'
  /** Event time, and time of the engine. */
  readonly E: number
  readonly T: number
  /** COIN-M: alias of the account. */
  readonly i?: string
  readonly fs?: BusinessUnit
  readonly o: FuturesOrderPayload
}

export interface FuturesOrderPayload {
  /** Symbol, client order id, side. */
  readonly s: string
  readonly c: string
  readonly S: OpenSet<'BUY' | 'SELL'>
  /** Type now, and as it was placed. */
  readonly o: OpenSet<'LIMIT' | 'MARKET' | 'LIQUIDATION'>
  readonly ot?: string
  readonly f: OpenSet<'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD' | 'RPI'>
  /** Quantity, price, average price of the fills, stop price. */
  readonly q: string
  readonly p: string
  readonly ap?: string
  readonly sp?: string
  /** What happened: CALCULATED is a liquidation or deleveraging. */
  readonly x: OpenSet<'NEW' | 'CANCELED' | 'CALCULATED' | 'EXPIRED' | 'TRADE' | 'AMENDMENT'>
  /** What the order is now. */
  readonly X: OpenSet<'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH'>
  /** Order id. */
  readonly i: WireId
  /** Quantity of this fill, of all fills; price of this fill. */
  readonly l: string
  readonly z: string
  readonly L: string
  /** Fee and its asset; absent without one. */
  readonly n?: string
  readonly N?: string
  /** Time of the order, trade id (0 without a trade). */
  readonly T: number
  readonly t: WireId
  /** Notional of open bids and asks. */
  readonly b?: string
  readonly a?: string
  /** Filled as the maker; reduce only. */
  readonly m: boolean
  readonly R: boolean
  readonly wt?: OpenSet<'MARK_PRICE' | 'CONTRACT_PRICE'>
  readonly ps?: WirePositionSide
  /** Closes the whole position; protected against a gap of prices. */
  readonly cp?: boolean
  readonly pP?: boolean
  /** Trailing orders: activation price and callback rate in percent. */
  readonly AP?: string
  readonly cr?: string
  /** Realised profit of this fill. */
  readonly rp?: string
  /** Self-trade prevention, price match, end of a GTD order. */
  readonly V?: string
  readonly pm?: string
  readonly gtd?: number
  /** Why it expired, `0` for nothing. */
  readonly er?: string
  /** Of an amendment: its id. */
  readonly M?: string
  /** COIN-M: margin asset. */
  readonly ma?: string
}

/** A fill ahead of its full report, without its fee. */
export interface TradeLitePayload {
  readonly e: 'TRADE_LITE'
  /** Event time, and time of the engine. */
  readonly E: number
  readonly T: number
  /** Symbol, quantity and price as ordered, maker, client order id, side. */
  readonly s: string
  readonly q: string
  readonly p: string
  readonly m: boolean
  readonly c: string
  readonly S: OpenSet<'BUY' | 'SELL'>
  /** Price and quantity of the fill, trade id, order id. */
  readonly L: string
  readonly l: string
  readonly t: WireId
  readonly i: WireId
}

/** Balances and positions that changed, absolute, and only those. */
export interface AccountUpdatePayload {
  readonly e: 'ACCOUNT_UPDATE'
  /** Event time, and time of the engine. */
  readonly E: number
  readonly T: number
  /** COIN-M: alias of the account. */
  readonly i?: string
  readonly fs?: BusinessUnit
  readonly a: {
    /** Why: `ORDER`, `FUNDING_FEE`, `DEPOSIT`, `MARGIN_TYPE_CHANGE` … */
    readonly m: string
    readonly B: readonly WireFuturesBalance[]
    readonly P: readonly WireFuturesPosition[]
    /** Of FUNDING_FEE, since 2026-08: its symbol. */
    readonly S?: string
  }
}

export interface WireFuturesBalance {
  /** Asset, wallet balance, wallet of cross positions (not what is available). */
  readonly a: string
  readonly wb: string
  readonly cw: string
  /** Change but for profits and fees. */
  readonly bc?: string
}

export interface WireFuturesPosition {
  /** Symbol, signed quantity, entry price, break-even price. */
  readonly s: string
  readonly pa: string
  readonly ep: string
  readonly bep?: string
  /** Profit realised before fees, profit of the open position. */
  readonly cr: string
  readonly up: string
  readonly mt?: OpenSet<'cross' | 'isolated'>
  /** Margin of an isolated position. */
  readonly iw?: string
  readonly ps: WirePositionSide
}

/** Positions are near liquidation. A notice that is not promised. */
export interface MarginCallPayload {
  readonly e: 'MARGIN_CALL'
  /** Event time. */
  readonly E: number
  readonly i?: string
  /** Wallet of cross positions, of calls for those only. */
  readonly cw?: string
  /** Symbol, side, quantity, margin type, isolated margin, mark price, open profit, maintenance margin. */
  readonly p: readonly {
    readonly s: string
    readonly ps: WirePositionSide
    readonly pa: string
    readonly mt: OpenSet<'CROSSED' | 'ISOLATED'>
    readonly iw: string
    readonly mp: string
    readonly up: string
    readonly mm: string
  }[]
}

/** The leverage of a symbol, or the multi-assets mode, was changed. */
export interface AccountConfigUpdatePayload {
  readonly e: 'ACCOUNT_CONFIG_UPDATE'
  /** Event time, and time of the engine. */
  readonly E: number
  readonly T: number
  readonly fs?: BusinessUnit
  /** Symbol and leverage. */
  readonly ac?: { readonly s: string; readonly l: number }
  /** Multi-assets mode. */
  readonly ai?: { readonly j: boolean }
}

/** A conditional order has changed. */
export interface AlgoUpdatePayload {
  readonly e: 'ALGO_UPDATE'
  /** Event time, and time of the engine. */
  readonly E: number
  readonly T: number
  readonly fs?: BusinessUnit
  readonly o: AlgoOrderPayload
}

export interface AlgoOrderPayload {
  /** Client id, id and kind of the conditional order. */
  readonly caid: string
  readonly aid: WireId
  readonly at: OpenSet<'CONDITIONAL'>
  readonly o: OpenSet<'STOP' | 'STOP_MARKET' | 'TAKE_PROFIT' | 'TAKE_PROFIT_MARKET' | 'TRAILING_STOP_MARKET'>
  readonly s: string
  readonly S: OpenSet<'BUY' | 'SELL'>
  readonly ps: WirePositionSide
  readonly f: string
  readonly q: string
  /** TRIGGERING may be the last that is heard of it. */
  readonly X: OpenSet<'NEW' | 'CANCELED' | 'TRIGGERING' | 'TRIGGERED' | 'FINISHED' | 'REJECTED' | 'EXPIRED'>
  /** The order that it became: id (empty before), average price, executed quantity, type. */
  readonly ai: string
  readonly ap?: string
  readonly aq?: string
  readonly act?: string
  /** Trigger price, price. */
  readonly tp: string
  readonly p: string
  readonly V?: string
  readonly wt?: string
  readonly pm?: string
  readonly cp?: boolean
  readonly pP?: boolean
  readonly R: boolean
  /** Time of the trigger, end of a GTD order. */
  readonly tt?: number
  readonly gtd?: number
  /** Why it was refused. */
  readonly rm?: string
  /** A trailing order has reached its activation price. */
  readonly ia?: boolean
}

/** A strategy of the venue's own has begun or ended. */
export interface StrategyUpdatePayload {
  readonly e: 'STRATEGY_UPDATE'
  readonly T: number
  readonly E: number
  /** Id, type, status, symbol, time, operation code. */
  readonly su: {
    readonly si: WireId
    readonly st: string
    readonly ss: string
    readonly s: string
    readonly ut: number
    readonly c: number
  }
}

/** A trading grid of the venue's own has changed. */
export interface GridUpdatePayload {
  readonly e: 'GRID_UPDATE'
  readonly T: number
  readonly E: number
  /** Id, type, status, symbol, realised profit, average price, quantity and fee of the unmatched, matched profit, time. */
  readonly gu: {
    readonly si: WireId
    readonly st: string
    readonly ss: string
    readonly s: string
    readonly r: string
    readonly up: string
    readonly uq: string
    readonly uf: string
    readonly mp: string
    readonly ut: number
  }
}

/** A triggered stop order was refused. Deprecated since 2025-12: see `rm` of an algo update. */
export interface ConditionalOrderTriggerRejectPayload {
  readonly e: 'CONDITIONAL_ORDER_TRIGGER_REJECT'
  readonly E: number
  readonly T: number
  /** Symbol, order id, reason. */
  readonly or: { readonly s: string; readonly i: WireId; readonly r: string }
}
