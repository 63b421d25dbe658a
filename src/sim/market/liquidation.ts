import type { BookSide } from './matching.ts'

/** A position closed by force: an order of `side` that took what it could. */
export interface Liquidation {
  readonly side: BookSide
  readonly quantity: number
  /** Bankruptcy price, the order's limit. */
  readonly price: number
  readonly averagePrice: number
  readonly lastQuantity: number
  readonly filledQuantity: number
  readonly timeUs: number
}
