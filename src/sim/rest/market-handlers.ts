import type { TickerState } from '../encode/encoder.ts'
import { levelsText, priceText, quantityText, windowFigures } from '../encode/encoder.ts'
import { optionTradeId } from '../encode/option-ids.ts'
import { turnoverText } from '../encode/spot.ts'
import { topOf } from '../feeds/feed-context.ts'
import { averagePrice, tickerState, windowSpanMs } from '../feeds/trade-feeds.ts'
import { turnover } from '../instrument.ts'
import type { MarketView } from '../market-view.ts'
import { bookImage } from '../market-view.ts'
import type { SimTrade } from '../tape/candle.ts'
import { isInterval, nextStart } from '../tape/intervals.ts'
import type { SimAggTrade } from '../tape/tape.ts'
import type { Call } from './query.ts'
import { badRequest, RestError } from './rest-error.ts'

/** Depths the futures and options hosts accept; spot takes any up to 5000. */
const fixedDepths: ReadonlySet<number> = new Set([5, 10, 20, 50, 100, 500, 1000])

/** The book with retail orders, 1000 levels only. */
export function rpiDepth(call: Call): string {
  const { symbol } = call.view().instrument
  const view = call.source.retailView(symbol)
  if (view === undefined) throw new RestError(503, -1016, `There is no book with retail orders of ${symbol}.`)
  const limit = call.integer('limit') ?? 1000
  if (limit !== 1000) throw badRequest(-4021, `${limit} is not valid depth limit.`)
  return depthText(call, view, limit, 0)
}

export function depth(call: Call, ageActions = 0): string {
  const view = call.bookView()
  const wanted = call.integer('limit') ?? (call.isSpot ? 100 : 500)
  if (call.isSpot && wanted < 1) throw badRequest(-1130, "Data sent for parameter 'limit' is not valid.")
  if (!call.isSpot && !fixedDepths.has(wanted)) throw badRequest(-4021, `${wanted} is not valid depth limit.`)
  return depthText(call, view, Math.min(wanted, 5000), ageActions)
}

function depthText(call: Call, view: MarketView, count: number, ageActions: number): string {
  const { instrument } = view
  const image = bookImage(view, count, ageActions)
  const levels = `"bids":${levelsText(instrument, image.bids)},"asks":${levelsText(instrument, image.asks)}`
  const changedMs = Math.floor(view.changedUs / 1000)
  switch (call.rules.family) {
    case 'spot':
      return `{"lastUpdateId":${image.updateId},${levels}}`
    case 'options':
      return `{${levels},"T":${changedMs},"lastUpdateId":${image.updateId}}`
    case 'futures': {
      const names = instrument.isInverse ? `"symbol":"${instrument.symbol}","pair":"${instrument.pair}",` : ''
      return `{"lastUpdateId":${image.updateId},${names}"E":${call.source.nowMs()},"T":${changedMs},${levels}}`
    }
  }
}

export function klines(call: Call, symbolName = 'symbol', hasVolume = true): string {
  const view = call.view(symbolName)
  return klineRows(call, view, hasVolume)
}

export function klineRows(call: Call, view: MarketView, hasVolume: boolean): string {
  const { instrument, tape } = view
  const interval = call.required('interval')
  if (!isInterval(interval) || (interval === '1s' && !call.isSpot)) throw badRequest(-1120, 'Invalid interval.')
  const nowMs = call.source.nowMs()
  const offsetMs = call.isSpot ? timeZoneMs(call.text('timeZone')) : 0
  tape.candles.rollTo(nowMs)
  const rows = tape.candles.query({
    interval,
    startMs: call.timeMs('startTime'),
    endMs: call.timeMs('endTime'),
    limit: call.limit(500, call.isSpot ? 1000 : 1500),
    offsetMs,
  })
  const isKnown = (openMs: number): boolean => nextStart(interval, openMs, offsetMs) <= call.knownUntilMs
  const volumes = (volume: number, value: bigint): readonly [string, string] =>
    hasVolume ? [quantityText(instrument, volume), turnoverText(instrument, value)] : ['0', '0']
  const texts = rows
    .filter(row => isKnown(row.openMs))
    .map(candle => {
      const [volume, quote] = volumes(candle.volume, candle.turnover)
      const [takerVolume, takerQuote] = volumes(candle.takerVolume, candle.takerTurnover)
      return (
        `[${call.time(candle.openMs * 1000)},"${priceText(instrument, candle.open)}","${priceText(instrument, candle.high)}",` +
        `"${priceText(instrument, candle.low)}","${priceText(instrument, candle.close)}","${volume}",` +
        `${call.time(nextStart(interval, candle.openMs, offsetMs) * 1000 - 1)},"${quote}",${candle.count},"${takerVolume}","${takerQuote}","0"]`
      )
    })
  return `[${texts.join(',')}]`
}

