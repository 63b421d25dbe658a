import { describe, expect, it } from 'vitest'
import { binanceTrader, binanceWatcher } from './clients/binance.ts'
import { openExchange } from './support/exchange.ts'
import { measureCut, measureExpiry, measureLimit, measureSilentPath, measureSkew } from './support/hardship.ts'
import { Market } from './support/market.ts'
import { coinm, spot, usdm } from './support/product.ts'
import { tradeAndCompare } from './support/session.ts'
import { isAbsent } from './support/stranger.ts'
import { watchAndCompare } from './support/watch.ts'

describe.skipIf(isAbsent('binance'))('binance', () => {
  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: watches trades, candles and ticker as they were`, async () => {
      await using market = await Market.open(product)
      await watchAndCompare(market, () => binanceWatcher(product, market.endpoints))
    })

    for (const way of ['rest', 'api'] as const) {
      it(`${product.venue}: trades by ${way}, and knows all that happened to its account`, async () => {
        await using exchange = await openExchange(product)
        const trader = await binanceTrader(exchange, way)
        try {
          await tradeAndCompare(exchange, trader)
          expect(trader.told.notices).toEqual([])
        } finally {
          expect(exchange.notices).toEqual([])
          await trader.close()
        }
      })
    }
  }

  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: when its user stream expires`, () => measureExpiry('binance', product, binanceTrader))
    it(`${product.venue}: when its user socket is cut`, () => measureCut('binance', product, binanceTrader))
  }
  it('binance-usdm: when keys in the path are silent', () => measureSilentPath('binance', binanceTrader))
  it('when the venue answers 429', () => measureLimit('binance', binanceTrader))
  it('when its clock is slow', () => measureSkew('binance', usdm, binanceTrader))
  it('when its clock is slow, and it is told to mind', () =>
    measureSkew(
      'binance',
      usdm,
      exchange => binanceTrader(exchange, 'rest', { disableTimeSync: false }),
      '`disableTimeSync: false`',
    ))
})
