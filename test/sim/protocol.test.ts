import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { pause, type Refused, SimClient } from '../support/sim-client.ts'

let sim: Simulator
const clients: SimClient[] = []

beforeAll(async () => {
  sim = await createSimulator({ limits: { inboundPerSecond: 1000 } })
})
afterAll(async () => {
  for (const client of clients) client.close()
  await sim[Symbol.asyncDispose]()
})

async function open(venue: string, path: string): Promise<SimClient> {
  const client = await SimClient.open(`${sim.endpoints[venue]?.stream}${path}`)
  clients.push(client)
  return client
}

async function refusal(venue: string, path: string): Promise<Refused> {
  return await open(venue, path).then(
    () => Promise.reject(new Error('was accepted')),
    (error: Refused) => error,
  )
}

function isData(message: Record<string, unknown>): boolean {
  return 'stream' in message || 'e' in message || 'u' in message
}

describe('paths', () => {
  it('/ws/<stream> is raw, /stream?streams=a/b is combined', async () => {
    const raw = await open('binance-spot', '/ws/btcusdt@depth@100ms')
    expect((await raw.next(isData))['e']).toBe('depthUpdate')
    const combined = await open('binance-spot', '/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker')
    await combined.until(() => combined.streams().size === 2)
    const message = await combined.next(({ stream }) => stream === 'btcusdt@bookTicker')
    expect(Object.keys(message)).toEqual(['stream', 'data'])
    expect(message['data']).not.toHaveProperty('e')
  })

  it('empty /ws and /stream are filled by SUBSCRIBE, and non-ASCII and encoded names work', async () => {
    const client = await open('binance-spot', '/stream')
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['币安人生usdt@depth@100ms'], id: 1 })).toEqual({
      result: null,
      id: 1,
    })
    await client.until(() => client.streams().has('币安人生usdt@depth@100ms'))
    const encoded = await open(
      'binance-spot',
      `/stream?streams=${encodeURIComponent('币安人生usdt@depth@100ms/btcusdt@kline_1m@+08:00')}`,
    )
    await encoded.until(() => encoded.streams().size === 2)
    expect(encoded.streams().has('btcusdt@kline_1m@+08:00')).toBe(true)
  })

  it('unknown paths are refused with 404, a broken encoding too', async () => {
    for (const [venue, path] of [
      ['binance-spot', '/'],
      ['binance-spot', '/public/ws'],
      ['binance-spot', '/wss'],
      ['binance-spot', '/ws/%E0%A4%A'],
      ['binance-options', '/ws'],
      ['binance-coinm', '/market/stream'],
    ] as const) {
      expect((await refusal(venue, path)).status).toBe(404)
    }
  })

  it.each([
    ['binance-usdm', 'btcusdt@depth@100ms', 'btcusdt@aggTrade'],
    ['binance-options', 'btcusdt@optionTrade', '!index@arr'],
  ])('%s: a stream of the wrong class is acknowledged and stays silent', async (venue, publicName, marketName) => {
    for (const [path, right, wrong] of [
      ['/public/stream', publicName, marketName],
      ['/market/stream', marketName, publicName],
    ] as const) {
      const client = await open(venue, path)
      expect(await client.ask({ method: 'SUBSCRIBE', params: [right, wrong], id: 3 })).toEqual({ result: null, id: 3 })
      await pause(1300)
      expect(client.streams().has(wrong)).toBe(false)
      if (right !== 'btcusdt@optionTrade') expect(client.streams().has(right)).toBe(true)
      const list = await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 4 })
      expect(list['result']).toEqual([right, wrong])
    }
  })

  it('USD-M without class in the path delivers public data only', async () => {
    const client = await open('binance-usdm', '/stream?streams=btcusdt@markPrice@1s/btcusdt@bookTicker')
    await client.until(() => client.streams().has('btcusdt@bookTicker'))
    await pause(1500)
    expect([...client.streams()]).toEqual(['btcusdt@bookTicker'])
  })

  it('timeUnit=MICROSECOND turns every time of spot, and nonsense is refused with -1194', async () => {
    const client = await open('binance-spot', '/ws?timeUnit=microsecond')
    await client.ask({ method: 'SUBSCRIBE', params: ['btcusdt@kline_1s', 'btcusdt@depth@100ms'], id: 1 })
    const diff = await client.next(({ e }) => e === 'depthUpdate')
    expect(String(diff['E'])).toMatch(/^\d{16}$/)
    const event = await client.next(({ e }) => e === 'kline')
    const candle = event['k']
    expect(JSON.stringify(candle)).toMatch(/"t":\d{10}000000,"T":\d{10}999999,/)
    const refused = await refusal('binance-spot', '/ws?timeUnit=HOUR')
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([400, -1194])
  })
})

