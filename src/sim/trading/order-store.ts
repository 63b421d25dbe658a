import type { Order } from './order.ts'
import { isOpen } from './order.ts'

/** Orders kept per account; the oldest closed ones go first. */
const mostKept = 20_000

/** All orders of one account. */
export class OrderStore<T extends Order> {
  private readonly byId = new Map<number, T>()
  /** The newest order of each client id, per symbol. */
  private readonly byClientId = new Map<string, T>()
  private readonly opened = new Set<T>()

  get all(): Iterable<T> {
    return this.byId.values()
  }

  add(order: T): void {
    this.byId.set(order.id, order)
    this.byClientId.set(`${order.symbol} ${order.clientOrderId}`, order)
    this.opened.add(order)
    if (this.byId.size > mostKept) this.forgetOldest()
  }

  /** An order has got another client id. */
  rename(order: T, from: string): void {
    const name = `${order.symbol} ${from}`
    if (this.byClientId.get(name) === order) this.byClientId.delete(name)
    this.byClientId.set(`${order.symbol} ${order.clientOrderId}`, order)
  }

  /** Open orders, oldest first. */
  open(symbol?: string): readonly T[] {
    const orders: T[] = []
    for (const order of this.opened) {
      if (!isOpen(order)) this.opened.delete(order)
      else if (symbol === undefined || order.symbol === symbol) orders.push(order)
    }
    return orders
  }

  find(symbol: string, id: number | undefined, clientOrderId: string | undefined): T | undefined {
    const order = id === undefined ? this.byClientId.get(`${symbol} ${clientOrderId ?? ''}`) : this.byId.get(id)
    return order?.symbol === symbol ? order : undefined
  }

  private forgetOldest(): void {
    for (const [id, order] of this.byId) {
      if (isOpen(order)) continue
      this.byId.delete(id)
      const name = `${order.symbol} ${order.clientOrderId}`
      if (this.byClientId.get(name) === order) this.byClientId.delete(name)
      return
    }
  }
}
