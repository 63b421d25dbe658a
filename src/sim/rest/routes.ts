import type { SimLimits, VenueRules } from '../venue-rules.ts'
import * as contract from './contract-handlers.ts'
import { exchangeInfo } from './exchange-info.ts'
import * as history from './history-handlers.ts'
import * as market from './market-handlers.ts'
import type { Call } from './query.ts'

export interface Route {
  readonly weight: number | ((call: Call) => number)
  /** Parameters the endpoint reads; spot refuses others. */
  readonly parameters: readonly string[]
  /** Needs the API-key header (its value is not looked at). */
  readonly needsKey?: boolean
  readonly answer: (call: Call) => string
}

export type Routes = ReadonlyMap<string, Route>

/** The public REST endpoints of a market, by path. Weights: the venue's documents, 2026-07. */
export function routesOf(rules: VenueRules, limits: SimLimits): Routes {
  const routes = new Map<string, Route>()
  const add = (
    path: string,
    weight: Route['weight'],
    parameters: string,
    answer: Route['answer'],
    needsKey = false,
  ): void => {
    routes.set(path.startsWith('/') ? path : `${rules.restPrefix}/${path}`, {
      weight,
      parameters: parameters.split(' '),
      answer,
      needsKey,
    })
  }
  add('ping', 1, '', () => '{}')
  add('time', 1, '', call => `{"serverTime":${call.time(call.source.clockMs() * 1000)}}`)
  add(
    'exchangeInfo',
    rules.family === 'spot' ? 20 : 1,
    'symbol symbols permissions showPermissionSets symbolStatus',
    call => exchangeInfo(call, limits),
  )
  add('depth', depthWeight, 'symbol limit symbolStatus', call => market.depth(call))
  switch (rules.family) {
    case 'spot':
      addSpot(add)
      break
    case 'futures':
      addFutures(add, rules)
      break
    case 'options':
      addOptions(add)
      break
  }
  return routes
}

type Add = (
  path: string,
  weight: Route['weight'],
  parameters: string,
  answer: Route['answer'],
  needsKey?: boolean,
) => void

const klineParameters = 'symbol interval startTime endTime limit timeZone'

function addSpot(add: Add): void {
  const perSymbol = (one: number, all: number) => (call: Call) => (call.text('symbol') === undefined ? all : one)
  add('klines', 2, klineParameters, call => market.klines(call))
  add('uiKlines', 2, klineParameters, call => market.klines(call))
  add('aggTrades', 4, 'symbol fromId startTime endTime limit', market.aggTrades)
  add('trades', 25, 'symbol limit', market.trades)
  add('historicalTrades', 25, 'symbol limit fromId', market.historicalTrades)
  add('avgPrice', 2, 'symbol', market.avgPrice)
  add('referencePrice', 2, 'symbol', history.referencePrice)
  add('executionRules', perSymbol(2, 40), 'symbol symbols symbolStatus', history.executionRules)
  add('ticker/24hr', perSymbol(2, 80), 'symbol symbols type symbolStatus', call => market.ticker24(call))
  add('ticker/bookTicker', perSymbol(2, 4), 'symbol symbols symbolStatus', market.bookTicker)
  add('ticker/price', perSymbol(2, 4), 'symbol symbols symbolStatus', market.tickerPrice)
  add('ticker', perSymbol(4, 200), 'symbol symbols windowSize type', call =>
    market.ticker24(call, call.text('windowSize') ?? '1d'),
  )
}

function addFutures(add: Add, rules: VenueRules): void {
  const perSymbol = (one: number, all: number) => (call: Call) => (call.text('symbol') === undefined ? all : one)
  add('klines', klineWeight, klineParameters, call => market.klines(call))
  add('continuousKlines', klineWeight, 'pair contractType interval startTime endTime limit', contract.continuousKlines)
  add('indexPriceKlines', klineWeight, 'pair interval startTime endTime limit', contract.indexPriceKlines)
  add('markPriceKlines', klineWeight, klineParameters, call => market.klines(call, 'symbol', false))
  add('premiumIndexKlines', klineWeight, klineParameters, history.premiumIndexKlines)
  // Counted apart from the request weight: 1000 calls in five minutes.
  add(
    '/futures/data/openInterestHist',
    0,
    'symbol pair contractType period startTime endTime limit',
    history.openInterestHist,
  )
  add('aggTrades', 20, 'symbol fromId startTime endTime limit', market.aggTrades)
  add('trades', 5, 'symbol limit', market.trades)
  add('historicalTrades', 20, 'symbol limit fromId', market.historicalTrades, true)
  add('ticker/24hr', perSymbol(1, 40), 'symbol pair', call => market.ticker24(call))
  add('ticker/bookTicker', perSymbol(2, 5), 'symbol pair', market.bookTicker)
  add('ticker/price', perSymbol(1, 2), 'symbol pair', market.tickerPrice)
  add('premiumIndex', rules.symbolType === 2 ? 10 : perSymbol(1, 10), 'symbol pair', contract.premiumIndex)
  add('fundingRate', 1, 'symbol startTime endTime limit', contract.fundingRate)
  add('fundingInfo', 1, '', contract.fundingInfo)
  add('openInterest', 1, 'symbol', contract.openInterest)
  if (rules.symbolType === 1) {
    add('rpiDepth', 20, 'symbol limit', market.rpiDepth)
    // The second version of ticker/price, which clients ask for; its answer is the same.
    add('/fapi/v2/ticker/price', perSymbol(1, 2), 'symbol', market.tickerPrice)
  }
}

function addOptions(add: Add): void {
  add('klines', 1, klineParameters, call => market.klines(call))
  add('trades', 5, 'symbol limit', market.trades)
  add('ticker', 5, 'symbol', contract.optionTicker)
  add('mark', 5, 'symbol', contract.optionMark)
  add('index', 1, 'underlying', contract.optionIndex)
  add('openInterest', 0, 'underlyingAsset expiration', contract.optionOpenInterest)
}

function klineWeight(call: Call): number {
  const limit = call.integer('limit') ?? 500
  if (limit < 100) return 1
  if (limit < 500) return 2
  return limit <= 1000 ? 5 : 10
}

function depthWeight(call: Call): number {
  const limit = call.integer('limit') ?? (call.isSpot ? 100 : 500)
  if (call.isSpot) return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250
  if (limit <= 50) return call.rules.family === 'options' ? 1 : 2
  return limit <= 100 ? 5 : limit <= 500 ? 10 : 20
}
