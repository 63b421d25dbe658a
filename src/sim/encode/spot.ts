import type { SimInstrument } from '../instrument.ts'
import { turnoverDecimals, turnoverWidth } from '../instrument.ts'
import type { Candle } from '../tape/candle.ts'
import { unitsText } from '../wire/decimal-text.ts'
import type { Encoder } from './encoder.ts'
import { levelsText, priceText, quantityText, timeText, windowFigures } from './encoder.ts'

/** A turnover in quote currency (base coin on inverse markets). */
export function turnoverText(instrument: SimInstrument, value: bigint): string {
  return unitsText(value, turnoverDecimals(instrument), turnoverWidth(instrument))
}

/** The `k` object of a kline, without the braces; `tail` follows the last key. */
export function klineBody(
  instrument: SimInstrument,
  interval: string,
  candle: Candle,
  times: {
    readonly open: string
    readonly close: string
    readonly symbol: string
    readonly idText?: (id: number) => string
  },
  isClosed: boolean,
): string {
  const { idText = String } = times
  return (
    `"t":${times.open},"T":${times.close}${times.symbol},"i":"${interval}","f":${idText(candle.firstId)},"L":${idText(candle.lastId)},` +
    `"o":"${priceText(instrument, candle.open)}","c":"${priceText(instrument, candle.close)}",` +
    `"h":"${priceText(instrument, candle.high)}","l":"${priceText(instrument, candle.low)}",` +
    `"v":"${quantityText(instrument, candle.volume)}","n":${candle.count},"x":${isClosed},` +
    `"q":"${turnoverText(instrument, candle.turnover)}","V":"${quantityText(instrument, candle.takerVolume)}",` +
    `"Q":"${turnoverText(instrument, candle.takerTurnover)}"`
  )
}

/** Spot payloads. Source: the venue's web-socket-streams document, 2026-07. */
export const spotEncoder: Encoder = {
  trade: (i, trade, eventUs, isMicro) =>
    `{"e":"trade","E":${timeText(eventUs, isMicro)},"s":"${i.symbol}","t":${trade.id},"p":"${priceText(i, trade.price)}",` +
    `"q":"${quantityText(i, trade.quantity)}","T":${timeText(trade.timeUs, isMicro)},"m":${trade.buyerIsMaker},"M":true}`,

  aggTrade: (i, trade, eventUs, isMicro) =>
    `{"e":"aggTrade","E":${timeText(eventUs, isMicro)},"s":"${i.symbol}","a":${trade.id},"p":"${priceText(i, trade.price)}",` +
    `"q":"${quantityText(i, trade.quantity)}","f":${trade.firstId},"l":${trade.lastId},` +
    `"T":${timeText(trade.timeUs, isMicro)},"m":${trade.buyerIsMaker},"M":true}`,

  depth: (i, change, eventUs, isMicro) =>
    `{"e":"depthUpdate","E":${timeText(eventUs, isMicro)},"s":"${i.symbol}","U":${change.firstId},"u":${change.lastId},` +
    `"b":${levelsText(i, change.bids)},"a":${levelsText(i, change.asks)}}`,

  partialDepth: (i, image) =>
    `{"lastUpdateId":${image.lastId},"bids":${levelsText(i, image.bids)},"asks":${levelsText(i, image.asks)}}`,

  bookTicker: (i, top) =>
    `{"u":${top.updateId},"s":"${i.symbol}","b":"${priceText(i, top.bidPrice)}","B":"${quantityText(i, top.bidQuantity)}",` +
    `"a":"${priceText(i, top.askPrice)}","A":"${quantityText(i, top.askQuantity)}"}`,

  kline: (i, interval, state, eventUs, isMicro) => {
    const times = {
      open: timeText(state.candle.openMs * 1000, isMicro),
      close: isMicro ? String((state.endMs + 1) * 1000 - 1) : String(state.endMs),
      symbol: `,"s":"${i.symbol}"`,
    }
    const body = klineBody(i, interval, state.candle, times, state.isClosed)
    return `{"e":"kline","E":${timeText(eventUs, isMicro)},"s":"${i.symbol}","k":{${body},"B":"0"}}`
  },

  miniTicker: (i, w, eventUs, isMicro) =>
    `{"e":"24hrMiniTicker","E":${timeText(eventUs, isMicro)},"s":"${i.symbol}","c":"${priceText(i, w.close)}",` +
    `"o":"${priceText(i, w.open)}","h":"${priceText(i, w.high)}","l":"${priceText(i, w.low)}",` +
    `"v":"${quantityText(i, w.volume)}","q":"${turnoverText(i, w.turnover)}"}`,

  ticker: (i, state, eventUs, isMicro) => {
    const { window: w, top } = state
    const figures = windowFigures(i, w)
    const isDay = state.event === '24hrTicker'
    const before = isDay ? `"x":"${priceText(i, state.previousClose)}",` : ''
    const last = isDay ? `"Q":"${quantityText(i, state.lastQuantity)}",` : ''
    const book =
      isDay && top !== undefined
        ? `"b":"${priceText(i, top.bidPrice)}","B":"${quantityText(i, top.bidQuantity)}",` +
          `"a":"${priceText(i, top.askPrice)}","A":"${quantityText(i, top.askQuantity)}",`
        : ''
    return (
      `{"e":"${state.event}","E":${timeText(eventUs, isMicro)},"s":"${i.symbol}","p":"${figures.change}","P":"${figures.percent}",` +
      `"w":"${figures.mean}",${before}"c":"${priceText(i, w.close)}",${last}${book}"o":"${priceText(i, w.open)}",` +
      `"h":"${priceText(i, w.high)}","l":"${priceText(i, w.low)}","v":"${quantityText(i, w.volume)}",` +
      `"q":"${turnoverText(i, w.turnover)}","O":${timeText(w.openMs * 1000, isMicro)},"C":${timeText(state.nowMs * 1000, isMicro)},` +
      `"F":${w.firstId},"L":${w.lastId},"n":${w.count}}`
    )
  },

  forceOrder: () => '{}',
}
