import type { AccountPhase, DecimalText } from '../model/account-event.ts'

/**
 * What the browser gets to see of accounts. Amounts and prices are the venue's own decimal text, times microseconds since
 * 1970. API keys, listen keys and client order ids are no part of it.
 */
export interface AccountsData {
  /** In a delta: the accounts of which something changed, each with the sections that did. */
  readonly accounts: readonly AccountPart[]
}

export interface AccountPart {
  readonly name: string
  readonly head?: AccountHead | undefined
  readonly balances?: readonly BalanceRow[] | undefined
  readonly positions?: readonly PositionRow[] | undefined
  readonly orders?: readonly OrderRow[] | undefined
  /** Newest first. */
  readonly fills?: readonly FillRow[] | undefined
}

export type AccountTable = 'balances' | 'positions' | 'orders' | 'fills'

export const ACCOUNT_SECTIONS = ['head', 'balances', 'positions', 'orders', 'fills'] as const

export type AccountSection = (typeof ACCOUNT_SECTIONS)[number]

export interface SourceStamp {
  readonly from: 'stream' | 'reconcile'
  readonly atUs: number
}

export interface AccountHead {
  readonly venue: string
  readonly phase: AccountPhase
  readonly cause?: string | undefined
  /** Made up by this machine: said wherever the account is shown. */
  readonly isSimulated: boolean
  /** The last event, or comparison that found nothing. */
  readonly provenUs?: number | undefined
  readonly marginRatio?: number | undefined
  /** Where and how old each table is. */
  readonly sources: Readonly<Record<AccountTable, SourceStamp | undefined>>
  readonly comparison?: ComparisonInfo | undefined
  readonly marginCall?: MarginCallInfo | undefined
  /** What is known to be lost, newest first. */
  readonly gaps: readonly { readonly timeUs: number; readonly what: string; readonly reason: string }[]
  /** Asset and sum since the start, positive was received. */
  readonly funding: readonly (readonly [asset: string, sum: DecimalText])[]
  /** How many rows a table has in truth, where only some are sent. */
  readonly counts: { readonly orders: number; readonly fills: number; readonly positions: number }
}

/** What the last comparison with REST found. */
export interface ComparisonInfo {
  readonly cause: string
  readonly orders: number
  readonly fills: number
  readonly balances: number
  readonly positions: number
}

export interface MarginCallInfo {
  readonly timeUs: number
  readonly level?: string | undefined
  readonly positions: readonly {
    readonly symbol: string
    readonly side: string
    readonly quantity: DecimalText
    readonly markPrice: DecimalText
    readonly maintenanceMargin: DecimalText
  }[]
}

export interface BalanceRow {
  readonly asset: string
  readonly free: DecimalText
  readonly locked: DecimalText
  readonly wallet?: DecimalText | undefined
}

export interface PositionRow {
  readonly symbol: string
  readonly side: 'both' | 'long' | 'short'
  readonly quantity: DecimalText
  readonly entryPrice: DecimalText
  readonly markPrice?: DecimalText | undefined
  /** At the mark price. */
  readonly unrealizedPnl?: DecimalText | undefined
  /** At the price at which the position could be closed now: the bid of a long one, the ask of a short one. */
  readonly executablePnl?: DecimalText | undefined
  readonly liquidationPrice?: DecimalText | undefined
  /** How far the mark price is from it, as a share of it. */
  readonly liquidationDistance?: number | undefined
  readonly marginType?: string | undefined
  readonly leverage?: number | undefined
}

export interface OrderRow {
  readonly id: string
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly type: string
  readonly timeInForce: string
  readonly status: string
  readonly price: DecimalText
  readonly stopPrice?: DecimalText | undefined
  readonly quantity: DecimalText
  readonly filledQuantity: DecimalText
  readonly reduceOnly: boolean
  /** When the order was first heard of here, or changed last. */
  readonly changedUs: number
  /** From the price to the best price of its own side, basis points; positive is behind it. */
  readonly touchBps?: number | undefined
}

export interface FillRow {
  readonly id: string
  readonly timeUs: number
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly price: DecimalText
  readonly quantity: DecimalText
  readonly fee: DecimalText
  readonly feeAsset: string
  readonly liquidity: 'maker' | 'taker'
  readonly realizedPnl?: DecimalText | undefined
  /** Found by a comparison, not told by the stream. */
  readonly isRecovered: boolean
}
