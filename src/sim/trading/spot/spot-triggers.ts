import type { SpotFloor } from './spot-floor.ts'
import type { SpotOrder } from './spot-order.ts'
import { isTriggeredAbove } from './spot-order.ts'

/** The conditional orders of one account: they wait outside the book until the last price reaches their trigger. */
export class SpotTriggers {
  private readonly floor: SpotFloor
  private readonly fire: (order: SpotOrder) => void
  private readonly waiting = new Map<string, Set<SpotOrder>>()

  /** `fire` is called after the trade that triggered an order has been told. */
  constructor(floor: SpotFloor, fire: (order: SpotOrder) => void) {
    this.floor = floor
    this.fire = fire
  }

  /** How many wait. */
  count(symbol: string): number {
    return this.waiting.get(symbol)?.size ?? 0
  }

  add(order: SpotOrder): void {
    const { symbol } = order
    let orders = this.waiting.get(symbol)
    if (orders === undefined) {
      orders = new Set()
      this.waiting.set(symbol, orders)
      const { market } = this.floor.listed(symbol)
      market.listeners.add({ traded: ({ price }) => this.look(symbol, price) })
    }
    orders.add(order)
    const price = this.floor.lastPrice(symbol)
    if (order.trailingDelta === 0) this.watch(order, price)
    else if (order.stopPrice === 0) this.track(order, price)
  }

  remove(order: SpotOrder): void {
    this.waiting.get(order.symbol)?.delete(order)
  }

  private look(symbol: string, price: number): void {
    for (const order of this.waiting.get(symbol) ?? []) this.watch(order, price)
  }

  private watch(order: SpotOrder, price: number): void {
    if (order.trailingDelta > 0 ? !this.trail(order, price) : !isReached(order, price)) return
    this.remove(order)
    this.floor.soon(() => this.fire(order))
  }

  /** Follows the price. @returns true when it has turned by the delta */
  private trail(order: SpotOrder, price: number): boolean {
    if (order.trailingUs === 0) {
      if (order.stopPrice === 0 || isReached(order, price)) this.track(order, price)
      return false
    }
    const isBuy = order.side === 'BUY'
    if (isBuy ? price < order.extreme : price > order.extreme) order.extreme = price
    const share = order.trailingDelta / 10_000
    return isBuy ? price >= order.extreme * (1 + share) : price <= order.extreme * (1 - share)
  }

  private track(order: SpotOrder, price: number): void {
    order.trailingUs = this.floor.nowUs()
    order.extreme = price
  }
}

/** True when the price stands at or beyond the stop price. */
export function isReached(order: Pick<SpotOrder, 'type' | 'side' | 'stopPrice'>, price: number): boolean {
  if (price === 0 || order.stopPrice === 0) return false
  return isTriggeredAbove(order) ? price >= order.stopPrice : price <= order.stopPrice
}
