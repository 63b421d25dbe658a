import { describe, expect, it } from 'vitest'
import { officialCoinmTrader, officialSpotTrader, officialUsdmTrader, officialWatcher } from './clients/official.ts'
import type { Exchange } from './support/exchange.ts'
import { openExchange } from './support/exchange.ts'
import { measureCut, measureExpiry, measureLimit, measureSilentPath, measureSkew } from './support/hardship.ts'
import { Market } from './support/market.ts'
import type { Product } from './support/product.ts'
import { coinm, spot, usdm } from './support/product.ts'
import { tradeAndCompare } from './support/session.ts'
import { isAbsent } from './support/stranger.ts'
import type { Trader } from './support/trader.ts'
import { until } from './support/until.ts'
import { watchAndCompare } from './support/watch.ts'

const usdsFutures = '@binance/derivatives-trading-usds-futures'
const coinFutures = '@binance/derivatives-trading-coin-futures'
const byApi = (exchange: Exchange): Promise<Trader> => officialSpotTrader(exchange, 'api')
const byRest = (exchange: Exchange): Promise<Trader> => officialUsdmTrader(exchange, 'rest')

async function session(product: Product, open: (exchange: Exchange) => Promise<Trader>): Promise<void> {
  await using exchange = await openExchange(product)
  const trader = await open(exchange)
  try {
    await tradeAndCompare(exchange, trader)
    expect(trader.told.notices).toEqual([])
  } finally {
    expect(exchange.notices).toEqual([])
    await trader.close()
  }
}

async function watch(product: Product): Promise<void> {
  await using market = await Market.open(product)
  const before = market.stats.connections
  await watchAndCompare(market, () => officialWatcher(product, market.endpoints))
  // Its sockets close a while after it said so; only the four plain ears of the test are left.
  await until(
    'its sockets to close',
    () => market.stats.connections <= before + 4,
    () => market.stats,
    3000,
  )
}

describe.skipIf(isAbsent('@binance/spot'))('@binance/spot', () => {
  it('watches trades, candles and ticker as they were', () => watch(spot))
  for (const way of ['rest', 'api'] as const) {
    it(`trades by ${way}, and knows all that happened to its account`, () =>
      session(spot, exchange => officialSpotTrader(exchange, way)))
  }
  it('when its user stream expires', () => measureExpiry('@binance/spot', spot, byApi))
  it('when its user socket is cut', () => measureCut('@binance/spot', spot, byApi))
})

describe.skipIf(isAbsent(usdsFutures))(usdsFutures, () => {
  it('watches trades, candles and ticker as they were', () => watch(usdm))
  for (const way of ['rest', 'api'] as const) {
    it(`trades by ${way}, and knows all that happened to its account`, () =>
      session(usdm, exchange => officialUsdmTrader(exchange, way)))
  }
  it('when its user stream expires', () => measureExpiry(usdsFutures, usdm, byRest))
  it('when its user socket is cut', () => measureCut(usdsFutures, usdm, byRest))
  it('when keys in the path are silent', () => measureSilentPath(usdsFutures, byRest))
  it('when the venue answers 429', () => measureLimit(usdsFutures, byRest))
  it('when its clock is slow', () => measureSkew(usdsFutures, usdm, byRest))
})

describe.skipIf(isAbsent(coinFutures))(coinFutures, () => {
  it('watches trades, candles and ticker as they were', () => watch(coinm))
  it('trades, and knows all that happened to its account', () => session(coinm, officialCoinmTrader))
  it('when its user stream expires', () => measureExpiry(coinFutures, coinm, officialCoinmTrader))
  it('when its user socket is cut', () => measureCut(coinFutures, coinm, officialCoinmTrader))
})
