import { ConfigError } from '../../../model/error.ts'
import { priceText, quantityText } from '../../encode/encoder.ts'
import { unitsFromText } from '../../wire/decimal-text.ts'
import { amountFromText, amountText, meanPriceText } from '../amount.ts'
import type { KeyRing } from '../key-ring.ts'
import { isOpen, remaining } from '../order.ts'
import type { SimAccount, SimBalance, SimFill, SimOrder, SimPosition, SimUserEvent } from '../sim-account.ts'
import type { DeliveryFaults } from '../user-stream.ts'
import { marginAsset } from './futures-account.ts'
import { meanDigits, priceOrZero } from './futures-events.ts'
import type { FuturesDesk } from './futures-exchange.ts'
import type { FuturesFloor } from './futures-floor.ts'
import type { FuturesOrder } from './futures-order.ts'
import { transfer } from './futures-settings.ts'

/** The truth about a futures account. */
export class FuturesSimAccount implements SimAccount {
  readonly venue: string
  private readonly desk: FuturesDesk
  private readonly keys: KeyRing
  private readonly key: string

  constructor(venue: string, desk: FuturesDesk, keys: KeyRing, key: string) {
    this.venue = venue
    this.desk = desk
    this.keys = keys
    this.key = key
  }

  orders(): readonly SimOrder[] {
    return [...this.desk.account.orders.all].map(order => {
      const instrument = this.floor.instrument(order.symbol)
      const { clientOrderId, symbol, side, type, status, createdMs, updatedMs } = order
      return {
        id: String(order.id),
        clientOrderId,
        symbol,
        side,
        type,
        status,
        price: priceOrZero(instrument, order.price),
        quantity: quantityText(instrument, order.quantity),
        executed: quantityText(instrument, order.executed),
        createdMs,
        updatedMs,
      }
    })
  }

  fills(): readonly SimFill[] {
    return this.desk.account.fills.map(fill => {
      const instrument = this.floor.instrument(fill.symbol)
      const { symbol, side, feeAsset, isMaker, timeMs } = fill
      return {
        tradeId: String(fill.id),
        orderId: String(fill.orderId),
        symbol,
        side,
        price: priceText(instrument, fill.price),
        quantity: quantityText(instrument, fill.quantity),
        fee: amountText(fill.fee),
        feeAsset,
        isMaker,
        realizedPnl: amountText(fill.realized),
        timeMs,
      }
    })
  }

  balances(): readonly SimBalance[] {
    const { account } = this.desk
    const assetOf = (symbol: string): string => marginAsset(this.floor.instrument(symbol))
    return [...account.wallets.values()].map(({ asset, crossed }) => ({
      asset,
      free: amountText(crossed),
      locked: amountText(account.balance(asset, assetOf) - crossed),
    }))
  }

  positions(): readonly SimPosition[] {
    return this.desk.account.openPositions().map(({ symbol, side, quantity, cost }) => {
      const instrument = this.floor.instrument(symbol)
      return {
        symbol,
        side,
        quantity: quantityText(instrument, quantity),
        entryPrice: meanPriceText(instrument, cost, quantity, meanDigits(instrument)),
      }
    })
  }

  events(): readonly SimUserEvent[] {
    return this.desk.account.stream.events.map(({ sequence, kind, timeMs, text }) => ({
      sequence,
      kind,
      timeMs,
      payload: text(false),
    }))
  }

  fill(orderId: string, quantity?: string): void {
    const order = this.order(orderId)
    const { quantityDecimals } = this.floor.instrument(order.symbol)
    const units = quantity === undefined ? remaining(order) : unitsFromText(quantity, quantityDecimals)
    if (units === undefined || units <= 0)
      throw new ConfigError(`quantity must be a decimal above 0, was "${quantity ?? ''}"`)
    if (!this.floor.desk(order.symbol).meet(order, units, this.floor.nowUs())) {
      throw new ConfigError(`order ${orderId} does not rest in the book`)
    }
  }

  cancel(orderId: string): void {
    this.desk.trader.cancel(this.order(orderId))
  }

  transfer(asset: string, amount: string): void {
    const change = amountFromText(amount)
    if (change === undefined) throw new ConfigError(`amount must be decimal text such as "-10.5", was "${amount}"`)
    transfer(this.desk, asset, change)
  }

  deliver(faults: DeliveryFaults): void {
    this.desk.account.stream.set(faults)
  }

  expireStream(): void {
    this.desk.listenKey.expire()
  }

  revokeKey(): void {
    this.keys.revoke(this.key)
  }

  restoreKey(): void {
    this.keys.restore(this.key)
  }

  private get floor(): FuturesFloor {
    return this.desk.trader.floor
  }

  private order(orderId: string): FuturesOrder {
    const order = [...this.desk.account.orders.all].find(({ id }) => String(id) === orderId)
    if (order === undefined || !isOpen(order)) throw new ConfigError(`there is no open order ${orderId}`)
    return order
  }
}
