import type { SimInstrument } from '../../instrument.ts'
import { badRequest, missing } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { amountFromText, tradeValue } from '../amount.ts'
import { spotFilters } from '../filter-values.ts'
import type { OrderSide, StpMode, TimeInForce } from '../order.ts'
import type { Params } from '../params.ts'
import { readClientId, readSide, readStp } from '../params.ts'
import { limitUnits, readUnits } from '../units.ts'
import type { SpotFloor } from './spot-floor.ts'

export interface SpotRequest {
  readonly symbol: string
  readonly side: OrderSide
  readonly type: 'LIMIT' | 'MARKET' | 'LIMIT_MAKER'
  readonly timeInForce: TimeInForce
  /** 0 where a value was given instead. */
  readonly quantity: number
  readonly quoteQuantity: Amount
  readonly price: number
  readonly clientOrderId: string | undefined
  readonly stp: StpMode
}

function tooPrecise(name: string): string {
  return `Parameter '${name}' has too much precision.`
}

/** @throws RestError with the venue's code for the first parameter that is wrong */
export function readSpotRequest(params: Params, floor: SpotFloor): SpotRequest {
  const { symbol, quantityDecimals, priceDecimals } = floor.instrument(params.required('symbol'))
  const side = readSide(params)
  const type = params.required('type')
  if (type !== 'LIMIT' && type !== 'MARKET' && type !== 'LIMIT_MAKER') throw badRequest(-1116, 'Invalid orderType.')
  const isMarket = type === 'MARKET'
  const quoteText = isMarket ? params.text('quoteOrderQty') : undefined
  if (quoteText === undefined && params.text('quantity') === undefined) throw missing('quantity')
  if (quoteText !== undefined && params.text('quantity') !== undefined) {
    throw badRequest(-1128, 'Combination of optional parameters invalid.')
  }
  for (const name of ['price', 'timeInForce']) {
    const isNeedless = isMarket || (type === 'LIMIT_MAKER' && name === 'timeInForce')
    if (isNeedless && params.text(name) !== undefined)
      throw badRequest(-1106, `Parameter '${name}' sent when not required.`)
  }
  return {
    symbol,
    side,
    type,
    timeInForce: type === 'LIMIT' ? readTimeInForce(params) : 'GTC',
    quantity:
      quoteText === undefined
        ? readUnits('quantity', params.required('quantity'), quantityDecimals, tooPrecise('quantity'))
        : 0,
    quoteQuantity: quoteText === undefined ? 0n : readQuote(quoteText),
    price: isMarket ? 0 : readUnits('price', params.required('price'), priceDecimals, tooPrecise('price')),
    clientOrderId: readClientId(params, 'newClientOrderId'),
    stp: readStp(params, 'EXPIRE_MAKER'),
  }
}

function readQuote(text: string): Amount {
  const amount = amountFromText(text)
  if (amount === undefined || amount < 0n) throw badRequest(-1111, tooPrecise('quoteOrderQty'))
  if (amount === 0n) throw badRequest(-1013, 'Invalid quote order quantity.')
  return amount
}

function readTimeInForce(params: Params): TimeInForce {
  const text = params.required('timeInForce')
  if (text === 'GTC' || text === 'IOC' || text === 'FOK') return text
  throw badRequest(-1115, 'Invalid timeInForce.')
}

/** The filters of `exchangeInfo`. `estimate` is the value of an order at the market. @throws RestError -1013 */
export function checkSpotFilters(
  request: SpotRequest,
  quantity: number,
  instrument: SimInstrument,
  meanPrice: number,
  estimate: Amount,
): void {
  const fail = (filter: string): never => {
    throw badRequest(-1013, `Filter failure: ${filter}`)
  }
  const { priceDecimals, quantityDecimals, tickUnits, lotUnits } = instrument
  const isMarket = request.type === 'MARKET'
  if (!isMarket) {
    const { price } = request
    const most = limitUnits(spotFilters.maxPrice, priceDecimals)
    if (price < tickUnits || price > most || price % tickUnits !== 0) fail('PRICE_FILTER')
    const isHigh = price > meanPrice * Number(spotFilters.multiplierUp)
    const isLow = price < meanPrice * Number(spotFilters.multiplierDown)
    if (isHigh || isLow) fail('PERCENT_PRICE_BY_SIDE')
  }
  if (quantity < lotUnits || quantity % lotUnits !== 0) fail('LOT_SIZE')
  if (quantity > limitUnits(spotFilters.maxQuantity, quantityDecimals)) fail('LOT_SIZE')
  if (isMarket && quantity > limitUnits(spotFilters.maxMarketQuantity, quantityDecimals)) fail('MARKET_LOT_SIZE')
  const value = isMarket ? estimate : tradeValue(instrument, request.price, quantity)
  const isLarge = !isMarket && value > (amountFromText(spotFilters.maxNotional) ?? 0n)
  if (value < (amountFromText(spotFilters.minNotional) ?? 0n) || isLarge) fail('NOTIONAL')
}
