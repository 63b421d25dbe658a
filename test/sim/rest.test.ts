import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'

let sim: Simulator
beforeAll(async () => {
  sim = await createSimulator({ limits: { weightPerMinute: 1_000_000 } })
})
afterAll(() => sim[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly weight: number
  readonly headers: Headers
}

async function get(venue: string, path: string, on: Simulator = sim): Promise<Answer> {
  const response = await fetch(`${on.endpoints[venue]?.rest}${path}`)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    body: isJson ? JSON.parse(text) : text,
    weight: Number(response.headers.get('x-mbx-used-weight-1m')),
    headers: response.headers,
  }
}

async function cost(venue: string, path: string): Promise<number> {
  const before = (await get(venue, `${prefix[venue]}/ping`)).weight
  return (await get(venue, path)).weight - before
}

const prefix: Readonly<Record<string, string>> = {
  'binance-spot': '/api/v3',
  'binance-usdm': '/fapi/v1',
  'binance-coinm': '/dapi/v1',
  'binance-options': '/eapi/v1',
}

describe('answers', () => {
  const samples: readonly (readonly [venue: string, path: string, sample: string])[] = [
    ['binance-spot', '/api/v3/time', 'spot/rest/time'],
    ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&limit=5', 'spot/rest/depth'],
    ['binance-spot', '/api/v3/aggTrades?symbol=BTCUSDT&limit=2', 'spot/rest/aggTrades'],
    ['binance-spot', '/api/v3/trades?symbol=BTCUSDT&limit=2', 'spot/rest/trades'],
    ['binance-spot', '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2', 'spot/rest/klines'],
    ['binance-spot', '/api/v3/avgPrice?symbol=BTCUSDT', 'spot/rest/avgPrice'],
    ['binance-spot', '/api/v3/ticker/24hr?symbol=BTCUSDT', 'spot/rest/ticker24hr'],
    ['binance-spot', '/api/v3/ticker/bookTicker?symbol=BTCUSDT', 'spot/rest/bookTicker'],
    ['binance-usdm', '/fapi/v1/depth?symbol=BTCUSDT&limit=5', 'usdm/rest/depth'],
    ['binance-usdm', '/fapi/v1/rpiDepth?symbol=BTCUSDT&limit=1000', 'usdm/rest/rpiDepth'],
    ['binance-usdm', '/fapi/v1/aggTrades?symbol=BTCUSDT&limit=2', 'usdm/rest/aggTrades'],
    ['binance-usdm', '/fapi/v1/trades?symbol=BTCUSDT&limit=2', 'usdm/rest/trades'],
    ['binance-usdm', '/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=2', 'usdm/rest/klines'],
    ['binance-usdm', '/fapi/v1/premiumIndex?symbol=BTCUSDT', 'usdm/rest/premiumIndex'],
    ['binance-usdm', '/fapi/v1/fundingRate?symbol=BTCUSDT&limit=3', 'usdm/rest/fundingRate'],
    ['binance-usdm', '/fapi/v1/fundingInfo', 'usdm/rest/fundingInfo'],
    ['binance-usdm', '/fapi/v1/openInterest?symbol=BTCUSDT', 'usdm/rest/openInterest'],
    ['binance-usdm', '/fapi/v1/ticker/24hr?symbol=BTCUSDT', 'usdm/rest/ticker24hr'],
    ['binance-usdm', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT', 'usdm/rest/bookTicker'],
    ['binance-usdm', '/futures/data/openInterestHist?symbol=BTCUSDT&period=5m', 'usdm/rest/openInterestHist'],
    [
      'binance-coinm',
      '/futures/data/openInterestHist?pair=BTCUSD&contractType=PERPETUAL&period=1h',
      'coinm/rest/openInterestHist',
    ],
    ['binance-coinm', '/dapi/v1/depth?symbol=BTCUSD_PERP&limit=5', 'coinm/rest/depth'],
    ['binance-coinm', '/dapi/v1/aggTrades?symbol=BTCUSD_PERP&limit=2', 'coinm/rest/aggTrades'],
    ['binance-coinm', '/dapi/v1/trades?symbol=BTCUSD_PERP&limit=2', 'coinm/rest/trades'],
    ['binance-coinm', '/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1m&limit=2', 'coinm/rest/klines'],
    ['binance-coinm', '/dapi/v1/premiumIndex?symbol=BTCUSD_PERP', 'coinm/rest/premiumIndex'],
    ['binance-coinm', '/dapi/v1/fundingRate?symbol=BTCUSD_PERP', 'coinm/rest/fundingRate'],
    ['binance-coinm', '/dapi/v1/openInterest?symbol=BTCUSD_PERP', 'coinm/rest/openInterest'],
    ['binance-coinm', '/dapi/v1/ticker/24hr?symbol=BTCUSD_PERP', 'coinm/rest/ticker24hr'],
    ['binance-coinm', '/dapi/v1/ticker/bookTicker?symbol=BTCUSD_PERP', 'coinm/rest/bookTicker'],
    ['binance-options', '/eapi/v1/time', 'options/rest/time'],
    ['binance-options', '/eapi/v1/depth?symbol=OPTION&limit=5', 'options/rest/depth'],
    ['binance-options', '/eapi/v1/mark?symbol=OPTION', 'options/rest/mark'],
    ['binance-options', '/eapi/v1/index?underlying=BTCUSDT', 'options/rest/index'],
    ['binance-options', '/eapi/v1/ticker?symbol=OPTION', 'options/rest/ticker'],
    ['binance-options', '/eapi/v1/openInterest?underlyingAsset=BTC&expiration=EXPIRY', 'options/rest/openInterest'],
  ]

  it.skipIf(isMissing(protocolFolder)).each(samples)('%s %s has the documented shape', async (venue, path, sample) => {
    const option = await anOption()
    const { status, body, weight } = await get(
      venue,
      path.replace('OPTION', option).replace('EXPIRY', option.split('-')[1] ?? ''),
    )
    expect(status).toBe(200)
    expect(weight).toBeGreaterThanOrEqual(path.startsWith('/futures/data') ? 0 : 1)
    const expected: unknown = JSON.parse(readFileSync(`${protocolFolder}/binance/${sample}.json`, 'utf8'))
    expect(shape(body)).toEqual(shape(expected))
  })

  it('exchangeInfo names every symbol with tick, lot and contract size', async () => {
    const spot = shapeOf(await get('binance-spot', '/api/v3/exchangeInfo'))
    expect(spot).toContain('"symbol":"币安人生USDT"')
    expect(spot).toContain('"tickSize":"0.01000000"')
    const coin = shapeOf(await get('binance-coinm', '/dapi/v1/exchangeInfo'))
    expect(coin).toContain('"contractSize":100')
    expect(coin).toMatch(/"symbol":"BTCUSD_\d{6}","pair":"BTCUSD","contractType":"CURRENT_QUARTER"/)
    expect(shapeOf(await get('binance-options', '/eapi/v1/exchangeInfo'))).toMatch(/"symbol":"BTC-\d{6}-\d+-C"/)
    const one = await get('binance-spot', `/api/v3/exchangeInfo?symbol=${encodeURIComponent('币安人生USDT')}`)
    expect(one.body).toMatchObject({ symbols: [{ symbol: '币安人生USDT' }] })
  })

  it('aggTrades page by id without a hole, and by time', async () => {
    const newest = rows((await get('binance-spot', '/api/v3/aggTrades?symbol=BTCUSDT&limit=100')).body)
    const first = Number(newest[0]?.['a'])
    const page = rows((await get('binance-spot', `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${first}&limit=50`)).body)
    expect(page).toEqual(newest.slice(0, 50))
    expect(page.map(row => row['a'])).toEqual(Array.from({ length: 50 }, (_, index) => first + index))
    const from = Number(newest[10]?.['T'])
    const until = Number(newest[40]?.['T'])
    const span = rows(
      (await get('binance-spot', `/api/v3/aggTrades?symbol=BTCUSDT&startTime=${from}&endTime=${until}&limit=1000`))
        .body,
    )
    expect(span.every(row => Number(row['T']) >= from && Number(row['T']) <= until)).toBe(true)
    expect(span.map(row => row['a'])).toEqual(expect.arrayContaining(newest.slice(11, 40).map(row => row['a'])))
  })
})

describe('weights', () => {
  it('are the documented ones, per limit', async () => {
    for (const [venue, path, weight] of [
      ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&limit=100', 5],
      ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&limit=101', 25],
      ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&limit=1000', 50],
      ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&limit=9999', 250],
      ['binance-spot', '/api/v3/klines?symbol=BTCUSDT&interval=1m', 2],
      ['binance-spot', '/api/v3/exchangeInfo', 20],
      ['binance-spot', '/api/v3/ticker/24hr', 80],
      ['binance-usdm', '/fapi/v1/depth?symbol=BTCUSDT&limit=50', 2],
      ['binance-usdm', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000', 20],
      ['binance-usdm', '/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=99', 1],
      ['binance-usdm', '/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1500', 10],
      ['binance-options', '/eapi/v1/index?underlying=BTCUSDT', 1],
    ] as const) {
      expect(await cost(venue, path), path).toBe(weight)
    }
  })

  it('USD-M and COIN-M count into one pool', async () => {
    const before = (await get('binance-coinm', '/dapi/v1/ping')).weight
    await get('binance-usdm', '/fapi/v1/aggTrades?symbol=BTCUSDT')
    expect((await get('binance-coinm', '/dapi/v1/ping')).weight).toBe(before + 21)
  })

  it('over the limit 429 with Retry-After, going on 418 with the end of the ban; a new minute starts at 0', async () => {
    const clock = new FakeClock(1_790_000_010_000_000)
    const small = await createSimulator({
      venues: ['binance-spot', 'binance-usdm'],
      clock,
      limits: { weightPerMinute: 10, requestsUntilBan: 3 },
    })
    try {
      const ping = (): Promise<Answer> => get('binance-spot', '/api/v3/ping', small)
      for (let used = 1; used <= 10; used++) expect((await ping()).weight).toBe(used)
      const refused = await ping()
      expect([refused.status, refused.headers.get('retry-after'), refused.weight]).toEqual([429, '30', 11])
      expect(JSON.stringify(refused.body)).toContain('current limit is 10 request weight per 1 MINUTE')
      await clock.advance(30_000)
      expect((await ping()).weight).toBe(1)
      for (let used = 2; used <= 10; used++) await ping()
      for (let count = 0; count < 3; count++) expect((await ping()).status).toBe(429)
      const banned = await ping()
      expect([banned.status, banned.headers.get('retry-after')]).toEqual([418, '120'])
      expect(JSON.stringify(banned.body)).toMatch(/IP banned until \d{13}\./)
      await clock.advance(60_000)
      expect((await ping()).status).toBe(418)
      await clock.advance(61_000)
      expect((await ping()).status).toBe(200)
      expect(small.stats()['binance-spot']?.rateLimited).toBe(6)
      for (let count = 0; count < 11; count++) await get('binance-usdm', '/fapi/v1/ping', small)
      expect(JSON.stringify((await get('binance-usdm', '/fapi/v1/ping', small)).body)).toContain(
        'current limit of IP(127.0.0.1) is 10 requests per minute',
      )
    } finally {
      await small[Symbol.asyncDispose]()
    }
  })
})

describe('errors', () => {
  it.each([
    ['binance-spot', '/api/v3/depth?symbol=NOPE', 400, -1121],
    ['binance-spot', '/api/v3/depth', 400, -1102],
    ['binance-spot', '/api/v3/depth?symbol=', 400, -1102],
    ['binance-spot', '/api/v3/depth?symbol=BTC%20USDT', 400, -1100],
    ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&limit=abc', 400, -1100],
    ['binance-spot', '/api/v3/depth?symbol=BTCUSDT&colour=red', 400, -1104],
    ['binance-spot', '/api/v3/klines?symbol=BTCUSDT', 400, -1102],
    ['binance-spot', '/api/v3/klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['binance-spot', '/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=2', 400, -1128],
    ['binance-spot', '/api/v3/ticker/24hr?symbol=BTCUSDT&symbols=%5B%22BTCUSDT%22%5D', 400, -1128],
    ['binance-usdm', '/fapi/v1/depth?symbol=BTCUSDT&limit=7', 400, -4021],
    ['binance-usdm', '/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1501', 400, -1130],
    ['binance-usdm', '/fapi/v1/klines?symbol=BTCUSDT&interval=1s', 400, -1120],
    ['binance-usdm', '/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=0&endTime=3600001', 400, -1127],
    ['binance-usdm', '/fapi/v1/historicalTrades?symbol=BTCUSDT', 401, -2014],
    ['binance-coinm', '/dapi/v1/fundingRate', 400, -1102],
    ['binance-options', '/eapi/v1/mark?symbol=BTC-1-1-C', 400, -1121],
  ])('%s %s -> %i %i', async (venue, path, status, code) => {
    const answer = await get(venue, path)
    expect([answer.status, answer.body]).toEqual([status, { code, msg: expect.any(String) }])
  })

  it('unknown paths are 404, and other methods refused', async () => {
    expect((await get('binance-spot', '/api/v9/nothing')).status).toBe(404)
    expect((await get('binance-usdm', '/api/v3/time')).status).toBe(404)
    expect((await fetch(`${sim.endpoints['binance-spot']?.rest}/api/v3/time`, { method: 'DELETE' })).status).toBe(405)
  })

  it('whatever is asked, an answer in the venue’s form comes back', async () => {
    const name = fc.constantFrom(
      'symbol',
      'limit',
      'interval',
      'startTime',
      'endTime',
      'fromId',
      'pair',
      'contractType',
      'underlying',
      'timeZone',
      'windowSize',
      'symbols',
    )
    const value = fc.oneof(
      fc.constantFrom(
        'BTCUSDT',
        'BTCUSD_PERP',
        'BTCUSD',
        'PERPETUAL',
        '1m',
        '1M',
        '0',
        '-1',
        '1e9',
        '99999999999999999999',
        '+14:00',
        '["BTCUSDT"]',
      ),
      fc.string(),
    )
    const endpoint = fc.constantFrom(
      ...['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options'].flatMap(venue =>
        [
          'depth',
          'klines',
          'aggTrades',
          'trades',
          'historicalTrades',
          'ticker/24hr',
          'ticker',
          'premiumIndex',
          'fundingRate',
          'openInterest',
          'continuousKlines',
          'indexPriceKlines',
          'mark',
          'exchangeInfo',
          '',
        ].map(path => [venue, path] as const),
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        endpoint,
        fc.array(fc.tuple(name, value), { maxLength: 5 }),
        async ([venue, path], parameters) => {
          const query = parameters.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&')
          const { status } = await get(venue, `${prefix[venue]}/${path}?${query}`)
          expect([200, 400, 401, 404]).toContain(status)
        },
      ),
      { numRuns: 400, seed: 5 },
    )
  }, 30_000)
})

describe('faults', () => {
  it('spoil snapshots alone, or every call, and can be taken back', async () => {
    const { faults } = sim
    faults
      .of('binance-spot')
      .snapshot({ status: 503, body: '<html>unavailable</html>', headers: { 'Content-Type': 'text/html' } })
    expect(await get('binance-spot', '/api/v3/depth?symbol=BTCUSDT')).toMatchObject({
      status: 503,
      body: '<html>unavailable</html>',
    })
    expect((await get('binance-spot', '/api/v3/time')).status).toBe(200)
    expect((await get('binance-usdm', '/fapi/v1/depth?symbol=BTCUSDT')).status).toBe(200)
    faults.rest({ status: 429, headers: { 'Retry-After': '7' } })
    expect((await get('binance-usdm', '/fapi/v1/time')).headers.get('retry-after')).toBe('7')
    faults.clear()
    faults.snapshot({ delayMs: 300, ageEvents: 200 })
    const from = performance.now()
    const aged = (await get('binance-spot', '/api/v3/depth?symbol=BTCUSDT')).body
    expect(performance.now() - from).toBeGreaterThan(280)
    faults.clear()
    const fresh = (await get('binance-spot', '/api/v3/depth?symbol=BTCUSDT')).body
    expect(Number(field(fresh, 'lastUpdateId')) - Number(field(aged, 'lastUpdateId'))).toBeGreaterThanOrEqual(200)
  })
})

async function anOption(): Promise<string> {
  const { body } = await get('binance-options', '/eapi/v1/mark')
  return String(rows(body)[4]?.['symbol'])
}

function rows(body: unknown): Record<string, unknown>[] {
  return Array.isArray(body) ? body : []
}

function field(body: unknown, key: string): unknown {
  return typeof body === 'object' && body !== null ? new Map(Object.entries(body)).get(key) : undefined
}

function shapeOf(answer: Answer): string {
  return JSON.stringify(answer.body)
}

/** Keys and types; of arrays, the first row. */
function shape(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length > 0 && !Array.isArray(value[0]) && typeof value[0] !== 'object'
      ? value.map(field => typeof field)
      : value.slice(0, 1).map(shape)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, shape(inner)])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  )
}
