import type { SimInstrument } from '../../instrument.ts'
import { badRequest, missing } from '../../rest/rest-error.ts'
import { unitsText } from '../../wire/decimal-text.ts'
import { tradeValue } from '../amount.ts'
import { futuresFilters } from '../filter-values.ts'
import type { OrderSide, PositionSide, StpMode, TimeInForce } from '../order.ts'
import { bookSide } from '../order.ts'
import type { Params } from '../params.ts'
import { readClientId, readFlag, readSide, readStp } from '../params.ts'
import { limitUnits, readUnits } from '../units.ts'
import type { FuturesFloor } from './futures-floor.ts'
import type { WorkingType } from './futures-order.ts'

/** A new order as asked for, its parameters checked by themselves; prices and quantities in units. */
export interface FuturesRequest {
  readonly symbol: string
  readonly side: OrderSide
  readonly positionSide: PositionSide
  readonly type: string
  readonly timeInForce: TimeInForce
  readonly quantity: number
  readonly price: number
  readonly reduceOnly: boolean
  readonly clientOrderId: string | undefined
  readonly stp: StpMode
  readonly workingType: WorkingType
  readonly priceProtect: boolean
  readonly priceMatch: string
  readonly goodTillMs: number
  /** Of an order that a condition placed. */
  readonly originalType?: string
  readonly stopPrice?: number
  readonly closePosition?: boolean
}

/** @throws RestError with the venue's code for the first parameter that is wrong */
export function readFuturesRequest(params: Params, floor: FuturesFloor): FuturesRequest {
  const instrument = floor.instrument(params.required('symbol'))
  const type = params.required('type')
  if (/^(STOP|TAKE_PROFIT)(_MARKET)?$|^TRAILING_STOP_MARKET$/.test(type)) {
    throw badRequest(
      -4120,
      'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
    )
  }
  if (type !== 'LIMIT' && type !== 'MARKET') throw badRequest(-1116, 'Invalid orderType.')
  const side = readSide(params)
  const priceMatch = readPriceMatch(params, type)
  const timeInForce = type === 'MARKET' ? 'GTC' : readTimeInForce(params)
  if (timeInForce === 'GTD' && instrument.isInverse) throw badRequest(-1115, 'Invalid timeInForce.')
  const quantityText = params.required('quantity')
  const quantity = readUnits('quantity', quantityText, instrument.quantityDecimals)
  return {
    symbol: instrument.symbol,
    side,
    positionSide: readPositionSide(params),
    type,
    timeInForce,
    quantity,
    price: type === 'MARKET' ? 0 : readLimitPrice(params, floor, instrument, side, priceMatch),
    reduceOnly: readFlag(params, 'reduceOnly'),
    clientOrderId: readClientId(params, 'newClientOrderId'),
    stp: readStp(params, 'EXPIRE_MAKER'),
    workingType: readWorkingType(params),
    priceProtect: readFlag(params, 'priceProtect'),
    priceMatch,
    goodTillMs: readGoodTill(params, timeInForce, floor.nowMs()),
  }
}

export function readPositionSide(params: Params): PositionSide {
  const text = params.text('positionSide') ?? 'BOTH'
  if (text === 'BOTH' || text === 'LONG' || text === 'SHORT') return text
  throw badRequest(-1130, "Data sent for parameter 'positionSide' is not valid.")
}

export function readWorkingType(params: Params): WorkingType {
  const text = params.text('workingType') ?? 'CONTRACT_PRICE'
  if (text === 'CONTRACT_PRICE' || text === 'MARK_PRICE') return text
  throw badRequest(-1130, "Data sent for parameter 'workingType' is not valid.")
}

export function readTimeInForce(params: Params): TimeInForce {
  const text = params.required('timeInForce')
  if (text === 'GTC' || text === 'IOC' || text === 'FOK' || text === 'GTX' || text === 'GTD') return text
  throw badRequest(-1115, 'Invalid timeInForce.')
}

function readGoodTill(params: Params, timeInForce: TimeInForce, nowMs: number): number {
  const goodTillMs = params.integer('goodTillDate')
  if (timeInForce !== 'GTD') return 0
  if (goodTillMs === undefined) throw missing('goodTillDate')
  // The venue reads whole seconds, at least ten minutes ahead.
  const wholeMs = Math.floor(goodTillMs / 1000) * 1000
  if (wholeMs <= nowMs + 600_000) {
    throw badRequest(-4184, 'The goodTillDate timestamp must be greater than the current time plus 600 seconds.')
  }
  return wholeMs
}

