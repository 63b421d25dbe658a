import type { Amount } from '../amount.ts'
import type { Order } from '../order.ts'

/** An order of a spot account. */
export interface SpotOrder extends Order {
  /** Of an order at the market for a value: how much to spend or to get; else 0. */
  readonly quoteQuantity: Amount
  readonly createdUs: number
  updatedUs: number
  /** What is still set aside for it: quote of a buy, base of a sell. */
  locked: Amount
  /** Why it ended, where the venue says: `eR` of executionReport. */
  expiryReason: string
  /** Client id of the request that canceled it. */
  cancelId: string | undefined
}

export interface SpotFill {
  readonly id: number
  readonly symbol: string
  readonly orderId: number
  readonly isBuyer: boolean
  readonly isMaker: boolean
  readonly price: number
  readonly quantity: number
  readonly value: Amount
  readonly fee: Amount
  readonly feeAsset: string
  readonly timeMs: number
}
