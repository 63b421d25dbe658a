import type { Amount } from '../amount.ts'
import type { Order } from '../order.ts'
import type { SpotOrderList } from './spot-order-list.ts'

/** Types that wait outside the book until the last price reaches their trigger. */
export const conditionalTypes = ['STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'] as const
export const spotTypes = ['LIMIT', 'MARKET', 'LIMIT_MAKER', ...conditionalTypes] as const
export type SpotType = (typeof spotTypes)[number]

/** An order of a spot account. */
export interface SpotOrder extends Order {
  readonly type: SpotType
  /** Changes when an amendment gives it another. */
  clientOrderId: string
  /** Of an order at the market for a value: how much to spend or to get; else 0. */
  readonly quoteQuantity: Amount
  /** Trigger of a conditional order; 0 for none. Of a trailing one, where tracking begins. */
  readonly stopPrice: number
  /** Of a trailing order: basis points; else 0. */
  readonly trailingDelta: number
  /** What the book shows of an iceberg at a time; 0 when all is shown. */
  readonly icebergQuantity: number
  readonly strategyId: number | undefined
  readonly strategyType: number | undefined
  readonly createdUs: number
  updatedUs: number
  /** Since when it may trade; 0 while it waits for a trigger, or for another order of its list. */
  workingUs: number
  /** Of a trailing order: since when it follows the price; 0 before. */
  trailingUs: number
  /** Of a trailing order: the best price since then. */
  extreme: number
  /** What is still set aside for it: quote of a buy, base of a sell. */
  locked: Amount
  /** Why it ended, where the venue says: `eR` of executionReport. */
  expiryReason: string
  /** Client id of the request that canceled it. */
  cancelId: string | undefined
  /** The list it belongs to. */
  list: SpotOrderList | undefined
  /** What was not traded because the account would have met itself. */
  preventedQuantity: number
  readonly amendments: SpotAmendment[]
}

export interface SpotAmendment {
  readonly executionId: number
  readonly from: string
  readonly to: string
  readonly oldQuantity: number
  readonly newQuantity: number
  readonly atUs: number
}

export interface SpotFill {
  readonly id: number
  readonly symbol: string
  readonly orderId: number
  readonly orderListId: number
  readonly isBuyer: boolean
  readonly isMaker: boolean
  readonly price: number
  readonly quantity: number
  readonly value: Amount
  readonly fee: Amount
  readonly feeAsset: string
  readonly timeMs: number
  readonly timeUs: number
}

/** Trades that did not happen because both sides were the account's own. */
export interface SpotPrevention {
  readonly id: number
  readonly symbol: string
  readonly takerOrderId: number
  readonly makerOrderId: number
  readonly mode: string
  readonly price: number
  readonly takerQuantity: number
  readonly makerQuantity: number
  readonly atUs: number
}

export function isConditional({ type }: Pick<SpotOrder, 'type'>): boolean {
  return conditionalTypes.some(known => known === type)
}

/** True for types that trade at any price once they work. */
export function isAtMarket({ type }: Pick<SpotOrder, 'type'>): boolean {
  return type === 'MARKET' || type === 'STOP_LOSS' || type === 'TAKE_PROFIT'
}

/** True when the trigger lies above the price that it waits for. */
export function isTriggeredAbove({ type, side }: Pick<SpotOrder, 'type' | 'side'>): boolean {
  return (side === 'BUY') === (type === 'STOP_LOSS' || type === 'STOP_LOSS_LIMIT')
}