describe('control frames', () => {
  it('unknown streams and symbols are acknowledged and silent; a name twice is delivered once', async () => {
    const client = await open('binance-spot', '/stream')
    const params = ['nopeusdt@trade', 'btcusdt@nope', 'BTCUSDT@depth@100ms', '!ticker@arr', 'btcusdt@depth@100ms']
    expect((await client.ask({ method: 'SUBSCRIBE', params, id: 1 }))['result']).toBeNull()
    expect((await client.ask({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 2 }))['result']).toBeNull()
    await client.until(() => client.messages.length > 12)
    expect([...client.streams()]).toEqual(['btcusdt@depth@100ms'])
    const ids = client.messages.flatMap(text => /"u":(\d+)/.exec(text)?.[1] ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    expect(
      (await client.ask({ method: 'UNSUBSCRIBE', params: ['btcusdt@depth@100ms', 'never@trade'], id: 3 }))['result'],
    ).toBeNull()
    const count = client.messages.length
    await pause(400)
    expect(client.messages.length).toBe(count)
  })

  it('SET_PROPERTY turns the wrapper on and off at run time', async () => {
    const client = await open('binance-spot', '/ws/btcusdt@depth@100ms')
    expect((await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 1 }))['result']).toBe(false)
    await client.next(({ e }) => e === 'depthUpdate')
    expect((await client.ask({ method: 'SET_PROPERTY', params: ['combined', true], id: 2 }))['result']).toBeNull()
    const from = client.messages.length
    expect((await client.next(isData, from))['stream']).toBe('btcusdt@depth@100ms')
    expect((await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 3 }))['result']).toBe(true)
    await client.ask({ method: 'SET_PROPERTY', params: ['combined', false], id: 4 })
    const later = client.messages.length
    expect((await client.next(isData, later))['e']).toBe('depthUpdate')
  })

  it('ids: spot takes integers, text and null; futures unsigned integers only', async () => {
    const spot = await open('binance-spot', '/ws')
    for (const id of [0, -5, 'abc-1', null])
      expect(await spot.ask({ method: 'LIST_SUBSCRIPTIONS', id })).toEqual({ result: [], id })
    for (const [venue, path] of [
      ['binance-usdm', '/public/ws'],
      ['binance-coinm', '/ws'],
      ['binance-options', '/public/ws'],
    ] as const) {
      const futures = await open(venue, path)
      for (const id of ['1', -1, 1.5, null]) {
        const from = futures.messages.length
        futures.send({ method: 'SUBSCRIBE', params: [], id })
        await futures.until(() => futures.messages.length > from)
        expect(JSON.parse(futures.messages[from] ?? '')).toEqual({
          code: 2,
          msg: 'Invalid request: request ID must be an unsigned integer',
        })
      }
    }
  })

  it.skipIf(isMissing(protocolFolder))('errors are the documented ones', async () => {
    const known: { code: number; msg: string }[] = JSON.parse(
      readFileSync(`${protocolFolder}/binance/control/errors.json`, 'utf8'),
    )
    const client = await open('binance-spot', '/ws')
    const answers: { code: number; msg: string; id?: unknown }[] = []
    for (const text of [
      '{"method":"GET_PROPERTY","params":["colour"],"id":5}',
      '{"method":"SET_PROPERTY","params":["combined",1],"id":5}',
      '{"method":"GET_PROPERTY","params":[7],"id":5}',
      '{"method":"SUBSCRIBE","params":[],"id":{}}',
      '{"method": "SUBSCRIB", "params": [], "id": 5}',
      '{"method":"SET_PROPERTY","params":["combined",true,3],"id":5}',
      '{"params":["btcusdt@trade"],"id":5}',
      'nonsense',
    ]) {
      const from = client.messages.length
      client.send(text)
      await client.until(() => client.messages.length > from)
      answers.push(JSON.parse(client.messages[from] ?? ''))
    }
    const withoutColumn = (text: string): string => text.replace(/column \d+/, 'column')
    expect(answers.map(({ code, msg }) => [code, withoutColumn(msg)])).toEqual(
      known.map(({ code, msg }) => [code, withoutColumn(msg)]),
    )
    expect(answers[0]?.id).toBe(5)
    expect(answers[4]?.msg).toContain('column 21')
  })

  it('answers are never wrapped', async () => {
    const client = await open('binance-spot', '/stream')
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 9 })).toEqual({ result: [], id: 9 })
  })
})

