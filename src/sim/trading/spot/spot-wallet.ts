import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { amountDecimals, rescale, tradeValue } from '../amount.ts'
import type { OrderSide } from '../order.ts'
import { remaining } from '../order.ts'
import type { SpotAccount, SpotBalance } from './spot-account.ts'
import type { SpotOrder } from './spot-order.ts'
import { isAtMarket } from './spot-order.ts'
import type { SpotRequest } from './spot-request.ts'

/** The balance that an order pays from. */
export function paying(account: SpotAccount, side: OrderSide, instrument: SimInstrument): SpotBalance {
  return account.balance(side === 'BUY' ? instrument.quoteAsset : instrument.baseAsset)
}

/** What must be set aside for so much of an order; a buy at the market is reckoned at its trigger. */
export function need(
  order: Pick<SpotRequest, 'type' | 'side' | 'price' | 'stopPrice'>,
  quantity: number,
  instrument: SimInstrument,
  lastPrice: number,
): Amount {
  if (order.side === 'SELL') return baseAmount(instrument, quantity)
  const price = isAtMarket(order) ? (order.stopPrice > 0 ? order.stopPrice : lastPrice) : order.price
  return tradeValue(instrument, price, quantity)
}

/** Sets so much more aside for an order. The caller has made sure that it is there. */
export function reserve(balance: SpotBalance, order: SpotOrder, amount: Amount): void {
  order.locked += amount
  balance.free -= amount
  balance.locked += amount
}

/** Gives back what is set aside for an order. @returns whether there was anything */
export function release(balance: SpotBalance, order: SpotOrder): boolean {
  const { locked } = order
  balance.locked -= locked
  balance.free += locked
  order.locked = 0n
  return locked > 0n
}

/** Takes what a fill costs out of what was set aside, and gives back what a better price has saved. */
export function pay(
  balance: SpotBalance,
  order: SpotOrder,
  instrument: SimInstrument,
  fill: { readonly quantity: number; readonly cost: Amount },
): void {
  const { cost, quantity } = fill
  if (order.locked === 0n) {
    balance.free -= cost
    return
  }
  const reserved = order.side === 'BUY' ? tradeValue(instrument, order.price, quantity) : cost
  order.locked -= reserved
  balance.locked -= reserved
  balance.free += reserved - cost
}

/** What an order that has become smaller no longer needs. */
export function surplus(order: SpotOrder, instrument: SimInstrument, lastPrice: number): Amount {
  const wanted = need(order, remaining(order), instrument, lastPrice)
  return order.locked > wanted ? order.locked - wanted : 0n
}

/** A quantity of base asset as money. */
export function baseAmount({ quantityDecimals }: SimInstrument, quantity: number): Amount {
  return rescale(BigInt(quantity), quantityDecimals, amountDecimals)
}

/** Whole lots that so much money buys at a price. */
export function affordable(instrument: SimInstrument, money: Amount, price: number): number {
  const oneLot = tradeValue(instrument, price, instrument.lotUnits)
  return oneLot <= 0n || money <= 0n ? 0 : Number(money / oneLot) * instrument.lotUnits
}
