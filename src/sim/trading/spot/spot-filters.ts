import type { SimInstrument } from '../../instrument.ts'
import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { amountFromText, tradeValue } from '../amount.ts'
import { spotFilters } from '../filter-values.ts'
import { limitUnits } from '../units.ts'
import { isAtMarket } from './spot-order.ts'
import type { SpotRequest } from './spot-request.ts'

/** What the filters need to know of the market. Prices are units. */
export interface FilterFacts {
  readonly instrument: SimInstrument
  /** Weighted mean of the last minutes. */
  readonly meanPrice: number
  /** Value of an order at the market. */
  readonly estimate: Amount
}

/** The filters of `exchangeInfo`; `quantity` is known also of an order for a value. @throws RestError -1013, -2010 */
export function checkSpotFilters(request: SpotRequest, quantity: number, facts: FilterFacts): void {
  const { instrument } = facts
  if (request.price > 0 || !isAtMarket(request)) {
    checkPrice(request.price, instrument)
    checkPercent(request.price, facts.meanPrice)
  }
  if (request.stopPrice > 0) checkPrice(request.stopPrice, instrument)
  else if (request.trailingDelta === 0 && isStop(request)) fail('PRICE_FILTER')
  checkLots(request, quantity, instrument)
  checkDelta(request.trailingDelta)
  const value = notionalOf(request, quantity, facts)
  const isLarge = request.type !== 'MARKET' && value > (amountFromText(spotFilters.maxNotional) ?? 0n)
  if (value < (amountFromText(spotFilters.minNotional) ?? 0n) || isLarge) fail('NOTIONAL')
}

/** Lots and value of what is left of an order that becomes smaller. @throws RestError -1013 */
export function checkSmaller(price: number, quantity: number, instrument: SimInstrument): void {
  if (quantity < instrument.lotUnits || quantity % instrument.lotUnits !== 0) fail('LOT_SIZE')
  if (tradeValue(instrument, price, quantity) < (amountFromText(spotFilters.minNotional) ?? 0n)) fail('NOTIONAL')
}

export function fail(filter: string): never {
  throw badRequest(-1013, `Filter failure: ${filter}`)
}

function isStop({ type }: SpotRequest): boolean {
  return type !== 'MARKET' && type !== 'LIMIT' && type !== 'LIMIT_MAKER'
}

function checkPrice(price: number, { tickUnits, priceDecimals }: SimInstrument): void {
  const most = limitUnits(spotFilters.maxPrice, priceDecimals)
  if (price < tickUnits || price > most || price % tickUnits !== 0) fail('PRICE_FILTER')
}

function checkPercent(price: number, meanPrice: number): void {
  const isHigh = price > meanPrice * Number(spotFilters.multiplierUp)
  const isLow = price < meanPrice * Number(spotFilters.multiplierDown)
  if (isHigh || isLow) fail('PERCENT_PRICE_BY_SIDE')
}

function checkLots(request: SpotRequest, quantity: number, { lotUnits, quantityDecimals }: SimInstrument): void {
  if (quantity < lotUnits || quantity % lotUnits !== 0) fail('LOT_SIZE')
  if (quantity > limitUnits(spotFilters.maxQuantity, quantityDecimals)) fail('LOT_SIZE')
  if (request.type === 'MARKET' && quantity > limitUnits(spotFilters.maxMarketQuantity, quantityDecimals)) {
    fail('MARKET_LOT_SIZE')
  }
  const { icebergQuantity } = request
  if (icebergQuantity === 0) return
  if (icebergQuantity > quantity) throw badRequest(-2010, 'IcebergQty exceeds QTY.')
  if (icebergQuantity % lotUnits !== 0) fail('LOT_SIZE')
  if (Math.ceil(quantity / icebergQuantity) > spotFilters.maxIcebergParts) fail('ICEBERG_PARTS')
}

function checkDelta(delta: number): void {
  if (delta === 0) return
  if (delta < spotFilters.minTrailingDelta || delta > spotFilters.maxTrailingDelta) fail('TRAILING_DELTA')
}

function notionalOf(request: SpotRequest, quantity: number, { instrument, estimate, meanPrice }: FilterFacts): Amount {
  if (request.type === 'MARKET') return estimate
  if (!isAtMarket(request)) return tradeValue(instrument, request.price, quantity)
  return tradeValue(instrument, request.stopPrice > 0 ? request.stopPrice : Math.round(meanPrice), quantity)
}
