import { describe, expect, it } from 'vitest'
import type { FaultStep } from '../../src/sim/index.ts'
import { PlannedSim } from '../support/planned-sim.ts'
import { pause, type SimClient } from '../support/sim-client.ts'

const depth = '/public/stream?streams=btcusdt@depth@100ms'

function rows(value: unknown): readonly Record<string, unknown>[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`)
  return value
}

/** Payloads of one stream. */
function of(client: SimClient, stream: string): readonly Record<string, unknown>[] {
  return client.messages.flatMap(text => {
    const message = JSON.parse(text)
    return message.stream === stream ? [message.data] : []
  })
}

function brokenChains(client: SimClient, stream: string): number {
  const diffs = of(client, stream)
  return diffs.filter((diff, index) => index > 0 && diff['pu'] !== diffs[index - 1]?.['u']).length
}

describe('the life of a socket', () => {
  it('serverShutdown is announced, and comes after the lead', async () => {
    await using on = await PlannedSim.open([{ fault: 'serverShutdown', atMs: 500, leadMs: 600 }], {
      venues: ['binance-spot'],
    })
    const client = await on.client('/stream?streams=btcusdt@bookTicker', 'binance-spot')
    await client.until(() => client.streams().has('!serverShutdown'))
    const toldMs = performance.now()
    expect((await client.closed).code).toBe(1001)
    expect(performance.now() - toldMs).toBeGreaterThan(400)
    const later = await on.client('/stream?streams=btcusdt@bookTicker', 'binance-spot')
    await later.until(() => later.messages.length > 2)
    expect(later.streams().has('!serverShutdown')).toBe(false)
  })

  it('rotate: sockets end as at the end of their life, those opened meanwhile, too', async () => {
    await using on = await PlannedSim.open([{ fault: 'rotate', atMs: 400, forMs: 800, afterMs: 300 }], {
      venues: ['binance-spot'],
      limits: { shutdownLeadMs: 150 },
    })
    const spot = '/stream?streams=btcusdt@bookTicker'
    const old = await on.client(spot, 'binance-spot')
    await on.told(/^fault 1 at .*rotate \(afterMs 300\) for 0\.8 s: binance-spot 1 socket/)
    const young = await on.client(spot, 'binance-spot')
    for (const client of [old, young]) {
      expect(await client.closed).toEqual({ code: 1001, reason: 'Connection lifetime reached' })
      expect(client.streams().has('!serverShutdown')).toBe(true)
    }
    await on.told(/^fault 1 over/)
    const next = await on.client(spot, 'binance-spot')
    await pause(600)
    expect(next.ws.readyState).toBe(next.ws.OPEN)
  })

  it('ping: so many at once, with the payload, and the pongs count', async () => {
    await using on = await PlannedSim.open([{ fault: 'ping', atMs: 400, count: 5, payload: 'are you there' }])
    const client = await on.client('/public/ws')
    await client.until(() => client.pings.length === 5)
    expect(new Set(client.pings)).toEqual(new Set(['are you there']))
    await expect.poll(() => on.sim.stats()['binance-usdm']?.pongsReceived).toBe(5)
  })

  it('pausePings: none come while it lasts', async () => {
    await using on = await PlannedSim.open([{ fault: 'pausePings', atMs: 500, forMs: 600 }], { timeScale: 4000 })
    const client = await on.client('/public/ws')
    await client.until(() => client.pings.length > 1)
    await on.told(/^fault 1 at/)
    await pause(60)
    const count = client.pings.length
    await pause(350)
    expect(client.pings.length).toBe(count)
    await on.told(/^fault 1 over/)
    await client.until(() => client.pings.length > count + 1)
  })
})

describe('control frames', () => {
  const subscribe = (id: number, ...params: readonly string[]): { readonly id: number } & Record<string, unknown> => ({
    method: 'SUBSCRIBE',
    params,
    id,
  })

  it('ackNoData: acknowledged, never fed; fed when asked for again after its end', async () => {
    await using on = await PlannedSim.open([{ fault: 'ackNoData', atMs: 0, forMs: 900, stream: 'btcusdt@*' }])
    const client = await on.client('/public/stream')
    expect(await client.ask(subscribe(1, 'btcusdt@bookTicker', 'ethusdt@bookTicker'))).toEqual({ result: null, id: 1 })
    await client.until(() => client.streams().has('ethusdt@bookTicker'))
    await on.told(/^fault 1 over/)
    await pause(200)
    expect(client.streams().has('btcusdt@bookTicker')).toBe(false)
    await client.ask(subscribe(2, 'btcusdt@bookTicker'))
    await client.until(() => client.streams().has('btcusdt@bookTicker'))
  })

  it('ackSilent: the share that the seed draws is neither answered nor obeyed', async () => {
    const answered = async (seed: number): Promise<string> => {
      await using on = await PlannedSim.open([], {
        faults: { seed, steps: [{ fault: 'ackSilent', atMs: 0, share: 0.5 }] },
      })
      await on.told(/^fault 1 at/)
      const client = await on.client('/public/ws')
      for (let id = 1; id <= 40; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id })
      await pause(400)
      return client.messages.map(text => JSON.parse(text).id).join(' ')
    }
    const [first, again, other] = [await answered(3), await answered(3), await answered(4)]
    expect(first).toBe(again)
    expect(other).not.toBe(first)
    expect(first.split(' ').length).toBeGreaterThan(8)
    expect(first.split(' ').length).toBeLessThan(32)
  })

  it('ackLate: obeyed at once, answered late', async () => {
    await using on = await PlannedSim.open([{ fault: 'ackLate', atMs: 0, ms: 700 }])
    await on.told(/^fault 1 at/)
    const client = await on.client('/public/stream')
    const startMs = performance.now()
    const answer = client.ask(subscribe(1, 'btcusdt@bookTicker'))
    await client.until(() => client.streams().has('btcusdt@bookTicker'))
    expect(client.messages.some(text => text.includes('"result"'))).toBe(false)
    await answer
    expect(performance.now() - startMs).toBeGreaterThan(600)
  })

  it('ackError: a SUBSCRIBE that names a stream of the scope is refused', async () => {
    const step: FaultStep = { fault: 'ackError', atMs: 0, stream: '*@depth*', code: 7, message: 'no books today' }
    await using on = await PlannedSim.open([step])
    await on.told(/^fault 1 at/)
    const client = await on.client('/public/stream')
    expect(await client.ask(subscribe(1, 'btcusdt@bookTicker', 'btcusdt@depth@100ms'))).toEqual({
      code: 7,
      msg: 'no books today',
      id: 1,
    })
    expect(await client.ask(subscribe(2, 'btcusdt@bookTicker'))).toEqual({ result: null, id: 2 })
    expect((await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 3 }))['result']).toEqual(['btcusdt@bookTicker'])
  })

  it('ignoreIfLarger: a frame above so many bytes is not heard', async () => {
    await using on = await PlannedSim.open([{ fault: 'ignoreIfLarger', atMs: 0, bytes: 100 }])
    await on.told(/^fault 1 at/)
    const client = await on.client('/public/stream')
    client.send(subscribe(1, ...Array.from({ length: 9 }, (_, index) => `x${index}usdt@bookTicker`)))
    expect(await client.ask(subscribe(2, 'btcusdt@bookTicker'))).toEqual({ result: null, id: 2 })
    expect((await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 3 }))['result']).toEqual(['btcusdt@bookTicker'])
  })

  it('forget: the server loses subscriptions without a word', async () => {
    await using on = await PlannedSim.open([{ fault: 'forget', atMs: 700, stream: 'btcusdt@bookTicker' }])
    const client = await on.client('/public/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker')
    await client.until(() => client.streams().size === 2)
    await on.told(/: binance-usdm 1 subscription$/)
    await pause(60)
    const from = of(client, 'btcusdt@bookTicker').length
    expect((await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 }))['result']).toEqual(['ethusdt@bookTicker'])
    await pause(300)
    expect(of(client, 'btcusdt@bookTicker').length).toBe(from)
    await client.ask(subscribe(2, 'btcusdt@bookTicker'))
    await client.until(() => of(client, 'btcusdt@bookTicker').length > from)
  })
})

describe('sequences', () => {
  it('skip: so many messages of each stream of the scope are never sent, on no socket', async () => {
    await using on = await PlannedSim.open([{ fault: 'skip', atMs: 700, count: 3, stream: 'btcusdt@depth*' }])
    const clients = [await on.client(depth), await on.client(depth)]
    await on.told(/skip \(count 3, stream btcusdt@depth\*\): binance-usdm 1 stream$/)
    const [first, second] = clients
    const length = first?.messages.length ?? 0
    for (const client of clients) await client.until(() => client.messages.length > length + 6)
    expect(clients.map(client => brokenChains(client, 'btcusdt@depth@100ms'))).toEqual([1, 1])
    const last = (client: SimClient | undefined): readonly unknown[] =>
      client === undefined ? [] : of(client, 'btcusdt@depth@100ms').map(diff => diff['u'])
    const shared = last(second)
    expect(
      last(first)
        .slice(-shared.length)
        .filter(id => shared.includes(id)).length,
    ).toBeGreaterThan(6)
  })

  it('dup: so many messages are sent twice', async () => {
    await using on = await PlannedSim.open([{ fault: 'dup', atMs: 600, count: 2, stream: 'btcusdt@depth*' }])
    const client = await on.client(depth)
    await on.told(/^fault 1 at/)
    const from = client.messages.length
    await client.until(() => client.messages.length > from + 8)
    expect(client.messages.length - new Set(client.messages).size).toBe(2)
  })
})

describe('REST', () => {
  it('snapshot: late, as old as so many changes, failing, and of some symbols only', async () => {
    await using on = await PlannedSim.open([
      { fault: 'snapshot', atMs: 0, stream: 'btcusdt@*', delayMs: 400, ageEvents: 50 },
      { fault: 'snapshot', atMs: 0, stream: 'solusdt@depth*', status: 503 },
    ])
    await on.told(/^fault 2 at/)
    const startMs = performance.now()
    const old = await on.json('/fapi/v1/depth?symbol=BTCUSDT&limit=5')
    expect(performance.now() - startMs).toBeGreaterThan(350)
    const client = await on.client(depth)
    await client.until(() => client.messages.length > 0)
    expect(Number(of(client, 'btcusdt@depth@100ms')[0]?.['u'])).toBeGreaterThan(Object(old)['lastUpdateId'])
    expect((await on.rest('/fapi/v1/depth?symbol=SOLUSDT&limit=5')).status).toBe(503)
    expect((await on.rest('/fapi/v1/depth?symbol=ETHUSDT&limit=5')).status).toBe(200)
  })

  it('rest: status, body and headers of every call, or late answers', async () => {
    await using on = await PlannedSim.open([
      { fault: 'rest', atMs: 0, forMs: 500, status: 418, body: '{"code":-1003}', headers: { 'Retry-After': '9' } },
      { fault: 'rest', atMs: 800, latencyMs: 300 },
    ])
    await on.told(/^fault 1 at/)
    const banned = await on.rest('/fapi/v1/time')
    expect([banned.status, banned.headers.get('retry-after'), await banned.text()]).toEqual([
      418,
      '9',
      '{"code":-1003}',
    ])
    await on.told(/^fault 2 at/)
    const startMs = performance.now()
    expect((await on.rest('/fapi/v1/time')).status).toBe(200)
    expect(performance.now() - startMs).toBeGreaterThan(250)
  })

  it('rest: trades with a hole, and trades and candles that lag behind', async () => {
    await using before = await PlannedSim.open([])
    const ids = rows(await before.json('/fapi/v1/aggTrades?symbol=BTCUSDT&limit=100')).map(row => Number(row['a']))
    // The same seed gives the same ids; the newest of them may differ by when it was asked.
    const [from, to] = [ids[10] ?? 0, ids[13] ?? 0]
    await using on = await PlannedSim.open([
      { fault: 'rest', atMs: 0, forMs: 600, hole: [from, to] },
      { fault: 'rest', atMs: 900, lagMs: 3000 },
    ])
    await on.told(/^fault 1 at/)
    const path = `/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=${from - 2}&limit=4`
    expect(rows(await on.json(path)).map(row => Number(row['a']))).toEqual([from - 2, from - 1, to + 1, to + 2])
    await on.told(/^fault 2 at/)
    const nowMs = Number(Object(await on.json('/fapi/v1/time'))['serverTime'])
    const newest = rows(await on.json('/fapi/v1/aggTrades?symbol=BTCUSDT&limit=5'))
    expect(newest).toHaveLength(5)
    expect(nowMs - Number(newest.at(-1)?.['T'])).toBeGreaterThanOrEqual(2900)
    const candles: readonly (readonly unknown[])[] = Object(
      await on.json('/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=3'),
    )
    expect(candles.every(([, , , , , , closeMs]) => Number(closeMs) < nowMs - 2900)).toBe(true)
  })

  it('weights: every call costs so many times its weight', async () => {
    await using on = await PlannedSim.open([{ fault: 'weights', atMs: 300, factor: 100 }])
    const used = async (): Promise<number> =>
      Number((await on.rest('/fapi/v1/time')).headers.get('x-mbx-used-weight-1m'))
    const first = await used()
    await on.told(/^fault 1 at/)
    const second = await used()
    // A new minute of the wall clock begins at 0.
    expect([100, 100 + first]).toContain(second)
  })
})

describe('content and market', () => {
  it('hostile: a text as a frame, bytes as they are', async () => {
    await using on = await PlannedSim.open([
      { fault: 'hostile', atMs: 400, text: '{"e":"trade","t":1e999}' },
      { fault: 'hostile', atMs: 700, hex: 'ff0102' },
    ])
    const client = await on.client('/public/ws')
    await client.until(() => client.messages.length === 1)
    expect(client.messages).toEqual(['{"e":"trade","t":1e999}'])
    expect((await client.closed).code).toBe(1006)
  })

  it('rateFactor: the market of the scope is livelier, and calms down', async () => {
    await using on = await PlannedSim.open([
      { fault: 'rateFactor', atMs: 1200, forMs: 1200, stream: 'ethusdt@*', factor: 20 },
    ])
    const client = await on.client('/public/stream?streams=ethusdt@bookTicker/btcusdt@bookTicker')
    const count = async (): Promise<readonly number[]> => {
      const streams = ['ethusdt@bookTicker', 'btcusdt@bookTicker']
      const before = streams.map(stream => of(client, stream).length)
      await pause(900)
      return streams.map((stream, index) => of(client, stream).length - (before[index] ?? 0))
    }
    const calm = await count()
    expect(await on.told(/^fault 1 at/)).toMatch(/rateFactor .*binance-usdm 1 market$/)
    const lively = await count()
    await on.told(/^fault 1 over/)
    const after = await count()
    expect(lively[0]).toBeGreaterThan(3 * Math.max(calm[0] ?? 0, after[0] ?? 0))
    expect(lively[1]).toBeLessThan(4 * (calm[1] ?? 0) + 20)
  })
})
