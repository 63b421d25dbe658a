import { remaining } from '../order.ts'
import type { ToldPrevention } from './spot-events.ts'
import type { SpotOrder } from './spot-order.ts'
import type { SpotTrader } from './spot-trader.ts'

/** Notes a trade with oneself that did not happen. `order` is the one of the two that ends. */
export function describePrevention(
  trader: SpotTrader,
  order: SpotOrder,
  taker: SpotOrder,
  maker: SpotOrder,
): ToldPrevention {
  const { account, floor } = trader
  const id = floor.nextPreventionId()
  const [takerQuantity, makerQuantity] = [remaining(taker), remaining(maker)]
  account.addPrevention({
    id,
    symbol: order.symbol,
    takerOrderId: taker.id,
    makerOrderId: maker.id,
    mode: taker.stp,
    price: maker.price,
    takerQuantity,
    makerQuantity,
    atUs: floor.nowUs(),
  })
  const quantity = remaining(order)
  order.preventedQuantity += quantity
  const counterId = order === taker ? maker.id : taker.id
  return { id, quantity, price: maker.price, makerQuantity, takerId: taker.id, counterId }
}
