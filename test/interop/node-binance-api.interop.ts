import { describe, expect, it } from 'vitest'
import { nodeBinanceApiTrader, nodeBinanceApiWatcher } from './clients/node-binance-api.ts'
import { openExchange } from './support/exchange.ts'
import { measureCut, measureExpiry, measureLimit, measureSilentPath, measureSkew } from './support/hardship.ts'
import { Market } from './support/market.ts'
import { coinm, spot, usdm } from './support/product.ts'
import { tradeAndCompare } from './support/session.ts'
import { isAbsent } from './support/stranger.ts'
import { watchAndCompare } from './support/watch.ts'

describe.skipIf(isAbsent('node-binance-api'))('node-binance-api', () => {
  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: watches trades, candles and ticker as they were`, async () => {
      await using market = await Market.open(product)
      await watchAndCompare(market, () => nodeBinanceApiWatcher(product, market.endpoints))
    })

    it(`${product.venue}: trades, and knows all that happened to its account`, async () => {
      await using exchange = await openExchange(product)
      const trader = await nodeBinanceApiTrader(exchange)
      try {
        await tradeAndCompare(exchange, trader)
        expect(trader.told.notices).toEqual([])
      } finally {
        expect(exchange.notices).toEqual([])
        await trader.close()
      }
    })
  }

  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: when its user stream expires`, () =>
      measureExpiry('node-binance-api', product, nodeBinanceApiTrader))
    it(`${product.venue}: when its user socket is cut`, () =>
      measureCut('node-binance-api', product, nodeBinanceApiTrader))
  }
  it('binance-usdm: when keys in the path are silent', () =>
    measureSilentPath('node-binance-api', nodeBinanceApiTrader))
  it('when the venue answers 429', () => measureLimit('node-binance-api', nodeBinanceApiTrader))
  it('when its clock is slow', () => measureSkew('node-binance-api', usdm, nodeBinanceApiTrader))
  it('when its clock is slow, and it is told to mind', () =>
    measureSkew(
      'node-binance-api',
      spot,
      exchange => nodeBinanceApiTrader(exchange, { useServerTime: true }),
      '`useServerTime: true`',
    ))
})