/** `timeZone` of spot klines: hours or hours:minutes within [-12:00, +14:00]. */
function timeZoneMs(text: string | undefined): number {
  if (text === undefined) return 0
  const match = /^([+-]?)(\d{1,2})(?::(\d{2}))?$/.exec(text)
  if (match === null) throw badRequest(-1130, "Data sent for parameter 'timeZone' is not valid.")
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return (match[1] === '-' ? -minutes : minutes) * 60_000
}

export function aggTrades(call: Call): string {
  const { instrument, tape } = call.view()
  const fromId = call.integer('fromId')
  const startMs = call.timeMs('startTime')
  const endMs = call.timeMs('endTime')
  const limit = call.limit(500, 1000)
  if (fromId !== undefined && (startMs !== undefined || endMs !== undefined)) {
    throw badRequest(-1128, 'Combination of optional parameters invalid.')
  }
  if (!call.isSpot && startMs !== undefined && endMs !== undefined && endMs - startMs > 3_600_000) {
    throw badRequest(-1127, 'Lookup interval is too big; More than 1 hours between startTime and endTime.')
  }
  const ring = call.known(tape.aggTrades)
  const rows =
    fromId !== undefined
      ? ring.fromId(fromId, limit)
      : startMs !== undefined || endMs !== undefined
        ? ring.between((startMs ?? 0) * 1000, (endMs ?? call.source.nowMs()) * 1000 + 999, limit)
        : ring.newest(limit)
  const text = (trade: SimAggTrade): string => {
    const plain = call.rules.symbolType === 1 ? `"nq":"${quantityText(instrument, trade.plainQuantity)}",` : ''
    const best = call.isSpot ? ',"M":true' : ''
    return (
      `{"a":${trade.id},"p":"${priceText(instrument, trade.price)}","q":"${quantityText(instrument, trade.quantity)}",${plain}` +
      `"f":${trade.firstId},"l":${trade.lastId},"T":${call.time(trade.timeUs)},"m":${trade.buyerIsMaker}${best}}`
    )
  }
  return `[${rows.map(text).join(',')}]`
}

export function trades(call: Call): string {
  const view = call.view()
  const limit = call.limit(call.rules.family === 'options' ? 100 : 500, 1000)
  return tradeRows(call, view, call.known(view.tape.trades).newest(limit))
}

export function historicalTrades(call: Call): string {
  const view = call.view()
  const limit = call.limit(500, 1000)
  const fromId = call.integer('fromId')
  const ring = call.known(view.tape.trades)
  return tradeRows(call, view, fromId === undefined ? ring.newest(limit) : ring.fromId(fromId, limit))
}

function tradeRows(call: Call, { instrument, tape }: MarketView, rows: readonly SimTrade[]): string {
  if (tape.isAggregated) throw new RestError(503, -1016, 'This recording holds no single trades.')
  const text = (trade: SimTrade): string => {
    const price = priceText(instrument, trade.price)
    const quantity = quantityText(instrument, trade.quantity)
    const value = turnoverText(instrument, turnover(instrument, trade.price, trade.quantity))
    const time = call.time(trade.timeUs)
    if (call.rules.family === 'options') {
      const id = optionTradeId(trade.id)
      return (
        `{"id":${id},"tradeId":${id},"symbol":"${instrument.symbol}","price":"${price}",` +
        `"qty":"${quantity}","quoteQty":"${value}","side":${trade.buyerIsMaker ? -1 : 1},"time":${time}}`
      )
    }
    const quote = instrument.isInverse ? 'baseQty' : 'quoteQty'
    const tail = call.isSpot
      ? ',"isBestMatch":true'
      : call.rules.symbolType === 1
        ? `,"isRPITrade":${trade.plainQuantity < trade.quantity}`
        : ''
    return (
      `{"id":${trade.id},"price":"${price}","qty":"${quantity}","${quote}":"${value}","time":${time},` +
      `"isBuyerMaker":${trade.buyerIsMaker}${tail}}`
    )
  }
  return `[${rows.map(text).join(',')}]`
}

