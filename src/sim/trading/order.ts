import type { BookSide } from '../market/matching.ts'
import type { Amount } from './amount.ts'

export type OrderSide = 'BUY' | 'SELL'
export type PositionSide = 'BOTH' | 'LONG' | 'SHORT'
export type OrderStatus =
  | 'NEW'
  | 'PENDING_NEW'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'CANCELED'
  | 'REJECTED'
  | 'EXPIRED'
  | 'EXPIRED_IN_MATCH'
/** Who gives way when an account meets itself. */
export type StpMode = 'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH'
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD'

/** What every order has, whatever the market. Prices and quantities are whole units of the instrument. */
export interface Order {
  readonly id: number
  readonly clientOrderId: string
  readonly symbol: string
  readonly side: OrderSide
  /** The venue's own name of the type. */
  readonly type: string
  readonly timeInForce: TimeInForce
  readonly stp: StpMode
  /** 0 for orders at the market. */
  price: number
  quantity: number
  executed: number
  /** Value of what was executed. */
  value: Amount
  status: OrderStatus
  readonly createdMs: number
  updatedMs: number
  /** Of the order in the book while it rests there. */
  bookId: number | undefined
}

/** What happened to an order in a trade. */
export interface OwnFill {
  readonly tradeId: number
  readonly price: number
  readonly quantity: number
  readonly isMaker: boolean
  readonly atUs: number
}

export function isOpen({ status }: Order): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED' || status === 'PENDING_NEW'
}

export function remaining(order: Order): number {
  return order.quantity - order.executed
}

export function bookSide(side: OrderSide): BookSide {
  return side === 'BUY' ? 'bid' : 'ask'
}
