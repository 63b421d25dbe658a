import type { WireId } from '../wire-trade.ts'
import type { AlgoOrderPayload, BusinessUnit, WirePositionSide } from './native-futures.ts'
import type { OpenSet } from './native-spot.ts'

/*
 * Native events that only portfolio margin accounts have. Amounts are decimal texts, times are milliseconds since 1970.
 * Source: portfolio margin docs, "User Data Streams", read 2026-11.
 */

/** A strategy order (the conditional orders before, and beside, the algo service) has changed. */
export interface ConditionalOrderTradeUpdatePayload {
  readonly e: 'CONDITIONAL_ORDER_TRADE_UPDATE'
  readonly T: number
  readonly E: number
  readonly fs: BusinessUnit
  readonly so: {
    /** Symbol, client id and id of the strategy, side, type, time in force. */
    readonly s: string
    readonly c: string
    readonly si: WireId
    readonly S: OpenSet<'BUY' | 'SELL'>
    readonly st: string
    readonly f: string
    /** Quantity, price, stop price, status. */
    readonly q: string
    readonly p: string
    readonly sp: string
    readonly os: OpenSet<'NEW' | 'CANCELED' | 'EXPIRED' | 'TRIGGERED' | 'FINISHED'>
    /** Time on the book and of the update. */
    readonly T: number
    readonly ut: number
    readonly R: boolean
    readonly ps: WirePositionSide
    /** The order that it became. */
    readonly i?: WireId
  }
}

/** A conditional order of the algo service, in the form of the catalogue; `ALGO_UPDATE` is the other. */
export interface AlgoOrderUpdatePayload {
  readonly e: 'ALGO_ORDER_UPDATE'
  readonly T: number
  readonly E: number
  readonly fs?: BusinessUnit
  readonly ao: AlgoOrderPayload
}

/** The account is at risk. */
export interface PortfolioRiskLevelChangePayload {
  readonly e: 'riskLevelChange'
  readonly E: number
  /** Ratio of equity to maintenance margin. */
  readonly u: string
  readonly s: OpenSet<'MARGIN_CALL' | 'REDUCE_ONLY' | 'FORCE_LIQUIDATION'>
  /** Equity, equity without collateral rates, maintenance margin, in dollars. */
  readonly eq: string
  readonly ae: string
  readonly m: string
}

/** What open orders of the margin part hold back. */
export interface OpenOrderLossPayload {
  readonly e: 'openOrderLoss'
  readonly E: number
  /** Asset and amount. */
  readonly O: readonly { readonly a: string; readonly o: string }[]
}

/** A liability of the margin part has changed. */
export interface LiabilityChangePayload {
  readonly e: 'liabilityChange'
  readonly E: number
  /** Asset, kind of change, id of the transaction, principal, interest, whole liability. */
  readonly a: string
  readonly t: OpenSet<'BORROW' | 'REPAY'>
  readonly T: WireId
  readonly p: string
  readonly i: string
  readonly l: string
}