/** `ticker/24hr` and spot's `ticker?windowSize=`: one object for one symbol, an array otherwise (always on COIN-M). */
export function ticker24(call: Call, window = ''): string {
  const nowMs = call.source.nowMs()
  const rows = call.spotViews().flatMap(view => {
    const state = tickerState(view, nowMs, windowSpanMs(window), '24hrTicker')
    return state === undefined ? [] : [tickerRow(call, view, state)]
  })
  return objectOrArray(call, rows)
}

function tickerRow(call: Call, { instrument }: MarketView, state: TickerState): string {
  const { window: w, top } = state
  const figures = windowFigures(instrument, w)
  const pair = instrument.isInverse ? `"pair":"${instrument.pair}",` : ''
  const before = call.isSpot ? `"prevClosePrice":"${priceText(instrument, state.previousClose)}",` : ''
  const book =
    call.isSpot && top !== undefined
      ? `"bidPrice":"${priceText(instrument, top.bidPrice)}","bidQty":"${quantityText(instrument, top.bidQuantity)}",` +
        `"askPrice":"${priceText(instrument, top.askPrice)}","askQty":"${quantityText(instrument, top.askQuantity)}",`
      : ''
  return (
    `{"symbol":"${instrument.symbol}",${pair}"priceChange":"${figures.change}","priceChangePercent":"${figures.percent}",` +
    `"weightedAvgPrice":"${figures.mean}",${before}"lastPrice":"${priceText(instrument, w.close)}",` +
    `"lastQty":"${quantityText(instrument, state.lastQuantity)}",${book}"openPrice":"${priceText(instrument, w.open)}",` +
    `"highPrice":"${priceText(instrument, w.high)}","lowPrice":"${priceText(instrument, w.low)}",` +
    `"volume":"${quantityText(instrument, w.volume)}","${instrument.isInverse ? 'baseVolume' : 'quoteVolume'}":"${turnoverText(instrument, w.turnover)}",` +
    `"openTime":${call.time(w.openMs * 1000)},"closeTime":${call.time(state.nowMs * 1000)},"firstId":${w.firstId},"lastId":${w.lastId},"count":${w.count}}`
  )
}

export function bookTicker(call: Call): string {
  const isInverse = call.rules.symbolType === 2
  const rows = call.spotViews().flatMap(view => {
    const top = topOf(view)
    if (top === undefined || call.source.bookProblem(view.instrument.symbol) !== undefined) return []
    const { instrument } = view
    const head = isInverse ? `"lastUpdateId":${top.updateId},` : ''
    const pair = isInverse ? `"pair":"${instrument.pair}",` : ''
    const time = call.isSpot ? '' : `,"time":${Math.floor(top.changedUs / 1000)}`
    return [
      `{${head}"symbol":"${instrument.symbol}",${pair}"bidPrice":"${priceText(instrument, top.bidPrice)}",` +
        `"bidQty":"${quantityText(instrument, top.bidQuantity)}","askPrice":"${priceText(instrument, top.askPrice)}",` +
        `"askQty":"${quantityText(instrument, top.askQuantity)}"${time}}`,
    ]
  })
  return objectOrArray(call, rows)
}

export function tickerPrice(call: Call): string {
  const rows = call.spotViews().flatMap(({ instrument, tape }) => {
    const last = tape.trades.last
    if (last === undefined) return []
    const time = call.isSpot ? '' : `,"time":${Math.floor(last.timeUs / 1000)}`
    const pair = instrument.isInverse ? `,"ps":"${instrument.pair}"` : ''
    return [`{"symbol":"${instrument.symbol}"${pair},"price":"${priceText(instrument, last.price)}"${time}}`]
  })
  return objectOrArray(call, rows)
}

export function avgPrice(call: Call): string {
  const view = call.view()
  const mean = averagePrice(view, call.source.nowMs())
  const price = priceText(view.instrument, Math.round(mean ?? 0))
  return `{"mins":5,"price":"${price}","closeTime":${call.time(view.tape.trades.last?.timeUs ?? 0)}}`
}

function objectOrArray(call: Call, rows: readonly string[]): string {
  const [first] = rows
  const isOne = call.text('symbol') !== undefined && call.rules.symbolType !== 2 && first !== undefined
  return isOne ? first : `[${rows.join(',')}]`
}
