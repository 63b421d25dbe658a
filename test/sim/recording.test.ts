import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/sim/index.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { SimClient } from '../support/sim-client.ts'

const isAbsent = isMissing(capturesFolder)
let sim: Simulator | undefined
const clients: SimClient[] = []
const notices: string[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await sim?.[Symbol.asyncDispose]()
  sim = undefined
  notices.length = 0
})

async function serve(file: string, options: SimulatorOptions = {}): Promise<Simulator> {
  sim = await createSimulator({
    captures: [`${capturesFolder}/${file}`],
    speed: Number.POSITIVE_INFINITY,
    onNotice: line => notices.push(line),
    limits: { inboundPerSecond: 1000 },
    ...options,
  })
  return sim
}

async function open(venue: string, path: string): Promise<SimClient> {
  const client = await SimClient.open(`${sim?.endpoints[venue]?.stream}${path}`)
  clients.push(client)
  return client
}

async function get(venue: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${sim?.endpoints[venue]?.rest}${path}`)
  const body: Record<string, unknown> = JSON.parse(await response.text())
  return { status: response.status, body }
}

/** What a recording holds: texts of inbound messages, wrapper and all. */
function recorded(file: string): readonly string[] {
  const lines = gunzipSync(readFileSync(`${capturesFolder}/${file}`))
    .toString()
    .trim()
    .split('\n')
  return lines
    .map(line => JSON.parse(line))
    .filter(line => line.dir === 'in' && line.conn !== 'rest')
    .map(line => line.msg)
}

function counts(messages: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {}
  for (const text of messages) {
    const name = /^\{"stream":"[^@"]*(@[^"]*)"/.exec(text)?.[1]
    if (name !== undefined) result[name] = (result[name] ?? 0) + 1
  }
  return result
}

describe.skipIf(isAbsent)('recordings', () => {
  it('spot: every message arrives byte for byte, in order, and the end is told', async () => {
    const file = 'binance-spot/btcusdt-20240808.jsonl.gz'
    await serve(file)
    const client = await open('binance-spot', '/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade')
    await sim?.ended
    expect((await client.closed).code).toBe(1001)
    expect(counts(client.messages)).toEqual({ '@depth@100ms': 6495, '@bookTicker': 73_174, '@trade': 19_904 })
    expect(client.messages).toEqual(recorded(file))
    expect(notices.at(-1)).toContain('recording ended')
    expect(sim?.source).toEqual({ kind: 'recording', files: [`${capturesFolder}/${file}`] })
  }, 30_000)

  it('USD-M: classes apply, other speeds are served under their own name, markPrice and trades count', async () => {
    await serve('binance-usdm/btcusdt-20230404.jsonl.gz')
    const open$ = open(
      'binance-usdm',
      '/public/stream?streams=btcusdt@depth@500ms/btcusdt@bookTicker/btcusdt@trade/btcusdt@markPrice@1s',
    )
    const market = await open('binance-usdm', '/market/stream?streams=btcusdt@markPrice@1s/btcusdt@depth@0ms')
    const client = await open$
    await sim?.ended
    await Promise.all([client.closed, market.closed])
    expect(counts(client.messages)).toEqual({ '@depth@500ms': 16_110, '@bookTicker': 44_205, '@trade': 12_935 })
    expect(counts(market.messages)).toEqual({ '@markPrice@1s': 514 })
  }, 30_000)

  it('COIN-M: ten symbols, contract sizes and kinds in exchangeInfo', async () => {
    await serve('binance-coinm/multi10-20210721.jsonl.gz', { autoStart: false })
    const info = JSON.stringify((await get('binance-coinm', '/dapi/v1/exchangeInfo')).body)
    expect(info).toContain('"symbol":"BTCUSD_211231"')
    const symbols = [
      'BCHUSD_210924',
      'BCHUSD_PERP',
      'BTCUSD_211231',
      'EOSUSD_PERP',
      'ETCUSD_PERP',
      'ETHUSD_210924',
      'LINKUSD_211231',
      'LINKUSD_PERP',
      'TRXUSD_PERP',
      'XRPUSD_PERP',
    ]
    const client = await open('binance-coinm', '/stream')
    const params = symbols.flatMap(symbol =>
      ['depth@100ms', 'bookTicker', 'aggTrade', 'kline_1m'].map(name => `${symbol.toLowerCase()}@${name}`),
    )
    await client.ask({ method: 'SUBSCRIBE', params, id: 1 })
    sim?.play()
    await client.closed
    expect(counts(client.messages)).toEqual({
      '@bookTicker': 2240,
      '@depth@100ms': 2047,
      '@aggTrade': 51,
      '@kline_1m': 33,
    })
  }, 30_000)

  it('a raw recording without receive times gets its stream names from its events; raw and combined', async () => {
    const file = 'binance-spot/ethbtc-20201101T09.jsonl.gz'
    await serve(file, { autoStart: false })
    const raw = await open('binance-spot', '/ws')
    await raw.ask({ method: 'SUBSCRIBE', params: ['ethbtc@depth', 'ethbtc@aggTrade'], id: 1 })
    const combined = await open('binance-spot', '/stream?streams=ethbtc@depth@100ms')
    sim?.play()
    await Promise.all([raw.closed, combined.closed])
    expect(raw.messages.slice(1)).toEqual(recorded(file))
    expect(counts(combined.messages)).toEqual({ '@depth@100ms': 3600 })
  }, 30_000)

  it('the files of Binance US are served as spot', async () => {
    await serve('binance-us/multi10-20210405.jsonl.gz')
    const names = JSON.stringify((await get('binance-spot', '/api/v3/exchangeInfo')).body).matchAll(
      /"symbol":"([A-Z]+)"/g,
    )
    const params = [...names].flatMap(([, symbol = '']) =>
      ['depth', 'bookTicker', 'aggTrade'].map(kind => `${symbol.toLowerCase()}@${kind}`),
    )
    const client = await open('binance-spot', '/stream')
    await client.ask({ method: 'SUBSCRIBE', params, id: 1 })
    await client.closed
    expect(counts(client.messages)).toEqual({ '@depth': 3196, '@bookTicker': 2624, '@aggTrade': 188 })
  }, 30_000)

  it('REST depth is the recorded snapshot before the start and the book of the replay after it', async () => {
    await serve('binance-usdm/multi4-20210722.jsonl.gz', { autoStart: false })
    const path = '/fapi/v1/depth?symbol=SUSHIUSDT&limit=1000'
    const before = (await get('binance-usdm', path)).body
    const client = await open('binance-usdm', '/public/stream?streams=sushiusdt@depth@100ms')
    sim?.play()
    await client.closed
    const after = (await get('binance-usdm', path)).body
    const book = { bids: new Map(levels(before['bids'])), asks: new Map(levels(before['asks'])) }
    let lastId = Number(before['lastUpdateId'])
    for (const { data } of client.messages.map(text => JSON.parse(text))) {
      if (data.u < lastId) continue
      for (const [side, rows] of [
        ['bids', data.b],
        ['asks', data.a],
      ] as const) {
        for (const [price, quantity] of levels(rows)) {
          if (Number(quantity) === 0) book[side].delete(price)
          else book[side].set(price, quantity)
        }
      }
      lastId = data.u
    }
    expect(after['lastUpdateId']).toBe(lastId)
    const best = (side: 'bids' | 'asks'): unknown =>
      [...book[side]].sort((a, b) => (Number(a[0]) - Number(b[0])) * (side === 'bids' ? -1 : 1)).slice(0, 1000)
    expect(after['bids']).toEqual(best('bids'))
    expect(after['asks']).toEqual(best('asks'))
  }, 30_000)

  it('without a snapshot the book is not available, and the rest is', async () => {
    await serve('binance-spot/btcusdt-20230405.jsonl.gz', { autoStart: false })
    const { status, body } = await get('binance-spot', '/api/v3/depth?symbol=BTCUSDT')
    expect([status, body]).toEqual([
      503,
      { code: -1016, msg: 'This recording holds no depth snapshot of BTCUSDT: its book is not available.' },
    ])
    const info = (await get('binance-spot', '/api/v3/exchangeInfo')).body
    expect(JSON.stringify(info)).toContain('"tickSize":"0.01000000"')
    expect(JSON.stringify(info)).toContain('"stepSize":"0.00000100"')
  }, 30_000)

  it('derives aggTrades, candles, tickers and top levels, says so, and none of a best quote', async () => {
    await serve('binance-spot/btcusdt-20240808.jsonl.gz', { autoStart: false })
    const client = await open(
      'binance-spot',
      '/stream?streams=btcusdt@aggTrade/btcusdt@trade/btcusdt@kline_1m/btcusdt@ticker/btcusdt@depth5@100ms/ethusdt@trade',
    )
    sim?.play()
    await client.closed
    const data = (stream: string): Record<string, never>[] =>
      client.messages
        .map(text => JSON.parse(text))
        .filter(message => message.stream === stream)
        .map(message => message.data)
    const trades = data('btcusdt@trade')
    const aggregates = data('btcusdt@aggTrade')
    expect(aggregates[0]?.['a']).toBe(1)
    let next = Number(trades[0]?.['t'])
    for (const [index, aggregate] of aggregates.entries()) {
      expect([aggregate['a'], aggregate['f']]).toEqual([index + 1, next])
      next = Number(aggregate['l']) + 1
    }
    expect(next).toBe(Number(trades.at(-1)?.['t']) + 1)
    const closed = data('btcusdt@kline_1m')
      .map(event => event['k'])
      .filter(k => k?.['x'] === true)
    expect(closed.length).toBe(11)
    for (const k of closed.slice(1)) {
      const own = trades.filter(
        trade => Number(trade['T']) >= Number(k?.['t']) && Number(trade['T']) <= Number(k?.['T']),
      )
      expect([k?.['n'], k?.['o'], k?.['c']]).toEqual([own.length, own[0]?.['p'], own.at(-1)?.['p']])
    }
    expect(data('btcusdt@depth5@100ms').length).toBeGreaterThan(1000)
    expect(data('btcusdt@ticker').length).toBeGreaterThan(100)
    expect(notices.filter(line => line.startsWith('derived'))).toHaveLength(4)
    expect(notices).toContain('ethusdt@trade is not in the recording and does not follow from it: it stays silent')
    const page = await fetch(
      `${sim?.endpoints['binance-spot']?.rest}/api/v3/aggTrades?symbol=BTCUSDT&fromId=11&limit=3`,
    )
    expect(JSON.parse(await page.text()).map((row: { a: number }) => row.a)).toEqual([11, 12, 13])
    const klines = await fetch(
      `${sim?.endpoints['binance-spot']?.rest}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000`,
    )
    expect(await klines.json()).toHaveLength(12)
  }, 30_000)

  it('the first hour of November 2020 makes its one-hour candle', async () => {
    await serve('binance-spot/btcusdt-aggtrade-20201101T09.jsonl.gz', { autoStart: false })
    const client = await open('binance-spot', '/ws/btcusdt@aggTrade')
    sim?.play()
    await client.closed
    expect(client.messages).toHaveLength(18_054)
    const { body } = await get('binance-spot', '/api/v3/klines?symbol=BTCUSDT&interval=1h')
    const history = gunzipSync(
      readFileSync(`${capturesFolder}/history/binance-spot-btcusdt-1h-201708-202212.csv.gz`),
    ).toString()
    const row = history.split('\n').find(line => line.includes('2020-11-01 09:00') || line.includes('1604221200'))
    const numbers = (row ?? '').split(',').map(Number)
    const [, open_, high, low, close, volume] = Object.values(body)[0] as string[]
    for (const value of [open_, high, low, close, volume]) expect(numbers).toContain(Number(value))
  }, 30_000)

  it('as fast as the sockets take it means as fast as the slowest: nobody loses a message', async () => {
    await serve('binance-usdm/btcusdt-20240808.jsonl.gz', { limits: { unreadBytes: 12_000_000 }, autoStart: false })
    const path = '/public/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade'
    const [slow, fast] = await Promise.all([open('binance-usdm', path), open('binance-usdm', path)])
    slow.ws.pause()
    sim?.play()
    await fast.until(() => fast.messages.length > 5000)
    await new Promise(resolve => setTimeout(resolve, 1500))
    expect(fast.messages.length).toBeLessThan(93_953)
    slow.ws.resume()
    await Promise.all([slow.closed, fast.closed])
    expect([slow.messages.length, fast.messages.length]).toEqual([93_953, 93_953])
    expect(sim?.stats()['binance-usdm']?.slowClients).toBe(0)
  }, 30_000)

  it('keeps its own timing at speed 1, and half of it at 2', async () => {
    await serve('binance-spot/btcusdt-20240808.jsonl.gz', { speed: 2 })
    const client = await open('binance-spot', '/stream?streams=btcusdt@depth@100ms')
    await client.until(() => client.messages.length > 5)
    const from = performance.now()
    const first = client.messages.length
    await new Promise(resolve => setTimeout(resolve, 1500))
    const perSecond = (client.messages.length - first) / ((performance.now() - from) / 1000)
    expect(perSecond).toBeGreaterThan(16)
    expect(perSecond).toBeLessThan(24)
  }, 30_000)

  it('refuses what it cannot serve, by name', async () => {
    await expect(serve('binance-spot/nothing.jsonl.gz')).rejects.toThrow(/nothing\.jsonl\.gz cannot be read/)
    await expect(serve('okx/books-20220513.jsonl.gz')).rejects.toThrow(/holds no Binance market data|not of Binance/)
    const twice = ['binance-spot/btcusdt-20240808.jsonl.gz', 'binance-spot/btcusdt-20230405.jsonl.gz'].map(
      file => `${capturesFolder}/${file}`,
    )
    await expect(createSimulator({ captures: twice })).rejects.toThrow(/both hold BTCUSDT/)
  }, 30_000)
})

describe.skipIf(isAbsent)('loops', () => {
  it.each([
    ['binance-spot/ethbtc-20201101T09.jsonl.gz', 'binance-spot', '/stream', 'ethbtc', ['depth', 'aggTrade'], 5336],
    [
      'binance-usdm/multi4-20210722.jsonl.gz',
      'binance-usdm',
      '/public/stream',
      'sushiusdt',
      ['depth@100ms', 'bookTicker'],
      500,
    ],
    [
      'binance-coinm/multi10-20210721.jsonl.gz',
      'binance-coinm',
      '/stream',
      'ethusd_210924',
      ['depth', 'bookTicker'],
      500,
    ],
    ['binance-spot/btcusdt-20230405.jsonl.gz', 'binance-spot', '/stream', 'btcusdt', ['depth', 'trade'], 7000],
  ] as const)(
    '%s goes on without a gap in ids and times',
    async (file, venue, path, symbol, kinds, onePass) => {
      await serve(file, { loop: true, autoStart: false })
      const client = await open(venue, `${path}?streams=${kinds.map(kind => `${symbol}@${kind}`).join('/')}`)
      sim?.play()
      await client.until(() => client.messages.length > onePass * 2.6, 25_000)
      client.close()
      await client.closed
      expect(notices.some(line => line.includes('begins again'))).toBe(true)
      const problems: string[] = []
      const last = { trade: -1, aggTrade: -1, depthUpdate: -1 }
      let lastTime = 0
      const follow = (kind: keyof typeof last, previous: number, id: number): void => {
        if (last[kind] >= 0 && previous !== last[kind]) problems.push(`${kind} ${id} after ${last[kind]}`)
        last[kind] = id
      }
      for (const { data } of client.messages.map(text => JSON.parse(text))) {
        // Streams of one socket may overtake each other by a little, as they did when recorded.
        if (data.E < lastTime - 5000) problems.push(`time ${data.E} after ${lastTime}`)
        lastTime = Math.max(lastTime, data.E ?? 0)
        if (data.e === 'trade') follow('trade', data.t - 1, data.t)
        else if (data.e === 'aggTrade') follow('aggTrade', data.a - 1, data.a)
        else if (data.e === 'depthUpdate') follow('depthUpdate', data.pu ?? data.U - 1, data.u)
      }
      expect(problems).toEqual([])
      expect(last.depthUpdate).toBeGreaterThan(0)
    },
    60_000,
  )

  it('carries the book over: after two rounds a client’s book still equals REST', async () => {
    await serve('binance-usdm/multi4-20210722.jsonl.gz', { loop: true, autoStart: false, speed: 60 })
    const path = '/fapi/v1/depth?symbol=CTKUSDT&limit=1000'
    const before = (await get('binance-usdm', path)).body
    const client = await open('binance-usdm', '/public/stream?streams=ctkusdt@depth@100ms')
    sim?.play()
    await client.until(() => client.messages.length > 420, 20_000)
    const after = (await get('binance-usdm', path)).body
    await client.until(() => JSON.parse(client.messages.at(-1) ?? '').data.u >= Number(after['lastUpdateId']))
    let bids = new Map(levels(before['bids']))
    let asks = new Map(levels(before['asks']))
    for (const { data } of client.messages.map(text => JSON.parse(text))) {
      if (data.u < Number(before['lastUpdateId']) || data.u > Number(after['lastUpdateId'])) continue
      bids = apply(bids, data.b)
      asks = apply(asks, data.a)
    }
    const best = (side: Map<string, string>, sign: number): unknown =>
      [...side].sort((a, b) => (Number(a[0]) - Number(b[0])) * sign).slice(0, 1000)
    expect(after['bids']).toEqual(best(bids, -1))
    expect(after['asks']).toEqual(best(asks, 1))
  }, 60_000)
})

function levels(value: unknown): [string, string][] {
  return Array.isArray(value) ? value.map((row: [string, string]) => [row[0], row[1]]) : []
}

function apply(side: Map<string, string>, rows: unknown): Map<string, string> {
  for (const [price, quantity] of levels(rows)) {
    if (Number(quantity) === 0) side.delete(price)
    else side.set(price, quantity)
  }
  return side
}