const matches = /^(OPPONENT|OPPONENT_5|OPPONENT_10|OPPONENT_20|QUEUE|QUEUE_5|QUEUE_10|QUEUE_20|NONE)$/

function readPriceMatch(params: Params, type: string): string {
  const text = params.text('priceMatch') ?? 'NONE'
  if (!matches.test(text)) throw badRequest(-1130, "Data sent for parameter 'priceMatch' is not valid.")
  if (text !== 'NONE' && (type !== 'LIMIT' || params.text('price') !== undefined)) {
    throw badRequest(-1106, "Parameter 'priceMatch' sent when not required.")
  }
  return text
}

/** Price of an amendment, given or found in the book. @throws RestError */
export function readAmendedPrice(
  params: Params,
  floor: FuturesFloor,
  instrument: SimInstrument,
  side: OrderSide,
): { readonly price: number; readonly priceMatch: string } {
  const priceMatch = readPriceMatch(params, 'LIMIT')
  return { price: readLimitPrice(params, floor, instrument, side, priceMatch), priceMatch }
}

function readLimitPrice(
  params: Params,
  floor: FuturesFloor,
  instrument: SimInstrument,
  side: OrderSide,
  priceMatch: string,
): number {
  if (priceMatch === 'NONE') return readUnits('price', params.required('price'), instrument.priceDecimals)
  const [kind, depth = '1'] = priceMatch.split('_')
  const own = bookSide(side)
  const wanted = kind === 'QUEUE' ? own : own === 'bid' ? 'ask' : 'bid'
  let price: number | undefined
  floor.listed(instrument.symbol).market.book.forLevels(wanted, Number(depth), level => (price = level))
  if (price === undefined)
    throw badRequest(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.")
  return price
}

/** The filters of `exchangeInfo`, price first. @throws RestError */
export function checkFilters(request: FuturesRequest, floor: FuturesFloor): void {
  const instrument = floor.instrument(request.symbol)
  if (request.type === 'LIMIT') checkPrice(request, floor, instrument)
  const { quantity } = request
  const most = request.type === 'MARKET' ? futuresFilters.maxMarketQuantity : futuresFilters.maxQuantity
  if (quantity <= 0) throw badRequest(-4003, 'Quantity less than or equal to zero.')
  if (quantity < instrument.lotUnits) throw badRequest(-4004, 'Quantity less than min quantity.')
  if (quantity > limitUnits(most, instrument.quantityDecimals))
    throw badRequest(-4005, 'Quantity greater than max quantity.')
  if (quantity % instrument.lotUnits !== 0) throw badRequest(-4023, 'Qty not increased by step size.')
  if (request.reduceOnly || instrument.isInverse) return
  const price = request.type === 'MARKET' ? Math.round(floor.markUnits(request.symbol)) : request.price
  const least = BigInt(futuresFilters.minNotional) * 100_000_000n
  if (tradeValue(instrument, price, quantity) < least) {
    throw badRequest(
      -4164,
      `Order's notional must be no smaller than ${futuresFilters.minNotional} (unless you choose reduce only).`,
    )
  }
}

function checkPrice({ price, side, symbol }: FuturesRequest, floor: FuturesFloor, instrument: SimInstrument): void {
  const { priceDecimals, priceWidth, tickUnits } = instrument
  if (price <= 0) throw badRequest(-4001, 'Price less than or equal to zero.')
  if (price > limitUnits(futuresFilters.maxPrice, priceDecimals))
    throw badRequest(-4002, 'Price greater than max price.')
  if (price < tickUnits) throw badRequest(-4013, 'Price less than min price.')
  if (price % tickUnits !== 0) throw badRequest(-4014, 'Price not increased by tick size.')
  const mark = floor.markUnits(symbol)
  const bound =
    side === 'BUY' ? mark * Number(futuresFilters.multiplierUp) : mark * Number(futuresFilters.multiplierDown)
  const text = unitsText(Math.round(bound), priceDecimals, priceWidth)
  if (side === 'BUY' && price > bound) throw badRequest(-4016, `Limit price can't be higher than ${text}.`)
  if (side === 'SELL' && price < bound) throw badRequest(-4024, `Limit price can't be lower than ${text}.`)
}
