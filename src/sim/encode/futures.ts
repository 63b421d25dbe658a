import type { SimInstrument } from '../instrument.ts'
import { unitsText } from '../wire/decimal-text.ts'
import type { Encoder } from './encoder.ts'
import { levelsText, priceText, quantityText, timeText, windowFigures } from './encoder.ts'
import { klineBody, turnoverText } from './spot.ts'

/** `st` of a payload: 1 USD-M, 2 COIN-M. */
export function symbolType(i: SimInstrument): 1 | 2 {
  return i.isInverse ? 2 : 1
}

/** USD-M and COIN-M payloads with the fields of 2026 (`st`, `ps`, `nq`). */
export const futuresEncoder: Encoder = {
  trade: (i, trade, eventUs) =>
    `{"e":"trade","E":${timeText(eventUs, false)},"T":${timeText(trade.timeUs, false)},"s":"${i.symbol}","t":${trade.id},` +
    `"p":"${priceText(i, trade.price)}","q":"${quantityText(i, trade.quantity)}","X":"MARKET","m":${trade.buyerIsMaker},` +
    `"st":${symbolType(i)}}`,

  aggTrade: (i, trade, eventUs) => {
    const plain = i.isInverse ? '' : `"nq":"${quantityText(i, trade.plainQuantity)}",`
    return (
      `{"e":"aggTrade","E":${timeText(eventUs, false)},"a":${trade.id},"s":"${i.symbol}","p":"${priceText(i, trade.price)}",` +
      `"q":"${quantityText(i, trade.quantity)}",${plain}"f":${trade.firstId},"l":${trade.lastId},` +
      `"T":${timeText(trade.timeUs, false)},"m":${trade.buyerIsMaker},"st":${symbolType(i)}}`
    )
  },

  depth: (i, change, eventUs) =>
    `{"e":"depthUpdate","E":${timeText(eventUs, false)},"T":${timeText(change.changedUs, false)},"s":"${i.symbol}",` +
    `"ps":"${i.pair}","U":${change.firstId},"u":${change.lastId},"pu":${change.previousId},` +
    `"b":${levelsText(i, change.bids)},"a":${levelsText(i, change.asks)},"st":${symbolType(i)}}`,

  partialDepth: (i, image, eventUs, isMicro) => futuresEncoder.depth(i, image, eventUs, isMicro),

  bookTicker: (i, top, eventUs) =>
    `{"e":"bookTicker","u":${top.updateId},"s":"${i.symbol}","ps":"${i.pair}","b":"${priceText(i, top.bidPrice)}",` +
    `"B":"${quantityText(i, top.bidQuantity)}","a":"${priceText(i, top.askPrice)}","A":"${quantityText(i, top.askQuantity)}",` +
    `"T":${timeText(top.changedUs, false)},"E":${timeText(eventUs, false)},"st":${symbolType(i)}}`,

  kline: (i, interval, state, eventUs) => {
    const times = { open: String(state.candle.openMs), close: String(state.endMs), symbol: `,"s":"${i.symbol}"` }
    const body = klineBody(i, interval, state.candle, times, state.isClosed)
    return `{"e":"kline","E":${timeText(eventUs, false)},"s":"${i.symbol}","k":{${body},"B":"0"}}`
  },

  miniTicker: (i, w, eventUs) =>
    `{"e":"24hrMiniTicker","E":${timeText(eventUs, false)},"s":"${i.symbol}","ps":"${i.pair}","c":"${priceText(i, w.close)}",` +
    `"o":"${priceText(i, w.open)}","h":"${priceText(i, w.high)}","l":"${priceText(i, w.low)}",` +
    `"v":"${quantityText(i, w.volume)}","q":"${turnoverText(i, w.turnover)}","st":${symbolType(i)}}`,

  ticker: (i, state, eventUs) => {
    const { window: w } = state
    const figures = windowFigures(i, w)
    return (
      `{"e":"24hrTicker","E":${timeText(eventUs, false)},"s":"${i.symbol}","ps":"${i.pair}","p":"${figures.change}",` +
      `"P":"${figures.percent}","w":"${figures.mean}","c":"${priceText(i, w.close)}","Q":"${quantityText(i, state.lastQuantity)}",` +
      `"o":"${priceText(i, w.open)}","h":"${priceText(i, w.high)}","l":"${priceText(i, w.low)}","v":"${quantityText(i, w.volume)}",` +
      `"q":"${turnoverText(i, w.turnover)}","O":${w.openMs},"C":${state.nowMs},"F":${w.firstId},"L":${w.lastId},"n":${w.count},` +
      `"st":${symbolType(i)}}`
    )
  },

  forceOrder: (i, order, eventUs, isAllMarket) => {
    const pair = i.isInverse ? `"ps":"${i.pair}",` : ''
    const quantity = quantityText(i, order.quantity)
    const filled = quantityText(i, order.filledQuantity)
    const body =
      `"s":"${i.symbol}",${pair}"S":"${order.side === 'bid' ? 'BUY' : 'SELL'}","o":"LIMIT","f":"IOC","q":"${quantity}",` +
      `"p":"${priceText(i, order.price)}","ap":"${unitsText(Math.round(order.averagePrice), i.priceDecimals, i.priceWidth)}",` +
      `"X":"${order.filledQuantity === order.quantity ? 'FILLED' : 'PARTIALLY_FILLED'}",` +
      `"l":"${quantityText(i, order.lastQuantity)}","z":"${filled}","T":${timeText(order.timeUs, false)}`
    const tail = isAllMarket ? `${i.isInverse ? '' : `,"ps":"${i.pair}"`},"st":${symbolType(i)}` : ''
    return `{"e":"forceOrder","E":${timeText(eventUs, false)},"o":{${body}}${tail}}`
  },
}