describe('payloads of 2026', () => {
  const cases: readonly (readonly [venue: string, path: string, stream: string, sample: string])[] = [
    ['binance-spot', '/stream', 'btcusdt@trade', 'spot/trade'],
    ['binance-spot', '/stream', 'btcusdt@aggTrade', 'spot/aggTrade'],
    ['binance-spot', '/stream', 'btcusdt@depth@100ms', 'spot/depth_diff'],
    ['binance-spot', '/stream', 'btcusdt@depth5@100ms', 'spot/depth_partial'],
    ['binance-spot', '/stream', 'btcusdt@bookTicker', 'spot/bookTicker'],
    ['binance-spot', '/stream', 'btcusdt@kline_1m', 'spot/kline'],
    ['binance-spot', '/stream', 'btcusdt@miniTicker', 'spot/miniTicker'],
    ['binance-spot', '/stream', '!miniTicker@arr', 'spot/miniTicker_arr'],
    ['binance-spot', '/stream', 'btcusdt@ticker', 'spot/ticker'],
    ['binance-spot', '/stream', 'btcusdt@ticker_1h', 'spot/ticker_window'],
    ['binance-spot', '/stream', '!ticker_4h@arr', 'spot/ticker_window_arr'],
    ['binance-spot', '/stream', 'btcusdt@avgPrice', 'spot/avgPrice'],
    ['binance-spot', '/stream', 'btcusdt@referencePrice', 'spot/referencePrice'],
    ['binance-usdm', '/market/stream', 'btcusdt@aggTrade', 'usdm/aggTrade'],
    ['binance-usdm', '/market/stream', 'btcusdt@markPrice@1s', 'usdm/markPrice'],
    ['binance-usdm', '/market/stream', '!markPrice@arr@1s', 'usdm/markPrice_arr'],
    ['binance-usdm', '/market/stream', 'btcusdt@kline_1m', 'usdm/kline'],
    ['binance-usdm', '/market/stream', 'btcusdt_perpetual@continuousKline_1m', 'usdm/continuousKline'],
    ['binance-usdm', '/market/stream', 'btcusdt@ticker', 'usdm/ticker'],
    ['binance-usdm', '/market/stream', '!miniTicker@arr', 'usdm/miniTicker_arr'],
    ['binance-usdm', '/public/stream', 'btcusdt@depth', 'usdm/depth_diff'],
    ['binance-usdm', '/public/stream', 'btcusdt@depth20', 'usdm/depth_partial'],
    ['binance-usdm', '/public/stream', 'btcusdt@rpiDepth@500ms', 'usdm/rpiDepth'],
    ['binance-usdm', '/public/stream', 'btcusdt@bookTicker', 'usdm/bookTicker'],
    ['binance-usdm', '/public/stream', '!bookTicker', 'usdm/bookTicker_all'],
    ['binance-coinm', '/stream', 'btcusd_perp@aggTrade', 'coinm/aggTrade'],
    ['binance-coinm', '/stream', 'btcusd_perp@depth@500ms', 'coinm/depth_diff'],
    ['binance-coinm', '/stream', 'btcusd_perp@bookTicker', 'coinm/bookTicker'],
    ['binance-coinm', '/stream', 'btcusd_perp@markPrice@1s', 'coinm/markPrice'],
    ['binance-coinm', '/stream', 'btcusd@markPrice@1s', 'coinm/markPrice_pair'],
    ['binance-coinm', '/stream', 'btcusd@indexPrice', 'coinm/indexPrice'],
    ['binance-coinm', '/stream', 'btcusd@indexPriceKline_1m', 'coinm/indexPriceKline'],
    ['binance-coinm', '/stream', 'btcusd_perp@markPriceKline_1m', 'coinm/markPriceKline'],
    ['binance-coinm', '/stream', 'btcusd_perp@kline_1m', 'coinm/kline'],
    ['binance-coinm', '/stream', '!ticker@arr', 'coinm/ticker_arr'],
    ['binance-options', '/market/stream', 'btcusdt@optionMarkPrice', 'options/optionMarkPrice'],
    ['binance-options', '/market/stream', '!index@arr', 'options/index_arr'],
  ]

  it.skipIf(isMissing(protocolFolder))(
    'have the fields of the documented samples, and their types',
    { timeout: 30_000 },
    async () => {
      const paths = new Map<string, string[]>()
      for (const [venue, path, stream] of cases)
        paths.set(`${venue} ${path}`, [...(paths.get(`${venue} ${path}`) ?? []), stream])
      const heard = new Map<string, unknown>()
      await Promise.all(
        [...paths].map(async ([key, streams]) => {
          const [venue = '', path = ''] = key.split(' ')
          const client = await open(venue, path)
          client.send({ method: 'SUBSCRIBE', params: streams, id: 1 })
          for (const stream of streams)
            heard.set(`${venue} ${stream}`, (await client.next(message => message['stream'] === stream))['data'])
        }),
      )
      for (const [venue, , stream, sample] of cases) {
        const expected: unknown = JSON.parse(readFileSync(`${protocolFolder}/binance/${sample}.json`, 'utf8'))
        expect(shape(heard.get(`${venue} ${stream}`)), `${venue} ${stream}`).toEqual(shape(expected))
      }
    },
  )
})

/** Keys and types of a payload; levels and rows are reduced to their first. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : Array.isArray(value[0]) ? ['level'] : [shape(value[0])]
  if (typeof value !== 'object' || value === null) return value === '' ? 'string' : typeof value
  const entries = Object.entries(value).map(([key, field]): [string, unknown] => [
    key,
    Array.isArray(field) && key !== 'c' ? 'levels' : shape(field),
  ])
  return Object.fromEntries(entries.sort((a, b) => (a[0] < b[0] ? -1 : 1)))
}
