import type { Encoder } from './encoder.ts'
import { levelsText, priceText, quantityText, timeText, windowFigures } from './encoder.ts'
import { futuresEncoder } from './futures.ts'
import { optionTradeId } from './option-ids.ts'
import { klineBody, turnoverText } from './spot.ts'

/** European options: shapes of their own since 2025-12, no `st`, no `ps`. */
export const optionsEncoder: Encoder = {
  ...futuresEncoder,

  trade: (i, trade, eventUs) =>
    `{"e":"trade","E":${timeText(eventUs, false)},"T":${timeText(trade.timeUs, false)},"s":"${i.symbol}","t":${optionTradeId(trade.id)},` +
    `"p":"${priceText(i, trade.price)}","q":"${quantityText(i, trade.quantity)}","X":"MARKET",` +
    `"S":"${trade.buyerIsMaker ? 'SELL' : 'BUY'}","m":${trade.buyerIsMaker}}`,

  depth: (i, change, eventUs) =>
    `{"e":"depthUpdate","E":${timeText(eventUs, false)},"T":${timeText(change.changedUs, false)},"s":"${i.symbol}",` +
    `"U":${change.firstId},"u":${change.lastId},"pu":${change.previousId},` +
    `"b":${levelsText(i, change.bids)},"a":${levelsText(i, change.asks)}}`,

  partialDepth: (i, image, eventUs, isMicro) => optionsEncoder.depth(i, image, eventUs, isMicro),

  bookTicker: (i, top, eventUs) =>
    `{"e":"bookTicker","u":${top.updateId},"s":"${i.symbol}","b":"${priceText(i, top.bidPrice)}",` +
    `"B":"${quantityText(i, top.bidQuantity)}","a":"${priceText(i, top.askPrice)}","A":"${quantityText(i, top.askQuantity)}",` +
    `"T":${timeText(top.changedUs, false)},"E":${timeText(eventUs, false)}}`,

  kline: (i, interval, state, eventUs) => {
    const times = {
      open: String(state.candle.openMs),
      close: String(state.endMs),
      symbol: `,"s":"${i.symbol}"`,
      idText: optionTradeId,
    }
    return `{"e":"kline","E":${timeText(eventUs, false)},"s":"${i.symbol}","k":{${klineBody(i, interval, state.candle, times, state.isClosed)}}}`
  },

  ticker: (i, state, eventUs) => {
    const { window: w } = state
    const figures = windowFigures(i, w)
    return (
      `{"e":"24hrTicker","E":${timeText(eventUs, false)},"s":"${i.symbol}","p":"${figures.change}","P":"${figures.percent}",` +
      `"w":"${figures.mean}","c":"${priceText(i, w.close)}","Q":"${quantityText(i, state.lastQuantity)}",` +
      `"o":"${priceText(i, w.open)}","h":"${priceText(i, w.high)}","l":"${priceText(i, w.low)}","v":"${quantityText(i, w.volume)}",` +
      `"q":"${turnoverText(i, w.turnover)}","O":${w.openMs},"C":${state.nowMs},"F":${optionTradeId(w.firstId)},"L":${optionTradeId(w.lastId)},"n":${w.count}}`
    )
  },
}
