import { priceText, quantityText, windowFigures } from '../encode/encoder.ts'
import { optionTradeId } from '../encode/option-ids.ts'
import { turnoverText } from '../encode/spot.ts'
import { topOf } from '../feeds/feed-context.ts'
import { tickerState } from '../feeds/trade-feeds.ts'
import { priceLimits } from '../market/option-rows.ts'
import type { MarketView } from '../market-view.ts'
import type { MarkFigures } from '../source.ts'
import { expiryCode } from '../tape/intervals.ts'
import { floatText } from '../wire/decimal-text.ts'
import { klineRows } from './market-handlers.ts'
import type { Call } from './query.ts'
import { badRequest, invalidSymbol, missing, RestError } from './rest-error.ts'

const dayMs = 86_400_000

/** Data that the source behind cannot know, as with a recording of trades only. */
function notRecorded(what: string): RestError {
  return new RestError(503, -1016, `This recording holds no ${what}.`)
}

export function premiumIndex(call: Call): string {
  const views = call.views()
  if (views.length === 0) throw invalidSymbol()
  const rows = views.flatMap(({ instrument }) => {
    const figures = call.source.mark(instrument.symbol)
    return figures === undefined ? [] : [premiumRow(call, instrument.symbol, instrument.pair, figures)]
  })
  const [first] = rows
  if (first === undefined) throw notRecorded('mark prices')
  return call.rules.symbolType === 1 && call.text('symbol') !== undefined ? first : `[${rows.join(',')}]`
}

function premiumRow(call: Call, symbol: string, pair: string, figures: MarkFigures): string {
  const name = call.rules.symbolType === 2 ? `"symbol":"${symbol}","pair":"${pair}"` : `"symbol":"${symbol}"`
  return (
    `{${name},"markPrice":"${figures.markPrice}","indexPrice":"${figures.indexPrice}","estimatedSettlePrice":"${figures.settlePrice}",` +
    `"lastFundingRate":"${figures.fundingRate}","interestRate":"${figures.fundingRate === '' ? '' : '0.00010000'}",` +
    `"nextFundingTime":${figures.nextFundingMs},"time":${call.source.nowMs()}}`
  )
}

export function fundingRate(call: Call): string {
  if (call.rules.symbolType === 2) call.required('symbol')
  const limit = call.limit(100, 1000)
  const nowMs = call.source.nowMs()
  const endMs = Math.min(call.integer('endTime') ?? nowMs, nowMs)
  const fromMs = call.integer('startTime') ?? endMs - limit * 28_800_000 + 1
  const rows = call
    .views()
    .flatMap(({ instrument: { symbol } }) =>
      call.source.funding(symbol, fromMs, endMs, limit).map(row => ({ symbol, ...row })),
    )
  rows.sort((a, b) => a.timeMs - b.timeMs)
  const texts = rows.slice(0, limit).map(row => {
    const tail = call.rules.symbolType === 1 ? `,"markPrice":"${floatText(row.markPrice, 8)}","rateType":"Regular"` : ''
    return `{"symbol":"${row.symbol}","fundingRate":"${floatText(row.rate, 8)}","fundingTime":${row.timeMs}${tail}}`
  })
  return `[${texts.join(',')}]`
}

export function fundingInfo(call: Call): string {
  const rows = call.source
    .instruments()
    .filter(instrument => instrument.kind === 'perpetual')
    .map(
      ({ symbol }) =>
        `{"symbol":"${symbol}","adjustedFundingRateCap":"0.02000000","adjustedFundingRateFloor":"-0.02000000","fundingIntervalHours":8,"disclaimer":false}`,
    )
  return `[${rows.join(',')}]`
}

export function openInterest(call: Call): string {
  const { instrument } = call.view()
  const quantity = call.source.openInterest(instrument.symbol)
  if (quantity === undefined) throw notRecorded('open interest')
  const time = `"time":${call.source.nowMs()}`
  return instrument.isInverse
    ? `{"symbol":"${instrument.symbol}","pair":"${instrument.pair}","openInterest":"${quantity}","contractType":"${instrument.contractType}",${time}}`
    : `{"openInterest":"${quantity}","symbol":"${instrument.symbol}",${time}}`
}

