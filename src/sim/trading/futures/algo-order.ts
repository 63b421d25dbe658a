import type { OrderSide, PositionSide, StpMode, TimeInForce } from '../order.ts'
import type { WorkingType } from './futures-order.ts'

export type AlgoStatus = 'NEW' | 'CANCELED' | 'TRIGGERING' | 'TRIGGERED' | 'FINISHED' | 'REJECTED' | 'EXPIRED'

export const algoTypes = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'] as const
export type AlgoType = (typeof algoTypes)[number]

export function isAlgoType(type: string): type is AlgoType {
  return algoTypes.some(known => known === type)
}

/** A conditional order: outside the book until its trigger, then an order of its own. Prices are units. */
export interface AlgoOrder {
  readonly id: number
  readonly clientId: string
  readonly symbol: string
  readonly type: AlgoType
  readonly side: OrderSide
  readonly positionSide: PositionSide
  readonly timeInForce: TimeInForce
  readonly quantity: number
  readonly price: number
  readonly stp: StpMode
  readonly workingType: WorkingType
  readonly priceMatch: string
  readonly closePosition: boolean
  readonly priceProtect: boolean
  readonly reduceOnly: boolean
  readonly createdMs: number
  /** Of a trailing stop: percent, and the price at which it begins to trail (0: at once). */
  readonly callbackRate: number
  readonly activatePrice: number
  /** Trigger; of a trailing stop, where it stands now. */
  triggerPrice: number
  /** Of a trailing stop: the best price since it began to trail. */
  extreme: number
  isActive: boolean
  status: AlgoStatus
  updatedMs: number
  triggeredMs: number
  actualOrderId: number | undefined
  reason: string
}
