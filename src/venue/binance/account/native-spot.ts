import type { WireId } from '../wire-trade.ts'

/*
 * Native events of spot and margin accounts, with the meaning of every wire letter. Amounts are decimal texts, times are
 * milliseconds since 1970; ids beyond 2^53 come as text. Sets of values are open: what is listed is what was known in 2026-11.
 * Sources: spot docs user-data-stream.md and web-socket-api.md, margin docs, read 2026-11.
 */

/** Any text; the listed ones are known. */
export type OpenSet<Known extends string> = Known | (string & {})

/** An order has changed. De-duplicated by `i` and `I`. */
export interface ExecutionReportPayload {
  readonly e: 'executionReport'
  /** Event time. */
  readonly E: number
  /** Symbol. */
  readonly s: string
  /** Client order id; of a cancellation, that of the request which cancelled. */
  readonly c: string
  readonly S: OpenSet<'BUY' | 'SELL'>
  /** Order type. */
  readonly o: OpenSet<
    'LIMIT' | 'MARKET' | 'STOP_LOSS' | 'STOP_LOSS_LIMIT' | 'TAKE_PROFIT' | 'TAKE_PROFIT_LIMIT' | 'LIMIT_MAKER'
  >
  /** Time in force. */
  readonly f: OpenSet<'GTC' | 'IOC' | 'FOK'>
  /** Quantity in base coins, price, stop price, iceberg quantity. */
  readonly q: string
  readonly p: string
  readonly P: string
  readonly F: string
  /** Id of its order list, -1 without one. */
  readonly g: WireId
  /** Client order id of the order that was cancelled; empty otherwise. */
  readonly C: string
  /** What happened. */
  readonly x: OpenSet<'NEW' | 'CANCELED' | 'REPLACED' | 'REJECTED' | 'TRADE' | 'EXPIRED' | 'TRADE_PREVENTION'>
  /** What the order is now. */
  readonly X: OpenSet<
    'NEW' | 'PENDING_NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'REJECTED' | 'EXPIRED' | 'EXPIRED_IN_MATCH'
  >
  /** Why it was refused; NONE otherwise. */
  readonly r: string
  /** Order id. */
  readonly i: WireId
  /** Quantity of this fill, of all fills; price of this fill. */
  readonly l: string
  readonly z: string
  readonly L: string
  /** Fee (positive is paid) and its asset. */
  readonly n: string
  readonly N: string | null
  /** Time of the engine. */
  readonly T: number
  /** Trade id, -1 without a trade. */
  readonly t: WireId
  /** Execution id. */
  readonly I: WireId
  /** On the book; filled as the maker. */
  readonly w: boolean
  readonly m: boolean
  /** Time of creation. */
  readonly O: number
  /** Quote amount of all fills, of this fill, and as ordered. */
  readonly Z: string
  readonly Y: string
  readonly Q: string
  /** Self-trade prevention. */
  readonly V?: OpenSet<'NONE' | 'EXPIRE_MAKER' | 'EXPIRE_TAKER' | 'EXPIRE_BOTH' | 'DECREMENT' | 'TRANSFER'>
  /** Time since when it works. */
  readonly W?: number
  /** Trailing delta in basis points, and since when it trails. */
  readonly d?: number
  readonly D?: number
  /** Strategy id and type. */
  readonly j?: WireId
  readonly J?: number
  /** Prevented match: id, quantity so far, quantity now, trade group, the other order and its symbol, its fill. */
  readonly v?: WireId
  readonly A?: string
  readonly B?: string
  readonly u?: WireId
  readonly U?: WireId
  readonly Cs?: string
  readonly pl?: string
  readonly pL?: string
  readonly pY?: string
  /** Allocation: kind of match and id; where it works; smart order routing was used. */
  readonly b?: string
  readonly a?: WireId
  readonly k?: string
  readonly uS?: boolean
  /** Pegged price: type, offset type, offset, price now. */
  readonly gP?: string
  readonly gOT?: string
  readonly gOV?: number
  readonly gp?: string
  /** Why it expired, since 2026-03. */
  readonly eR?: string
}

/** Balances that may have changed, absolute, and only those. */
export interface OutboundAccountPositionPayload {
  readonly e: 'outboundAccountPosition'
  /** Event time, and time of the last change of the account. */
  readonly E: number
  readonly u: number
  /** Asset, free, locked. */
  readonly B: readonly { readonly a: string; readonly f: string; readonly l: string }[]
}

/** A deposit, withdrawal or transfer. */
export interface BalanceUpdatePayload {
  readonly e: 'balanceUpdate'
  /** Event time. */
  readonly E: number
  /** Asset and signed change. */
  readonly a: string
  readonly d: string
  /** Time when it was booked. */
  readonly T: number
}

/** Something outside of trading holds an amount back, or sets it free. */
export interface ExternalLockUpdatePayload {
  readonly e: 'externalLockUpdate'
  /** Event time. */
  readonly E: number
  /** Asset and signed change. */
  readonly a: string
  readonly d: string
  readonly T: number
}

/** A list of orders has changed; its orders are reported one by one besides. */
export interface ListStatusPayload {
  readonly e: 'listStatus'
  /** Event time. */
  readonly E: number
  readonly s: string
  /** List id, contingency, status type, status of its orders, reason of a refusal, client id. */
  readonly g: WireId
  readonly c: OpenSet<'OCO' | 'OTO'>
  readonly l: OpenSet<'RESPONSE' | 'EXEC_STARTED' | 'UPDATED' | 'ALL_DONE'>
  readonly L: OpenSet<'EXECUTING' | 'ALL_DONE' | 'REJECT'>
  readonly r: string
  readonly C: string
  /** Time of the engine. */
  readonly T: number
  /** Symbol, order id, client order id. */
  readonly O: readonly { readonly s: string; readonly i: WireId; readonly c: string }[]
}

/** The margin level of an account has moved into another class. */
export interface MarginLevelPayload {
  readonly e: 'MARGIN_LEVEL_STATUS_CHANGE' | 'marginLevelChange'
  /** Event time. */
  readonly E: number
  /** Level (assets over liabilities) and its class. */
  readonly l: string
  readonly s: OpenSet<'EXCESSIVE' | 'NORMAL' | 'MARGIN_CALL' | 'PRE_LIQUIDATION' | 'FORCE_LIQUIDATION'>
}

/** A liability of a margin account has changed. */
export interface UserLiabilityChangePayload {
  readonly e: 'USER_LIABILITY_CHANGE'
  /** Event time. */
  readonly E: number
  /** Asset, kind of change, principal and interest. */
  readonly a: string
  readonly t: OpenSet<'BORROW' | 'REPAY'>
  readonly p: string
  readonly i: string
}
