import { phaseUs } from '../feeds/feed-context.ts'
import type { Topic } from '../hub.ts'
import { candleStart, nextStart } from '../tape/intervals.ts'
import { floatText } from '../wire/decimal-text.ts'
import type { GeneratedVenue } from './generated-venue.ts'

interface PriceCandle {
  openMs: number
  open: number
  high: number
  low: number
  close: number
  samples: number
}

/** `@indexPriceKline_…` and `@markPriceKline_…`: candles of a price that nobody trades; volumes are 0. */
export function priceKlineFeed(
  spec: { readonly of: 'index' | 'mark'; readonly symbol: string; readonly interval: string },
  topic: Topic,
  venue: GeneratedVenue,
): Disposable | undefined {
  const { of, symbol, interval } = spec
  const home = [venue, venue.sister()].find(candidate => current(candidate, of, symbol) !== undefined)
  if (home === undefined) return undefined
  let candle: PriceCandle | undefined
  return venue.world.scheduler.every(250_000, phaseUs(symbol, 100_000), atUs => {
    const nowMs = Math.floor(atUs / 1000)
    const price = current(home, of, symbol)
    if (price === undefined) return
    const openMs = candleStart(interval, nowMs)
    if (candle !== undefined && candle.openMs !== openMs) {
      const closed = text(spec, home, candle, true, nowMs)
      topic.publish(() => closed)
      candle = undefined
    }
    candle ??= { openMs, open: price, high: price, low: price, close: price, samples: 0 }
    candle.high = Math.max(candle.high, price)
    candle.low = Math.min(candle.low, price)
    candle.close = price
    candle.samples++
    const open = text(spec, home, candle, false, nowMs)
    topic.publish(() => open)
  })
}

function current(venue: GeneratedVenue | undefined, of: 'index' | 'mark', symbol: string): number | undefined {
  if (of === 'index') return venue?.index(symbol)
  return venue?.listed.get(symbol)?.derivative?.markPrice
}

function text(
  spec: { readonly of: 'index' | 'mark'; readonly symbol: string; readonly interval: string },
  venue: GeneratedVenue,
  candle: PriceCandle,
  isClosed: boolean,
  nowMs: number,
): string {
  const pair =
    spec.of === 'index' ? spec.symbol : (venue.listed.get(spec.symbol)?.market.instrument.pair ?? spec.symbol)
  const endMs = nextStart(spec.interval, candle.openMs) - 1
  const price = (value: number): string => floatText(value, 8)
  return (
    `{"e":"${spec.of}Price_kline","E":${nowMs},"ps":"${pair}","k":{"t":${candle.openMs},"T":${endMs},` +
    `"s":"${spec.of === 'index' ? '0' : spec.symbol}","i":"${spec.interval}","f":${candle.openMs},"L":${nowMs},` +
    `"o":"${price(candle.open)}","c":"${price(candle.close)}","h":"${price(candle.high)}","l":"${price(candle.low)}",` +
    `"v":"0","n":${candle.samples},"x":${isClosed},"q":"0","V":"0","Q":"0","B":"0"}}`
  )
}
