import { describe, expect, it } from 'vitest'
import { openCcxt, unifiedSymbol } from './clients/ccxt.ts'
import { openOfficial } from './clients/official.ts'
import { openExchange } from './support/exchange.ts'
import { Market } from './support/market.ts'
import { coinm, spot, usdm } from './support/product.ts'
import { isAbsent, load } from './support/stranger.ts'
import { until } from './support/until.ts'

/** Where a client expects something else than the venue's documents say, the documents win; see README.md. */

describe.skipIf(isAbsent('@binance/derivatives-trading-usds-futures'))('ids of control frames on futures', () => {
  for (const product of [usdm, coinm]) {
    it(`${product.venue}: the connector sends a text, which is refused and subscribes nothing`, async () => {
      await using market = await Market.open(product)
      const client = openOfficial(product, market.endpoints)
      const streams = await client.websocketStreams.connect()
      let heard = 0
      streams.aggregateTradeStreams({ symbol: product.symbol }).on('message', () => void heard++)
      await until(
        'the refusal',
        () => (market.stats.controlByMethod.get('invalid') ?? 0) === 1,
        () => market.stats,
      )
      let passed = 0
      await market.pass('five seconds', () => passed++ > 50)
      expect(heard).toBe(0)
      expect(market.stats.controlByMethod.get('subscribe')).toBeUndefined()
      await streams.disconnect()
      await until('its sockets to close', () => market.stats.connections === 0)
    })
  }
})

describe.skipIf(isAbsent('tardis-dev'))('retired paths', () => {
  it('binance-spot: tardis-dev asks for its snapshot at /api/v1, which is gone, and never has a book', async () => {
    await using market = await Market.open(spot)
    process.env['WSS_URL_BINANCE'] = `${market.endpoints.stream}/stream?timeUnit=microsecond`
    const tardis = load('tardis-dev')
    const { httpClient } = load('tardis-dev/dist/handy.js')
    const get = httpClient.get
    httpClient.get = (url: string, options: object) =>
      get(url.replace(/^https?:\/\/[^/]+/, market.endpoints.rest), options)
    const failures: string[] = []
    const onError = (error: Error): void => void failures.push(error.message)
    const request = { exchange: 'binance', symbols: ['btcusdt'], onError }
    const feed = tardis.streamNormalized(request, tardis.normalizeBookChanges)
    let heard = 0
    const first = feed.next().then(() => void heard++)
    const asked = (): number => market.stats.restByPath.get('/api/v1/exchangeInfo') ?? 0
    await market.pass('the question', () => asked() > 0)
    let passed = 0
    await market.pass('thirty seconds', () => passed++ > 300)
    // It keeps the failure to itself: no book, no error, no second attempt.
    expect([asked(), market.stats.restErrors, heard, failures]).toEqual([1, 1, 0, []])
    httpClient.get = get
    void first.catch(() => undefined)
  })

  it('binance-usdm: tardis-dev takes the path without a class, where mark prices are acknowledged and silent', async () => {
    await using market = await Market.open(usdm)
    process.env['WSS_URL_BINANCE_FUTURES'] = `${market.endpoints.stream}/stream`
    const tardis = load('tardis-dev')
    const filters = [{ channel: 'markPrice', symbols: ['btcusdt'] }]
    const feed = tardis.stream({ exchange: 'binance-futures', filters, timeoutIntervalMS: 60_000 })
    const { value } = await feed.next()
    expect(value.message).toEqual({ result: null, id: 1 })
    let heard = 0
    const next = feed.next().then(() => void heard++)
    let passed = 0
    await market.pass('ten seconds', () => passed++ > 100)
    expect(heard).toBe(0)
    void next.catch(() => undefined)
  })
})

describe.skipIf(isAbsent('binance'))('listen keys of spot', () => {
  it('binance still asks for one, and hears 410', async () => {
    await using exchange = await openExchange(spot)
    const { MainClient } = load('binance')
    const { key, secret, endpoints } = exchange
    const client = new MainClient({ api_key: key, api_secret: secret, baseUrl: endpoints.rest })
    await expect(client.getSpotUserDataListenKey()).rejects.toMatchObject({ code: -1016 })
    expect(exchange.stats.restByPath.get('/api/v3/userDataStream')).toBe(1)
  })
})

describe.skipIf(isAbsent('ccxt'))('calls the venue does not know', () => {
  it('binance-coinm: ccxt asks for open interest with a symbol as pair', async () => {
    await using exchange = await openExchange(coinm)
    const client = await openCcxt(coinm, exchange.endpoints)
    await expect(client.fetchOpenInterestHistory(unifiedSymbol(coinm), '5m')).rejects.toThrow('-1121')
    const query = 'pair=BTCUSD&contractType=PERPETUAL&period=5m'
    const { rows } = await exchange.direct.raw('GET', `/futures/data/openInterestHist?${query}`)
    expect(rows.length).toBeGreaterThan(0)
    await client.close()
  })

  it('binance-usdm: ccxt asks for fills and candles over the WebSocket API', async () => {
    await using exchange = await openExchange(usdm)
    const { key, secret } = exchange
    const client = await openCcxt(usdm, exchange.endpoints, { apiKey: key, secret })
    await expect(client.fetchMyTradesWs(unifiedSymbol(usdm))).rejects.toThrow('-1020')
    await expect(client.fetchOHLCVWs(unifiedSymbol(usdm), '1m')).rejects.toThrow('-1020')
    expect((await client.fetchPositionsWs([unifiedSymbol(usdm)])).length).toBeLessThanOrEqual(1)
    await client.close()
  })
})
