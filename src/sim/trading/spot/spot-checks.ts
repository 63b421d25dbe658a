import { averagePrice } from '../../feeds/trade-feeds.ts'
import type { SimInstrument } from '../../instrument.ts'
import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { tradeValue } from '../amount.ts'
import { spotFilters } from '../filter-values.ts'
import { bookSide } from '../order.ts'
import { checkSpotFilters, fail } from './spot-filters.ts'
import { isConditional } from './spot-order.ts'
import type { SpotRequest } from './spot-request.ts'
import type { SpotTrader } from './spot-trader.ts'
import { isReached } from './spot-triggers.ts'
import { affordable, baseAmount, need, paying } from './spot-wallet.ts'

/** What an order at the market would trade against the others now. */
export interface Sweep {
  readonly quantity: number
  readonly value: Amount
}

/** All that a single order may be refused for. @returns its quantity, also of one for a value; @throws RestError */
export function checkPlacement(trader: SpotTrader, request: SpotRequest): number {
  const { floor } = trader
  const { market } = floor.listed(request.symbol)
  const { instrument } = market
  const swept = checkShape(trader, request)
  const { quantity } = swept
  const wanted = request.type === 'MARKET' && request.side === 'BUY' ? swept.value : wantedOf(trader, request, quantity)
  checkFunds(trader, request, instrument, wanted)
  if (request.type === 'LIMIT_MAKER' && market.book.wouldTrade(bookSide(request.side), request.price)) {
    throw badRequest(-2010, 'Order would immediately match and take.')
  }
  const isPlain = isConditional(request) && request.trailingDelta === 0
  if (isPlain && isReached(request, floor.lastPrice(request.symbol))) {
    throw badRequest(-2010, 'Stop price would trigger immediately.')
  }
  return quantity
}

/** Filters and counts, which hold whatever the account owns. @throws RestError -1013, -2010 */
export function checkShape(trader: SpotTrader, request: SpotRequest, others = 0): Sweep {
  const { account, floor } = trader
  const { market } = floor.listed(request.symbol)
  const { instrument } = market
  const swept =
    request.type === 'MARKET' ? sweep(trader, request, instrument) : { quantity: request.quantity, value: 0n }
  const meanPrice = averagePrice(market, floor.nowMs()) ?? floor.lastPrice(request.symbol)
  checkSpotFilters(request, swept.quantity, { instrument, meanPrice, estimate: swept.value })
  const open = account.orders.open(request.symbol)
  if (open.length + others >= spotFilters.maxOrders) fail('MAX_NUM_ORDERS')
  const algos = open.filter(order => isConditional(order) && order.workingUs === 0).length
  if (isConditional(request) && algos + others >= spotFilters.maxAlgoOrders) fail('MAX_NUM_ALGO_ORDERS')
  const { clientOrderId } = request
  if (clientOrderId !== undefined && open.some(order => order.clientOrderId === clientOrderId)) {
    throw badRequest(-2010, 'Duplicate order sent.')
  }
  return swept
}

/** @throws RestError -2010 */
export function checkFunds(
  trader: SpotTrader,
  request: Pick<SpotRequest, 'side'>,
  instrument: SimInstrument,
  wanted: Amount,
): void {
  if (paying(trader.account, request.side, instrument).free >= wanted) return
  throw badRequest(-2010, 'Account has insufficient balance for requested action.')
}

/** What must be set aside for an order. */
export function wantedOf({ floor }: SpotTrader, request: SpotRequest, quantity: number): Amount {
  const instrument = floor.instrument(request.symbol)
  if (request.type === 'MARKET') return baseAmount(instrument, quantity)
  return need(request, quantity, instrument, floor.lastPrice(request.symbol))
}

export function sweep(
  { floor, owner }: SpotTrader,
  request: Pick<SpotRequest, 'side' | 'symbol' | 'quantity' | 'quoteQuantity'>,
  instrument: SimInstrument,
): Sweep {
  let quantity = 0
  let value = 0n
  floor.listed(request.symbol).market.book.forOrders(bookSide(request.side) === 'bid' ? 'ask' : 'bid', order => {
    if (order.owner === owner) return true
    const wanted =
      request.quantity > 0
        ? request.quantity - quantity
        : affordable(instrument, request.quoteQuantity - value, order.price)
    const met = Math.min(order.remaining, wanted)
    if (met <= 0) return false
    quantity += met
    value += tradeValue(instrument, order.price, met)
    return true
  })
  // More than there is may be asked for: the rest expires.
  return { quantity: request.quantity > 0 ? request.quantity : quantity, value }
}
