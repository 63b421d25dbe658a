import type { SimInstrument } from '../../instrument.ts'
import { badRequest, missing } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { amountFromText } from '../amount.ts'
import type { OrderSide, StpMode, TimeInForce } from '../order.ts'
import type { Params } from '../params.ts'
import { readClientId, readSide, readStp } from '../params.ts'
import { readUnits } from '../units.ts'
import type { SpotFloor } from './spot-floor.ts'
import type { SpotType } from './spot-order.ts'
import { isConditional, spotTypes } from './spot-order.ts'

/** A new order as asked for, its parameters checked by themselves; prices and quantities in units. */
export interface SpotRequest {
  readonly symbol: string
  readonly side: OrderSide
  readonly type: SpotType
  readonly timeInForce: TimeInForce
  /** 0 where a value was given instead. */
  readonly quantity: number
  readonly quoteQuantity: Amount
  readonly price: number
  readonly stopPrice: number
  readonly trailingDelta: number
  readonly icebergQuantity: number
  readonly strategyId: number | undefined
  readonly strategyType: number | undefined
  readonly clientOrderId: string | undefined
  readonly stp: StpMode
}

/** Parameters that only some types take. */
const optional: Readonly<Record<string, readonly SpotType[]>> = {
  price: ['LIMIT', 'LIMIT_MAKER', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
  timeInForce: ['LIMIT', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
  stopPrice: ['STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
  trailingDelta: ['STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
  icebergQty: ['LIMIT', 'LIMIT_MAKER', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
  quoteOrderQty: ['MARKET'],
}

/** @throws RestError with the venue's code for the first parameter that is wrong */
export function readSpotRequest(params: Params, floor: SpotFloor): SpotRequest {
  const instrument = floor.instrument(params.required('symbol'))
  const side = readSide(params)
  const type = readType(params)
  for (const [name, types] of Object.entries(optional)) {
    if (params.text(name) === undefined || types.includes(type)) continue
    throw badRequest(-1106, `Parameter '${nameOf(params, name)}' sent when not required.`)
  }
  const quoteText = params.text('quoteOrderQty')
  if (quoteText !== undefined && params.text('quantity') !== undefined) {
    throw badRequest(-1128, 'Combination of optional parameters invalid.')
  }
  const { quantityDecimals } = instrument
  const timeInForce = takes('timeInForce', type) ? readTimeInForce(params) : 'GTC'
  return {
    symbol: instrument.symbol,
    side,
    type,
    timeInForce,
    quantity: quoteText === undefined ? readQuantity(params, 'quantity', quantityDecimals) : 0,
    quoteQuantity: quoteText === undefined ? 0n : readQuote(params, quoteText),
    price: takes('price', type) ? readPrice(params, 'price', instrument) : 0,
    ...readTrigger(params, type, instrument),
    icebergQuantity: readIceberg(params, timeInForce, quantityDecimals),
    strategyId: params.integer('strategyId'),
    strategyType: readStrategyType(params),
    clientOrderId: readClientId(params, 'newClientOrderId', false),
    stp: readStp(params, 'EXPIRE_MAKER'),
  }
}

export function nameOf(params: Params, name: string): string {
  return params.nameOf?.(name) ?? name
}

function takes(name: string, type: SpotType): boolean {
  return optional[name]?.includes(type) === true
}

function readType(params: Params): SpotType {
  const text = params.required('type')
  const type = spotTypes.find(known => known === text)
  if (type === undefined) throw badRequest(-1116, 'Invalid orderType.')
  return type
}

function readPrice(params: Params, name: string, { priceDecimals }: SimInstrument): number {
  return readUnits(nameOf(params, name), params.required(name), priceDecimals, tooPrecise(nameOf(params, name)))
}

export function readQuantity(params: Params, name: string, decimals: number): number {
  return readUnits(nameOf(params, name), params.required(name), decimals, tooPrecise(nameOf(params, name)))
}

function readTrigger(
  params: Params,
  type: SpotType,
  instrument: SimInstrument,
): { readonly stopPrice: number; readonly trailingDelta: number } {
  if (!isConditional({ type })) return { stopPrice: 0, trailingDelta: 0 }
  const trailingDelta = params.integer('trailingDelta') ?? 0
  const hasStop = params.text('stopPrice') !== undefined
  if (!hasStop && trailingDelta === 0) {
    const [stop, trailing] = [nameOf(params, 'stopPrice'), nameOf(params, 'trailingDelta')]
    throw badRequest(-1102, `Param '${stop}' or '${trailing}' must be sent, but both were empty/null!`)
  }
  return { stopPrice: hasStop ? readPrice(params, 'stopPrice', instrument) : 0, trailingDelta }
}

/** Icebergs rest until they are canceled. @returns 0 when all is to be shown */
function readIceberg(params: Params, timeInForce: TimeInForce, decimals: number): number {
  if (params.text('icebergQty') === undefined) return 0
  const quantity = readQuantity(params, 'icebergQty', decimals)
  if (quantity > 0 && timeInForce !== 'GTC') throw badRequest(-2010, 'Unsupported order combination')
  return quantity
}

function readStrategyType(params: Params): number | undefined {
  const type = params.integer('strategyType')
  if (type === undefined || type >= 1_000_000) return type
  throw badRequest(-1130, `Data sent for parameter '${nameOf(params, 'strategyType')}' is not valid.`)
}

function tooPrecise(name: string): string {
  return `Parameter '${name}' has too much precision.`
}

function readQuote(params: Params, text: string): Amount {
  const amount = amountFromText(text)
  if (amount === undefined || amount < 0n) throw badRequest(-1111, tooPrecise(nameOf(params, 'quoteOrderQty')))
  if (amount === 0n) throw badRequest(-1013, 'Invalid quote order quantity.')
  return amount
}

function readTimeInForce(params: Params): TimeInForce {
  const text = params.text('timeInForce')
  if (text === undefined) throw missing(nameOf(params, 'timeInForce'))
  if (text === 'GTC' || text === 'IOC' || text === 'FOK') return text
  throw badRequest(-1115, 'Invalid timeInForce.')
}
