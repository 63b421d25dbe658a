import type { WireId } from '../wire-trade.ts'
import type { OpenSet } from './native-spot.ts'

/*
 * Native events of options accounts. Amounts are decimal texts in USDT unless an asset stands beside them, quantities are
 * contracts, times are milliseconds since 1970. Source: options docs, "User Data Streams", read 2026-11.
 */

/** The account as a whole: after a change, and every 10 seconds while there is a position. */
export interface OptionsAccountUpdatePayload {
  readonly e: 'ACCOUNT_UPDATE'
  /** Event time, and time of the engine. */
  readonly E: number
  readonly T: number
  /** Equity, adjusted equity, wallet balance, value of positions, their open profit. */
  readonly eq: string
  readonly aeq: string
  readonly b: string
  readonly m: string
  readonly u: string
  /** Initial and maintenance margin. */
  readonly i: string
  readonly M: string
}

/** Balances and positions that changed, and only those. */
export interface OptionsBalancePositionUpdatePayload {
  readonly e: 'BALANCE_POSITION_UPDATE'
  readonly E: number
  readonly T: number
  readonly m: OpenSet<'DEPOSIT' | 'WITHDRAW' | 'ORDER'>
  /** Asset, wallet balance, change but for profits and fees. */
  readonly B: readonly { readonly a: string; readonly b: string; readonly bc: string }[]
  /** Symbol, signed quantity, value at entry, average entry price. */
  readonly P: readonly { readonly s: string; readonly c: string; readonly p: string; readonly a: string }[]
}

/** Greeks by underlying: after a change, and every 10 seconds while there is a position. */
export interface OptionsGreekUpdatePayload {
  readonly e: 'GREEK_UPDATE'
  readonly E: number
  readonly T: number
  /** Underlying, delta, gamma, theta, vega. */
  readonly G: readonly {
    readonly u: string
    readonly d: string
    readonly g: string
    readonly t: string
    readonly v: string
  }[]
}

/** An order has changed. */
export interface OptionsOrderTradeUpdatePayload {
  readonly e: 'ORDER_TRADE_UPDATE'
  readonly E: number
  readonly T: number
  readonly o: OptionsOrderPayload
}

export interface OptionsOrderPayload {
  /** Symbol, client order id, side, type, time in force. */
  readonly s: string
  readonly c: string
  readonly S: OpenSet<'BUY' | 'SELL'>
  readonly o: OpenSet<'LIMIT' | 'MARKET'>
  readonly f: string
  /** Quantity, price, average price of the fills. */
  readonly q: string
  readonly p: string
  readonly ap: string
  readonly x: OpenSet<'NEW' | 'CANCELED' | 'EXPIRED' | 'TRADE'>
  readonly X: string
  /** Order id. */
  readonly i: WireId
  /** Quantity of this fill, of all fills; price of this fill. */
  readonly l: string
  readonly z: string
  readonly L: string
  /** Fee and its asset: **negative is paid**. */
  readonly n?: string
  readonly N?: string
  readonly T: number
  readonly t: WireId
  readonly b?: string
  readonly a?: string
  readonly m: boolean
  readonly R: boolean
  readonly ot?: string
  /** Realised profit of this fill. */
  readonly rp?: string
  readonly V?: string
}

/** The form until 2025-12: a list of orders with their fills inside. */
export interface OptionsOrderListPayload {
  readonly e: 'ORDER_TRADE_UPDATE'
  readonly E: number
  readonly o: readonly {
    /** Time of creation and of the update. */
    readonly T: number
    readonly t: number
    /** Symbol, client order id, order id, price, signed quantity. */
    readonly s: string
    readonly c: string
    readonly oid: string
    readonly p: string
    readonly q: string
    /** Reduce only, post only, status. */
    readonly r: boolean
    readonly po: boolean
    readonly S: string
    /** Filled quantity and quote amount, fee (positive is paid), time in force, type. */
    readonly e: string
    readonly ec: string
    readonly f: string
    readonly tif: string
    readonly oty: string
    /** Fills: trade id, price, quantity, time, MAKER or TAKER, fee. */
    readonly fi?: readonly {
      readonly t: string
      readonly p: string
      readonly q: string
      readonly T: number
      readonly m: string
      readonly f: string
    }[]
  }[]
}

/** The account has moved into another class of risk. */
export interface OptionsRiskLevelChangePayload {
  readonly e: 'RISK_LEVEL_CHANGE'
  readonly E: number
  readonly s: OpenSet<'NORMAL' | 'REDUCE_ONLY'>
  /** Margin balance and maintenance margin. */
  readonly mb: string
  readonly mm: string
}
