import { ConfigError } from '../../model/error.ts'
import type { FundingSettlement, OpenInterestSample } from '../../model/history.ts'
import { type Instrument, symbolOf } from '../../model/instrument.ts'
import type { Endpoint, NewestArgs, OpenInterestRange } from '../adapter.ts'
import { amountOf, decimalOf, optionalAmountOf, requiredTimeOf } from './fields.ts'
import type { JsonRecord } from './json-exact.ts'
import type { Market } from './markets.ts'
import { getRequest, parseRows } from './rest-call.ts'

const MOST_SETTLEMENTS = 1000
const MOST_SAMPLES = 500

/** `fundingRate`: without times the newest rows, ascending. Counted apart from the weight on USD-M (500 in 5 min), 1 on COIN-M. */
export function settledFundingEndpoint(base: string): Endpoint<NewestArgs, readonly FundingSettlement[]> {
  return {
    request: ({ instrument, limit }) =>
      getRequest(
        base,
        'fundingRate',
        { symbol: symbolOf(instrument), limit: Math.min(Math.max(1, limit), MOST_SETTLEMENTS) },
        1,
      ),
    parse: (body, _, { instrument }) =>
      parseRows(body, 'fundingRate')
        .map(row => ({
          instrument,
          timeUs: requiredTimeOf(row, 'fundingTime', 'millisecond'),
          rate: decimalOf(row, 'fundingRate'),
          ...markOf(row),
        }))
        .sort((a, b) => a.timeUs - b.timeUs),
  }
}

/** COIN-M sends no mark price, and old rows of USD-M an empty one. */
function markOf(row: JsonRecord): Pick<FundingSettlement, 'markPrice'> {
  const markPrice = optionalAmountOf(row, 'markPrice')
  return markPrice === undefined ? {} : { markPrice }
}

/**
 * `openInterestHist`: the last 30 days, a row per period. Coins and their value in quote on USD-M; contracts and their value in
 * base coins on COIN-M, which asks for pair and contract type instead of a symbol. Counted apart from the weight (1000 in 5 min).
 */
export function openInterestHistoryEndpoint(
  market: Market,
  origin: string,
): Endpoint<OpenInterestRange, readonly OpenInterestSample[]> {
  const isInverse = market.name === 'coinm'
  return {
    request({ instrument, period, limit }) {
      const name = isInverse ? contractOf(instrument) : { symbol: instrument.symbol }
      const rows = Math.min(Math.max(1, limit), MOST_SAMPLES)
      return getRequest(`${origin}/futures/data`, 'openInterestHist', { ...name, period, limit: rows }, 1)
    },
    parse: (body, _, { instrument }) =>
      parseRows(body, 'openInterestHist')
        .map(row => {
          const quantity = amountOf(row, 'sumOpenInterest')
          const value = amountOf(row, 'sumOpenInterestValue')
          const timeUs = requiredTimeOf(row, 'timestamp', 'millisecond')
          const inCoins = isInverse ? { baseQuantity: value } : { baseQuantity: quantity, quoteQuantity: value }
          return { instrument: instrument.id, timeUs, quantity, ...inCoins }
        })
        .sort((a, b) => a.timeUs - b.timeUs),
  }
}

/** Quarters change their name with time, which the instrument does not tell: only perpetuals are asked for. */
function contractOf({ id, kind, pair, symbol }: Instrument): { readonly pair: string; readonly contractType: string } {
  if (kind !== 'perpetual')
    throw new ConfigError(`${id}: the venue's statistics of open interest are read for perpetuals only.`)
  return { pair: pair ?? symbol, contractType: 'PERPETUAL' }
}
