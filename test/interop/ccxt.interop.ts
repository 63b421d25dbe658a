import { describe, expect, it } from 'vitest'
import { ccxtTrader, ccxtWatcher, openCcxt, unifiedSymbol } from './clients/ccxt.ts'
import { openExchange } from './support/exchange.ts'
import { measureCut, measureExpiry, measureLimit, measureSilentPath, measureSkew } from './support/hardship.ts'
import { Market } from './support/market.ts'
import { coinm, spot, usdm } from './support/product.ts'
import { tradeAndCompare } from './support/session.ts'
import { isAbsent } from './support/stranger.ts'
import { watchAndCompare } from './support/watch.ts'

describe.skipIf(isAbsent('ccxt'))('ccxt', () => {
  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: watches trades, book, candles and ticker as they were`, async () => {
      await using market = await Market.open(product)
      await watchAndCompare(market, () => ccxtWatcher(product, market.endpoints))
    })

    it(`${product.venue}: trades, and knows all that happened to its account`, async () => {
      await using exchange = await openExchange(product)
      const trader = await ccxtTrader(exchange)
      try {
        await tradeAndCompare(exchange, trader)
        expect(trader.told.notices).toEqual([])
      } finally {
        expect(exchange.notices).toEqual([])
        await trader.close()
      }
    })
  }

  it('binance-usdm: reads last prices, by the second version of ticker/price', async () => {
    await using market = await Market.open(usdm)
    const client = await openCcxt(usdm, market.endpoints)
    const prices = await client.fetchLastPrices([unifiedSymbol(usdm)])
    const { price } = await market.read('ticker/price', {})
    expect(prices[unifiedSymbol(usdm)].price).toBe(Number(price))
    expect(market.stats.restByPath.get('/fapi/v2/ticker/price')).toBe(1)
    await client.close()
  })

  it('binance-coinm: reads leverage tiers in coins', async () => {
    await using exchange = await openExchange(coinm)
    const client = await openCcxt(coinm, exchange.endpoints, { apiKey: exchange.key, secret: exchange.secret })
    const [first, second] = await client.fetchMarketLeverageTiers(unifiedSymbol(coinm))
    expect([first.minNotional, first.maxLeverage, first.maintenanceMarginRate]).toEqual([0, 125, 0.004])
    expect(second.minNotional).toBe(first.maxNotional)
    expect(exchange.stats.restByPath.get('/dapi/v2/leverageBracket')).toBe(1)
    await client.close()
  })

  for (const product of [spot, usdm, coinm]) {
    it(`${product.venue}: when its user stream expires`, () => measureExpiry('ccxt', product, ccxtTrader))
    it(`${product.venue}: when its user socket is cut`, () => measureCut('ccxt', product, ccxtTrader))
  }
  it('binance-usdm: when keys in the path are silent', () => measureSilentPath('ccxt', ccxtTrader))
  it('when the venue answers 429', () => measureLimit('ccxt', ccxtTrader))
  it('when its clock is slow', () => measureSkew('ccxt', usdm, ccxtTrader))
  it('when its clock is slow, and it is told to mind', () =>
    measureSkew(
      'ccxt',
      usdm,
      exchange => ccxtTrader(exchange, { adjustForTimeDifference: true }),
      '`adjustForTimeDifference: true`',
    ))
})
