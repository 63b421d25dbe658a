import type { Amount } from '../amount.ts'
import type { Order, PositionSide } from '../order.ts'

export type WorkingType = 'MARK_PRICE' | 'CONTRACT_PRICE'

/** Why an order ended: `er` of ORDER_TRADE_UPDATE. */
export const expiry = {
  none: '0',
  selfTrade: '1',
  iocRest: '2',
  iocRestBySelfTrade: '3',
  reduceOnly: '4',
  liquidation: '5',
  stopTriggered: '8',
  marketRest: '9',
} as const
export type Expiry = (typeof expiry)[keyof typeof expiry]

/** An order of a futures account. */
export interface FuturesOrder extends Order {
  readonly positionSide: PositionSide
  readonly reduceOnly: boolean
  readonly closePosition: boolean
  /** The conditional type it came from, else its own. */
  readonly originalType: string
  readonly stopPrice: number
  readonly workingType: WorkingType
  readonly priceProtect: boolean
  priceMatch: string
  readonly goodTillMs: number
  readonly isLiquidation: boolean
  expiry: Expiry
}

export interface FuturesFill {
  readonly id: number
  readonly symbol: string
  readonly orderId: number
  readonly side: 'BUY' | 'SELL'
  readonly positionSide: PositionSide
  readonly price: number
  readonly quantity: number
  readonly value: Amount
  readonly fee: Amount
  readonly feeAsset: string
  readonly realized: Amount
  readonly isMaker: boolean
  readonly timeMs: number
}

export interface Income {
  readonly symbol: string
  readonly type: 'REALIZED_PNL' | 'COMMISSION' | 'FUNDING_FEE' | 'TRANSFER' | 'INSURANCE_CLEAR' | 'AUTO_EXCHANGE'
  readonly amount: Amount
  readonly asset: string
  readonly timeMs: number
  readonly id: number
  readonly tradeId: number | undefined
}

/** Margin that was moved into an isolated position, or out of it. */
export interface MarginChange {
  readonly symbol: string
  readonly positionSide: PositionSide
  readonly isAdded: boolean
  readonly amount: Amount
  readonly asset: string
  readonly timeMs: number
}

export interface FuturesAmendment {
  readonly id: number
  readonly symbol: string
  readonly orderId: number
  readonly clientOrderId: string
  readonly priceBefore: number
  readonly priceAfter: number
  readonly quantityBefore: number
  readonly quantityAfter: number
  /** How often the order has been amended. */
  readonly count: number
  readonly timeMs: number
}
