import { ConfigError } from '../../model/error.ts'
import type { Instrument, InstrumentId, InstrumentKind } from '../../model/instrument.ts'
import { instrumentId } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import type { Endpoint } from '../adapter.ts'
import { listOf, optionalAmountOf, requiredTimeOf, textOf, timeOf } from './fields.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord } from './json-exact.ts'
import type { Market } from './markets.ts'
import { getRequest, parseObject } from './rest-call.ts'

/** Delivery date of contracts without one: 2100-12-25. */
const NEVER_MS = 4_133_404_800_000

/** `exchangeInfo` as the venue's instrument table. */
export function instrumentsEndpoint(market: Market, base: string): Endpoint<void, readonly Instrument[]> {
  const isOptions = market.name === 'options'
  return {
    request: () => getRequest(base, 'exchangeInfo', {}, market.instrumentsWeight),
    parse(body) {
      const answer = parseObject(body, 'exchangeInfo')
      const bases = isOptions ? optionBases(answer) : new Map<string, string>()
      const found: Instrument[] = []
      for (const row of listOf(answer, isOptions ? 'optionSymbols' : 'symbols')) {
        if (!isRecord(row)) continue
        const instrument = instrumentOf(market, row, bases)
        if (instrument !== undefined) found.push(instrument)
      }
      return found
    },
  }
}

/** `time`: the server's clock. */
export function timeEndpoint(base: string): Endpoint<void, EpochUs> {
  return {
    request: () => getRequest(base, 'time', {}, 1),
    parse: body => requiredTimeOf(parseObject(body, 'time'), 'serverTime', 'millisecond'),
  }
}

