import { ConfigError } from '../../../model/error.ts'
import { priceText, quantityText } from '../../encode/encoder.ts'
import { unitsFromText } from '../../wire/decimal-text.ts'
import { amountFromText, amountText } from '../amount.ts'
import type { KeyRing } from '../key-ring.ts'
import { isOpen, remaining } from '../order.ts'
import type { SimAccount, SimBalance, SimFill, SimOrder, SimPosition, SimUserEvent } from '../sim-account.ts'
import type { DeliveryFaults } from '../user-stream.ts'
import type { SpotOrder } from './spot-order.ts'
import type { SpotTrader } from './spot-trader.ts'

/** The truth about a spot account. */
export class SpotSimAccount implements SimAccount {
  readonly venue = 'binance-spot'
  private readonly trader: SpotTrader
  private readonly keys: KeyRing
  private readonly key: string

  constructor(trader: SpotTrader, keys: KeyRing, key: string) {
    this.trader = trader
    this.keys = keys
    this.key = key
  }

  orders(): readonly SimOrder[] {
    return [...this.trader.account.orders.all].map(order => {
      const instrument = this.trader.floor.instrument(order.symbol)
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

  fills(): readonly SimFill[] {
    return this.trader.account.fills.map(fill => {
      const instrument = this.trader.floor.instrument(fill.symbol)
      const { symbol, isMaker, feeAsset, timeMs } = fill
      return {
        tradeId: String(fill.id),
        orderId: String(fill.orderId),
        symbol,
        side: fill.isBuyer ? 'BUY' : 'SELL',
        price: priceText(instrument, fill.price),
        quantity: quantityText(instrument, fill.quantity),
        fee: amountText(fill.fee),
        feeAsset,
        isMaker,
        timeMs,
      }
    })
  }

  balances(): readonly SimBalance[] {
    return [...this.trader.account.balances.values()].map(({ asset, free, locked }) => ({
      asset,
      free: amountText(free),
      locked: amountText(locked),
    }))
  }

  positions(): readonly SimPosition[] {
    return []
  }

  events(): readonly SimUserEvent[] {
    return this.trader.account.stream.events.map(({ sequence, kind, timeMs, text }) => ({
      sequence,
      kind,
      timeMs,
      payload: text(false),
    }))
  }

  fill(orderId: string, quantity?: string): void {
    const order = this.order(orderId)
    const { floor } = this.trader
    const { quantityDecimals } = floor.instrument(order.symbol)
    const units = quantity === undefined ? remaining(order) : unitsFromText(quantity, quantityDecimals)
    if (units === undefined || units <= 0) {
      throw new ConfigError(`quantity must be a decimal above 0, was "${quantity ?? ''}"`)
    }
    if (!floor.desk(order.symbol).meet(order, units, floor.nowUs())) {
      throw new ConfigError(`order ${orderId} does not rest in the book`)
    }
  }

  cancel(orderId: string): void {
    this.trader.cancel(this.order(orderId))
  }

  transfer(asset: string, amount: string): void {
    const change = amountFromText(amount)
    if (change === undefined) throw new ConfigError(`amount must be decimal text such as "-10.5", was "${amount}"`)
    this.trader.transfer(asset, change)
  }

  deliver(faults: DeliveryFaults): void {
    this.trader.account.stream.set(faults)
  }

  expireStream(): void {
    this.trader.account.stream.terminate()
  }

  revokeKey(): void {
    this.keys.revoke(this.key)
  }

  restoreKey(): void {
    this.keys.restore(this.key)
  }

  private order(orderId: string): SpotOrder {
    const order = [...this.trader.account.orders.all].find(({ id }) => String(id) === orderId)
    if (order === undefined || !isOpen(order)) throw new ConfigError(`there is no open order ${orderId}`)
    return order
  }
}
