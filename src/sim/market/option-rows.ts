import { priceText, quantityText } from '../encode/encoder.ts'
import { topOf } from '../feeds/feed-context.ts'
import type { MarketView } from '../market-view.ts'
import type { OptionFigures } from '../source.ts'
import { floatText } from '../wire/decimal-text.ts'

/** One row of `@optionMarkPrice`; an empty side has volatility -1. */
export function optionMarkRow(row: OptionFigures, view: MarketView | undefined, nowMs: number): string {
  const top = view === undefined ? undefined : topOf(view)
  const instrument = view?.instrument
  const text = (price: number | undefined): string =>
    instrument === undefined || price === undefined ? '0.000' : priceText(instrument, price)
  const size = (quantity: number | undefined): string =>
    instrument === undefined || quantity === undefined ? '0.0000' : quantityText(instrument, quantity)
  const limits = priceLimits(row)
  return (
    `{"s":"${row.symbol}","mp":"${floatText(row.markPrice, 3)}","E":${nowMs},"e":"markPrice","i":"${floatText(row.indexPrice, 8)}",` +
    `"P":"0.000","bo":"${text(top?.bidPrice)}","ao":"${text(top?.askPrice)}","bq":"${size(top?.bidQuantity)}",` +
    `"aq":"${size(top?.askQuantity)}","b":"${top === undefined ? '-1.0' : floatText(row.markVolatility - 0.01, 8)}",` +
    `"a":"${top === undefined ? '-1.0' : floatText(row.markVolatility + 0.01, 8)}","hl":"${limits.high}","ll":"${limits.low}",` +
    `"vo":"${floatText(row.markVolatility, 8)}","rf":"0.0","d":"${floatText(row.delta, 8)}","t":"${floatText(row.theta, 8)}",` +
    `"g":"${floatText(row.gamma, 8)}","v":"${floatText(row.vega, 8)}"}`
  )
}

/** Prices between which orders are taken: the mark price give or take a fifth of a percent of the index. */
export function priceLimits(row: OptionFigures): { readonly high: string; readonly low: string } {
  const width = row.indexPrice * 0.002
  return { high: floatText(row.markPrice + width, 3), low: floatText(Math.max(0, row.markPrice - width), 3) }
}