/** Undefined for a symbol that cannot be written as an instrument, so that one odd listing never hides the others. */
function instrumentOf(market: Market, row: JsonRecord, bases: ReadonlyMap<string, string>): Instrument | undefined {
  const symbol = textOf(row, 'symbol')
  let id: InstrumentId
  try {
    id = instrumentId(`${market.id}:${symbol}`)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
  const status = optionalText(row, 'status') ?? optionalText(row, 'contractStatus') ?? 'unknown'
  const listedTimeUs = timeOf(row, 'onboardDate', 'millisecond')
  const shared = {
    id,
    venue: market.id,
    symbol,
    status,
    isTrading: status === 'TRADING',
    ...steps(row),
    ...(listedTimeUs === undefined ? {} : { listedTimeUs }),
  }
  switch (market.name) {
    case 'spot': {
      const quote = textOf(row, 'quoteAsset')
      const base = textOf(row, 'baseAsset')
      return { ...shared, kind: 'spot', base, quote, settle: quote, unit: 'base', contractSize: 1, isInverse: false }
    }
    case 'usdm':
      return { ...shared, ...contract(row, symbol), unit: 'base', contractSize: 1, isInverse: false }
    case 'coinm': {
      const contractSize = numberOf(row, 'contractSize') ?? 1
      return { ...shared, ...contract(row, symbol), unit: 'contracts', contractSize, isInverse: true }
    }
    case 'options':
      return { ...shared, ...option(row, symbol, bases) }
  }
}

type ContractPart = Pick<Instrument, 'kind' | 'base' | 'quote' | 'settle'> & { expiryTimeUs?: EpochUs; pair?: string }

/** TradFi perpetuals (`TRADIFI_PERPETUAL`) are perpetuals; a settled contract may have an empty type. */
function contract(row: JsonRecord, symbol: string): ContractPart {
  const type = optionalText(row, 'contractType') ?? ''
  const expiryTimeUs = timeOf(row, 'deliveryDate', 'millisecond')
  const isEndless = expiryTimeUs === undefined || expiryTimeUs >= NEVER_MS * 1000
  const isFuture = !type.includes('PERPETUAL') && (/_\d{6}$/.test(symbol) || (type !== '' && !isEndless))
  const kind: InstrumentKind = isFuture ? 'future' : 'perpetual'
  const pair = optionalText(row, 'pair')
  return {
    kind,
    base: textOf(row, 'baseAsset'),
    quote: textOf(row, 'quoteAsset'),
    settle: optionalText(row, 'marginAsset') ?? textOf(row, 'quoteAsset'),
    ...(isFuture && expiryTimeUs !== undefined && !isEndless ? { expiryTimeUs } : {}),
    ...(pair === undefined ? {} : { pair }),
  }
}

/** One contract is `unit` of the underlying's base asset. */
function option(
  row: JsonRecord,
  symbol: string,
  bases: ReadonlyMap<string, string>,
): Pick<Instrument, 'kind' | 'base' | 'quote' | 'settle' | 'unit' | 'contractSize' | 'isInverse'> &
  Partial<Pick<Instrument, 'pair' | 'expiryTimeUs' | 'strikePrice' | 'optionType'>> {
  const pair = textOf(row, 'underlying')
  const quote = optionalText(row, 'quoteAsset') ?? 'USDT'
  const expiryTimeUs = timeOf(row, 'expiryDate', 'millisecond')
  const strikePrice = optionalAmountOf(row, 'strikePrice')
  const side = optionalText(row, 'side')
  return {
    kind: 'option',
    base: bases.get(pair) ?? symbol.slice(0, Math.max(0, symbol.indexOf('-'))),
    quote,
    settle: quote,
    unit: 'contracts',
    contractSize: numberOf(row, 'unit') ?? 1,
    isInverse: false,
    pair,
    ...(expiryTimeUs === undefined ? {} : { expiryTimeUs }),
    ...(strikePrice === undefined ? {} : { strikePrice }),
    ...(side === 'CALL' ? { optionType: 'call' } : side === 'PUT' ? { optionType: 'put' } : {}),
  }
}

/** Base asset by underlying, from `optionContracts`. */
function optionBases(answer: JsonRecord): ReadonlyMap<string, string> {
  const bases = new Map<string, string>()
  const contracts = answer['optionContracts']
  for (const row of Array.isArray(contracts) ? contracts : []) {
    if (!isRecord(row)) continue
    const underlying = optionalText(row, 'underlying')
    const base = optionalText(row, 'baseAsset')
    if (underlying !== undefined && base !== undefined) bases.set(underlying, base)
  }
  return bases
}

type Steps = Partial<Pick<Instrument, 'tickSize' | 'lotSize' | 'minQuantity' | 'minNotional'>>

/** From the filters, never from the precision fields. A step of zero means that there is none. */
function steps(row: JsonRecord): Steps {
  const filters = new Map<string, JsonRecord>()
  const list = row['filters']
  for (const entry of Array.isArray(list) ? list : []) {
    const type = isRecord(entry) ? optionalText(entry, 'filterType') : undefined
    if (type !== undefined && isRecord(entry)) filters.set(type, entry)
  }
  const lot = filters.get('LOT_SIZE')
  const notional = filters.get('NOTIONAL') ?? filters.get('MIN_NOTIONAL')
  const tickSize = stepOf(filters.get('PRICE_FILTER'), 'tickSize')
  const lotSize = stepOf(lot, 'stepSize')
  const minQuantity = stepOf(lot, 'minQty')
  const minNotional = stepOf(notional, 'minNotional') ?? stepOf(notional, 'notional')
  return {
    ...(tickSize === undefined ? {} : { tickSize }),
    ...(lotSize === undefined ? {} : { lotSize }),
    ...(minQuantity === undefined ? {} : { minQuantity }),
    ...(minNotional === undefined ? {} : { minNotional }),
  }
}

function stepOf(filter: JsonRecord | undefined, key: string): string | undefined {
  const text = filter === undefined ? undefined : optionalText(filter, key)
  return text === undefined || !(Number(text) > 0) ? undefined : text
}

function optionalText(row: JsonRecord, key: string): string | undefined {
  const value = row[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberOf(row: JsonRecord, key: string): number | undefined {
  const value = row[key]
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
}
