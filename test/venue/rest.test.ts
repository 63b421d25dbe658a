import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../src/model/error.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { binanceCoinm, binanceOptions, binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { capturesFolder, isMissing, protocolFolder } from '../support/shared-files.ts'
import { captureLines } from './capture-lines.ts'

const spot = binanceSpot()
const usdm = binanceUsdm()
const coinm = binanceCoinm()
const options = binanceOptions()
const NOW = epochUs(1_789_480_000_500_000)
const BTC = instrumentId('binance-spot:BTCUSDT')
const PERP = instrumentId('binance-coinm:BTCUSD_PERP')
const CALL = instrumentId('binance-options:BTC-251123-126000-C')

describe('requests', () => {
  it('ask the paths of each market, with their weights', () => {
    expect(spot.instruments.request()).toEqual({
      method: 'GET',
      url: 'https://api.binance.com/api/v3/exchangeInfo',
      weight: 20,
    })
    expect(usdm.time.request()).toMatchObject({ url: 'https://fapi.binance.com/fapi/v1/time', weight: 1 })
    expect(coinm.klines.request({ instrument: PERP, interval: '1m', limit: 120 })).toMatchObject({
      url: 'https://dapi.binance.com/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1m&limit=120',
      weight: 2,
    })
    const range = { instrument: BTC, interval: '1h', startTimeUs: epochUs(1_600_000_000_000_999), limit: 5000 }
    expect(spot.klines.request(range).url).toContain('startTime=1600000000000&limit=1000')
    expect(spot.tradesById?.request({ instrument: BTC, fromId: '408202367', limit: 1000 })).toMatchObject({
      url: 'https://api.binance.com/api/v3/aggTrades?symbol=BTCUSDT&fromId=408202367&limit=1000',
      weight: 4,
    })
    expect(options.tradesById).toBeUndefined()
    expect(options.recentTrades.request({ instrument: CALL, limit: 100 }).url).toContain('/eapi/v1/trades?')
    expect(
      spot.recentTrades.request({ instrument: instrumentId('binance-spot:币安人生USDT'), limit: 5 }).url,
    ).toContain('symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&limit=5')
  })

  it('F:E18 a snapshot costs what its depth costs, and an odd depth is raised to the next that exists', () => {
    const cost = (adapter: typeof spot, limit: number): readonly (string | number)[] => {
      const { url, weight } = adapter.book.snapshot.request({ instrument: BTC, limit })
      return [Number(new URL(url).searchParams.get('limit')), weight]
    }
    expect([cost(spot, 20), cost(spot, 1000), cost(spot, 1001), cost(spot, 9999)]).toEqual([
      [100, 5],
      [1000, 50],
      [5000, 250],
      [5000, 250],
    ])
    expect([cost(usdm, 6), cost(usdm, 1000), cost(usdm, 5000)]).toEqual([
      [10, 2],
      [1000, 20],
      [1000, 20],
    ])
  })
})

describe('answers', () => {
  it('a book snapshot, complete where a side is shorter than asked for', () => {
    const body = '{"lastUpdateId":160,"bids":[["0.00240000","10"],["0.00230000","0.5"]],"asks":[["0.00260000","100"]]}'
    const snapshot = spot.book.snapshot.parse(body, NOW, { instrument: BTC, limit: 100 })
    expect(snapshot).toMatchObject({ sequence: 160, scale: 8, exchangeTimeUs: 0, isBidComplete: true })
    expect([snapshot.bids.count, snapshot.bids.prices[0], snapshot.bids.quantities[1]]).toEqual([2, 240000, 0.5])
  })

  it('trades by id are the aggregated ones, marked as recovered', () => {
    const body =
      '[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27782,"T":1498793709153,"m":true,"M":true}]'
    expect(spot.tradesById?.parse(body, NOW, { instrument: BTC, fromId: '26129', limit: 1 })).toMatchObject([
      {
        kind: 'trade',
        channel: 'trade',
        instrument: BTC,
        exchangeTimeUs: 1498793709153000,
        recovered: true,
        id: '26129',
        price: 0.01633102,
        side: 'sell',
        firstId: '27781',
        lastId: '27782',
      },
    ])
  })

  it('F:H01 option trades keep their own id, and come oldest first', () => {
    const row = { id: '2323857420768529410', symbol: 'BTC-251123-126000-C', price: '1300', qty: '0.1', quoteQty: '130' }
    const body = JSON.stringify([
      { ...row, tradeId: 2, side: 1, time: 1762780453624 },
      { ...row, tradeId: 1, side: -1, time: 1762780453623 },
    ]).replaceAll('"2323857420768529410"', '2323857420768529410')
    expect(options.recentTrades.parse(body, NOW, { instrument: CALL, limit: 2 })).toMatchObject([
      { id: '1', side: 'sell' },
      { id: '2', side: 'buy' },
    ])
  })

  it('F:D06 the candle whose close time has not passed is open', () => {
    const candle = [
      1499040000000,
      '0.1',
      '0.8',
      '0.05',
      '0.2',
      '148976.11427815',
      1499644799999,
      '2434.1',
      308,
      '1756.8',
      '28.4',
      '0',
    ]
    const range = { instrument: BTC, interval: '1w', limit: 2 }
    const parse = (now: number): boolean | undefined =>
      spot.klines.parse(JSON.stringify([candle]), epochUs(now), range)[0]?.closed
    expect(parse(1499644799999001)).toBe(true)
    expect(parse(1499644799999000)).toBe(false)
    expect(spot.klines.parse(JSON.stringify([candle]), NOW, range)).toMatchObject([
      {
        openTimeUs: 1499040000000000,
        open: 0.1,
        high: 0.8,
        low: 0.05,
        close: 0.2,
        volume: 148976.11427815,
        trades: 308,
      },
    ])
  })

  it('errors are read, pages of a firewall are not', () => {
    expect(spot.readError('{"code":-1121,"msg":"Invalid symbol."}')).toEqual({
      code: -1121,
      message: 'Invalid symbol.',
    })
    for (const body of ['<html>403</html>', '', '[]', '{"code":"x"}', 'null'])
      expect(spot.readError(body)).toBeUndefined()
  })

  it('the used weight comes from the headers', () => {
    const headers = new Headers({ 'X-MBX-USED-WEIGHT-1M': '417' })
    expect(spot.usedWeight(headers)).toBe(417)
    expect(spot.usedWeight(new Headers())).toBeUndefined()
    expect(spot.usedWeight(new Headers({ 'x-mbx-used-weight-1m': 'many' }))).toBeUndefined()
  })

  it('bodies that are something else are refused', () => {
    for (const body of ['', '<html>', '{}', '[]', '{"lastUpdateId":1,"bids":5,"asks":[]}', '{"serverTime":"x"}']) {
      expect(() => spot.book.snapshot.parse(body, NOW, { instrument: BTC, limit: 5 })).toThrow(DecodeError)
      expect(() => spot.time.parse(body, NOW)).toThrow(DecodeError)
    }
  })

  it('F:H10 instruments: unknown statuses are text, a step of zero is no step, one odd listing hides no other', () => {
    const filters = [
      { filterType: 'PRICE_FILTER', tickSize: '0.01000000' },
      { filterType: 'LOT_SIZE', stepSize: '0.00000000', minQty: '0.00010000' },
      { filterType: 'NOTIONAL', minNotional: '5.00000000' },
    ]
    const row = { symbol: 'BTCUSDT', status: 'CANCEL_ONLY', baseAsset: 'BTC', quoteAsset: 'USDT', filters }
    const body = JSON.stringify({
      symbols: [{ ...row, symbol: 'A B' }, row, 7, { ...row, symbol: '币安人生USDT', status: 'TRADING' }],
    })
    expect(spot.instruments.parse(body, NOW)).toMatchObject([
      {
        id: 'binance-spot:BTCUSDT',
        status: 'CANCEL_ONLY',
        isTrading: false,
        tickSize: '0.01000000',
        minQuantity: '0.00010000',
        minNotional: '5.00000000',
        settle: 'USDT',
        contractSize: 1,
      },
      { symbol: '币安人生USDT', isTrading: true },
    ])
    expect(spot.instruments.parse(body, NOW)[0]).not.toHaveProperty('lotSize')
  })

  it('instruments of futures: perpetual, delivery, TradFi, inverse', () => {
    const row = {
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      pair: 'BTCUSDT',
      filters: [],
    }
    const body = JSON.stringify({
      symbols: [
        {
          ...row,
          symbol: 'BTCUSDT',
          contractType: 'PERPETUAL',
          deliveryDate: 4133404800000,
          onboardDate: 1569398400000,
        },
        { ...row, symbol: 'BTCUSDT_261225', contractType: 'CURRENT_QUARTER', deliveryDate: 1798185600000 },
        { ...row, symbol: 'XAUUSDT', contractType: 'TRADIFI_PERPETUAL', deliveryDate: 4133404800000 },
      ],
    })
    expect(usdm.instruments.parse(body, NOW)).toMatchObject([
      { kind: 'perpetual', unit: 'base', isInverse: false, listedTimeUs: 1569398400000000, pair: 'BTCUSDT' },
      { kind: 'future', expiryTimeUs: 1798185600000000 },
      { kind: 'perpetual' },
    ])
    const inverse = {
      ...row,
      symbol: 'BTCUSD_PERP',
      contractType: 'PERPETUAL',
      contractStatus: 'TRADING',
      contractSize: 100,
    }
    const { status: _, ...withoutStatus } = inverse
    expect(coinm.instruments.parse(JSON.stringify({ symbols: [withoutStatus] }), NOW)).toMatchObject([
      { kind: 'perpetual', unit: 'contracts', contractSize: 100, isInverse: true, isTrading: true },
    ])
  })
})

describe.skipIf(isMissing(protocolFolder))('recorded answers (needs the protocol folder)', () => {
  const body = (name: string): string => readFileSync(`${protocolFolder}/binance/${name}.json`, 'utf8')

  it('instruments of all four markets', () => {
    expect(spot.instruments.parse(body('spot/rest/exchangeInfo'), NOW)).toHaveLength(2)
    expect(usdm.instruments.parse(body('usdm/rest/exchangeInfo'), NOW)[0]).toMatchObject({
      id: 'binance-usdm:BTCUSDT',
      tickSize: '0.10',
      lotSize: '0.001',
      minNotional: '100',
    })
    expect(coinm.instruments.parse(body('coinm/rest/exchangeInfo'), NOW).map(entry => entry.contractSize)).toEqual([
      100, 10,
    ])
    expect(options.instruments.parse(body('options/rest/exchangeInfo'), NOW)).toMatchObject([
      { kind: 'option', base: 'BTC', pair: 'BTCUSDT', strikePrice: 50000, optionType: 'call', unit: 'contracts' },
    ])
  })

  it('settled funding and statistics of open interest', () => {
    const usdmBtc = instrumentId('binance-usdm:BTCUSDT')
    expect(usdm.settledFunding?.parse(body('usdm/rest/fundingRate'), NOW, { instrument: usdmBtc, limit: 1 })).toEqual([
      { instrument: usdmBtc, timeUs: 1_570_608_000_000_000, rate: -0.0375, markPrice: 34287.54619963 },
    ])
    expect(coinm.settledFunding?.parse(body('coinm/rest/fundingRate'), NOW, { instrument: PERP, limit: 1 })).toEqual([
      { instrument: PERP, timeUs: 1_596_038_400_000_000, rate: -0.003 },
    ])
    const [contract] = usdm.instruments.parse(body('usdm/rest/exchangeInfo'), NOW)
    if (contract === undefined) throw new Error('there is a contract')
    const range = { instrument: contract, period: '5m', limit: 300 }
    expect(usdm.openInterestHistory?.request(range).url).toBe(
      'https://fapi.binance.com/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=300',
    )
    expect(usdm.openInterestHistory?.parse(body('usdm/rest/openInterestHist'), NOW, range)).toMatchObject([
      { timeUs: 1_591_261_042_378_000, quantity: 20403.12345678, quoteQuantity: 176_196_512.12345678 },
    ])
    const inverse = { ...range, instrument: { ...contract, id: PERP, symbol: 'BTCUSD_PERP', pair: 'BTCUSD' } }
    expect(coinm.openInterestHistory?.request(inverse).url).toContain('pair=BTCUSD&contractType=PERPETUAL&period=5m')
    expect(coinm.openInterestHistory?.parse(body('coinm/rest/openInterestHist'), NOW, inverse)).toMatchObject([
      { quantity: 20403, baseQuantity: 176_196_512.234 },
    ])
    const quarter = { ...inverse, instrument: { ...inverse.instrument, kind: 'future' as const } }
    expect(() => coinm.openInterestHistory?.request(quarter)).toThrow('perpetuals only')
    expect([spot.settledFunding, options.settledFunding, spot.openInterestHistory]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('times, depths, trades, candles, open interest', () => {
    for (const [market, adapter] of Object.entries({ spot, usdm, coinm, options })) {
      expect(adapter.time.parse(body(`${market}/rest/time`), NOW)).toBeGreaterThan(1e15)
      const depth = adapter.book.snapshot.parse(body(`${market}/rest/depth`), NOW, { instrument: BTC, limit: 1000 })
      expect([depth.bids.count, depth.asks.count]).toEqual([1, 1])
      if (market === 'options') continue
      expect(
        adapter.recentTrades.parse(body(`${market}/rest/aggTrades`), NOW, { instrument: BTC, limit: 1 }),
      ).toHaveLength(1)
      const candles = adapter.klines.parse(body(`${market}/rest/klines`), NOW, {
        instrument: BTC,
        interval: '1m',
        limit: 2,
      })
      expect(candles.length).toBeGreaterThan(0)
    }
    expect(options.recentTrades.parse(body('options/rest/trades'), NOW, { instrument: CALL, limit: 1 })).toMatchObject([
      { id: '1', side: 'sell', price: 1300 },
    ])
    const poll = usdm.resolve(instrumentId('binance-usdm:BTCUSDT'), 'openInterest', undefined)
    if (poll.kind !== 'poll') throw new Error('open interest is polled')
    expect(poll.poll.endpoint.parse(body('usdm/rest/openInterest'), NOW)).toMatchObject([
      { kind: 'openInterest', quantity: 10659.509, exchangeTimeUs: 1589437530011000 },
    ])
  })
})

describe.skipIf(isMissing(capturesFolder))('recorded exchangeInfo of 2021 (needs the captures folder)', () => {
  it('old filter names do no harm', () => {
    for (const [name, adapter] of [
      ['binance-coinm/multi10-20210721', coinm],
      ['binance-usdm/multi4-20210722', usdm],
      ['binance-spot/multi4-20211011', spot],
    ] as const) {
      const line = captureLines(name).find(entry => entry.url.endsWith('/exchangeInfo'))
      const instruments = adapter.instruments.parse(line?.msg ?? '', NOW)
      expect(instruments.length).toBeGreaterThan(3)
      for (const entry of instruments) expect(Number(entry.tickSize)).toBeGreaterThan(0)
    }
  })
})
