import { ConfigError } from '../../model/error.ts'
import { quantityText } from '../encode/encoder.ts'
import type { SimInstrument } from '../instrument.ts'
import { unitsFromText } from '../wire/decimal-text.ts'
import type { Amount } from './amount.ts'
import { amountFromText } from './amount.ts'
import type { Floor } from './floor.ts'
import type { KeyRing } from './key-ring.ts'
import type { Order } from './order.ts'
import { isOpen, remaining } from './order.ts'
import type { OrderStore } from './order-store.ts'
import type { SimOrder, SimUserEvent } from './sim-account.ts'
import type { DeliveryFaults, UserStream } from './user-stream.ts'

/** What an account of any market has, as the truth about it needs it. */
export interface TruthContext<T extends Order> {
  readonly floor: Floor<T>
  readonly orders: OrderStore<T>
  readonly stream: UserStream
  readonly keys: KeyRing
  readonly key: string
  readonly priceText: (instrument: SimInstrument, price: number) => string
  readonly cancel: (order: T) => void
  readonly transfer: (asset: string, change: Amount) => void
}

/** The truth about an account, as far as it is the same in every market. */
export class TruthAccount<T extends Order> {
  private readonly context: TruthContext<T>

  constructor(context: TruthContext<T>) {
    this.context = context
  }

  orders(): readonly SimOrder[] {
    const { floor, orders, priceText } = this.context
    return [...orders.all].map(order => {
      const instrument = floor.instrument(order.symbol)
      const { clientOrderId, symbol, side, type, status, createdMs, updatedMs } = order
      return {
        id: String(order.id),
        clientOrderId,
        symbol,
        side,
        type,
        status,
        price: priceText(instrument, order.price),
        quantity: quantityText(instrument, order.quantity),
        executed: quantityText(instrument, order.executed),
        createdMs,
        updatedMs,
      }
    })
  }

  events(): readonly SimUserEvent[] {
    return this.context.stream.events.map(({ sequence, kind, timeMs, text }) => ({
      sequence,
      kind,
      timeMs,
      payload: text(false),
    }))
  }

  fill(orderId: string, quantity?: string): void {
    const { floor } = this.context
    const order = this.find(orderId)
    const { quantityDecimals } = floor.instrument(order.symbol)
    const units = quantity === undefined ? remaining(order) : unitsFromText(quantity, quantityDecimals)
    if (units === undefined || units <= 0) {
      throw new ConfigError(`quantity must be a decimal above 0, was "${quantity ?? ''}"`)
    }
    const most = Math.min(order.quantity, order.executed + units)
    // An iceberg comes up slice by slice.
    while (isOpen(order) && order.executed < most) {
      if (!floor.desk(order.symbol).meet(order, most - order.executed, floor.nowUs())) {
        throw new ConfigError(`order ${orderId} does not rest in the book`)
      }
      floor.settle()
    }
  }

  cancel(orderId: string): void {
    this.context.cancel(this.find(orderId))
  }

  transfer(asset: string, amount: string): void {
    this.context.transfer(asset, readChange(amount))
  }

  deliver(faults: DeliveryFaults): void {
    this.context.stream.set(faults)
  }

  lay(faults: DeliveryFaults): Disposable {
    return this.context.stream.lay(faults)
  }

  revokeKey(): void {
    this.context.keys.revoke(this.context.key)
  }

  restoreKey(): void {
    this.context.keys.restore(this.context.key)
  }

  private find(orderId: string): T {
    const order = [...this.context.orders.all].find(({ id }) => String(id) === orderId)
    if (order === undefined || !isOpen(order)) throw new ConfigError(`there is no open order ${orderId}`)
    return order
  }
}

/** @throws ConfigError */
export function readChange(amount: string): Amount {
  const change = amountFromText(amount)
  if (change === undefined) throw new ConfigError(`amount must be decimal text such as "-10.5", was "${amount}"`)
  return change
}