export function continuousKlines(call: Call): string {
  const pair = call.required('pair')
  const contractType = call.required('contractType')
  const instrument = call.source.instruments().find(row => row.pair === pair && row.contractType === contractType)
  const view = instrument === undefined ? undefined : call.source.view(instrument.symbol)
  if (view === undefined) throw invalidSymbol()
  return klineRows(call, view, true)
}

/** Candles of the index follow those of the pair's perpetual: nothing else trades it here. */
export function indexPriceKlines(call: Call): string {
  const pair = call.required('pair')
  const instrument = call.source.instruments().find(row => row.pair === pair && row.kind === 'perpetual')
  const view = instrument === undefined ? undefined : call.source.view(instrument.symbol)
  if (view === undefined) throw invalidSymbol()
  return klineRows(call, view, false)
}

export function optionMark(call: Call): string {
  const symbol = call.text('symbol')
  const rows = call.source.options().filter(row => symbol === undefined || row.symbol === symbol)
  if (rows.length === 0) throw invalidSymbol()
  const texts = rows.map(row => {
    const limits = priceLimits(row)
    return (
      `{"symbol":"${row.symbol}","markPrice":"${floatText(row.markPrice, 3)}","bidIV":"${floatText(row.markVolatility - 0.01, 8)}",` +
      `"askIV":"${floatText(row.markVolatility + 0.01, 8)}","markIV":"${floatText(row.markVolatility, 8)}",` +
      `"delta":"${floatText(row.delta, 8)}","theta":"${floatText(row.theta, 8)}","gamma":"${floatText(row.gamma, 8)}",` +
      `"vega":"${floatText(row.vega, 8)}","highPriceLimit":"${limits.high}","lowPriceLimit":"${limits.low}","riskFreeInterest":"0.0"}`
    )
  })
  return `[${texts.join(',')}]`
}

export function optionIndex(call: Call): string {
  const price = call.source.index(call.required('underlying'))
  if (price === undefined) throw badRequest(-1121, 'Invalid symbol.')
  return `{"time":${call.source.nowMs()},"indexPrice":"${floatText(price, 8)}"}`
}

export function optionOpenInterest(call: Call): string {
  const asset = call.required('underlyingAsset')
  const expiry = call.required('expiration')
  if (!/^\d{6}$/.test(expiry)) throw missing('expiration')
  const rows = call.source
    .options()
    .filter(row => row.symbol.startsWith(`${asset}-`) && expiryCode(row.expiryMs) === expiry)
  const texts = rows.map(
    row =>
      `{"symbol":"${row.symbol}","sumOpenInterest":"${floatText(row.openInterest, 2)}",` +
      `"sumOpenInterestUsd":"${floatText(row.openInterest * row.indexPrice, 8)}","timestamp":"${call.source.nowMs()}"}`,
  )
  return `[${texts.join(',')}]`
}

export function optionTicker(call: Call): string {
  const texts = call.views().flatMap(view => optionTickerRow(call, view))
  return `[${texts.join(',')}]`
}

function optionTickerRow(call: Call, view: MarketView): readonly string[] {
  const { instrument } = view
  const state = tickerState(view, call.source.nowMs(), dayMs, '24hrTicker')
  const row = call.source.options().find(option => option.symbol === instrument.symbol)
  if (state === undefined || row === undefined || instrument.option === undefined) return []
  const { window: w } = state
  const figures = windowFigures(instrument, w)
  const top = topOf(view)
  const text = (price: number | undefined): string => (price === undefined ? '0.000' : priceText(instrument, price))
  return [
    `{"symbol":"${instrument.symbol}","priceChange":"${figures.change}","priceChangePercent":"${figures.percent}",` +
      `"lastPrice":"${text(w.close)}","lastQty":"${quantityText(instrument, state.lastQuantity)}","open":"${text(w.open)}",` +
      `"high":"${text(w.high)}","low":"${text(w.low)}","volume":"${quantityText(instrument, w.volume)}",` +
      `"amount":"${turnoverText(instrument, w.turnover)}","bidPrice":"${text(top?.bidPrice)}","askPrice":"${text(top?.askPrice)}",` +
      `"openTime":${w.openMs},"closeTime":${state.nowMs},"firstTradeId":${optionTradeId(w.firstId)},"tradeCount":${w.count},` +
      `"strikePrice":"${instrument.option.strike}","exercisePrice":"${floatText(row.indexPrice, 8)}"}`,
  ]
}
