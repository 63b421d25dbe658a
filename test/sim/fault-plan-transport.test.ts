import { describe, expect, it } from 'vitest'
import type WebSocket from 'ws'
import { PlannedSim } from '../support/planned-sim.ts'
import { pause, type Refused, SimClient } from '../support/sim-client.ts'

const quotes = '/public/stream?streams=btcusdt@bookTicker'
const both = '/public/stream?streams=btcusdt@bookTicker/btcusdt@depth@100ms'

/** Messages that arrive within a span of real time. */
async function heardWithin(client: SimClient, ms: number): Promise<number> {
  const before = client.messages.length
  await pause(ms)
  return client.messages.length - before
}

/** Milliseconds until the pong of a ping of ours; undefined when none comes in time. */
function pongMs(ws: WebSocket, withinMs: number): Promise<number | undefined> {
  const startMs = performance.now()
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(undefined), withinMs)
    ws.once('pong', () => {
      clearTimeout(timer)
      resolve(performance.now() - startMs)
    })
    ws.ping()
  })
}

describe('halfOpen', () => {
  it('silences the sockets that are open, both ways, and no later one', async () => {
    await using on = await PlannedSim.open([{ fault: 'halfOpen', atMs: 600 }])
    const client = await on.client(quotes)
    await client.until(() => client.messages.length > 2)
    expect(await on.told(/^fault 1 at /)).toMatch(/: halfOpen: binance-usdm 1 socket$/)
    await pause(100)
    expect(await heardWithin(client, 400)).toBe(0)
    expect(await pongMs(client.ws, 300)).toBeUndefined()
    expect(client.ws.readyState).toBe(client.ws.OPEN)
    const later = await on.client(quotes)
    await later.until(() => later.messages.length > 2)
  })

  it('with an end, what was sent meanwhile arrives then', async () => {
    await using on = await PlannedSim.open([{ fault: 'halfOpen', atMs: 600, forMs: 700 }])
    const client = await on.client(both)
    await on.told(/^fault 1 at .*1 socket/)
    await pause(50)
    const before = client.messages.length
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: 5 })
    await pause(300)
    expect(client.messages.length).toBe(before)
    await on.told(/^fault 1 over at /)
    await client.next(message => message['id'] === 5)
    const ids = client.messages.flatMap(text => {
      const { stream, data } = JSON.parse(text)
      return stream === 'btcusdt@depth@100ms' ? [[data.pu, data.u]] : []
    })
    expect(ids.slice(1).every(([previous], index) => previous === ids[index]?.[1])).toBe(true)
    expect(ids.length).toBeGreaterThan(6)
  })
})

describe('drop', () => {
  it('resets, or closes with a code, the socket of a number; later ones live', async () => {
    await using on = await PlannedSim.open([
      { fault: 'drop', atMs: 600, connection: 1 },
      { fault: 'drop', atMs: 900, connection: 0, code: 1008 },
    ])
    const [first, second] = [await on.client(quotes), await on.client(quotes)]
    expect((await second.closed).code).toBe(1006)
    expect(first.ws.readyState).toBe(first.ws.OPEN)
    expect((await first.closed).code).toBe(1008)
    const later = await on.client(quotes)
    expect(await heardWithin(later, 400)).toBeGreaterThan(0)
    expect(on.notices[0]).toMatch(/^fault 1 at 0\.\d s: drop \(connection 1\): binance-usdm 1 socket$/)
  })

  it('repeats, until the plan ends', async () => {
    await using on = await PlannedSim.open([], {
      faults: { endMs: 1000, steps: [{ fault: 'drop', atMs: 300, everyMs: 300 }] },
    })
    await on.told(/plan over/)
    await pause(400)
    expect(on.notices.filter(line => line.startsWith('fault 1 at')).length).toBe(3)
  })

  it('by stream: only the sockets that carry it', async () => {
    await using on = await PlannedSim.open([{ fault: 'drop', atMs: 500, stream: 'eth*@bookTicker' }])
    const bitcoin = await on.client(quotes)
    const ether = await on.client('/public/stream?streams=ethusdt@bookTicker')
    expect((await ether.closed).code).toBe(1006)
    expect(await heardWithin(bitcoin, 300)).toBeGreaterThan(0)
  })
})

describe('slowClose', () => {
  it('says goodbye at once and hangs up only later', async () => {
    await using on = await PlannedSim.open([{ fault: 'slowClose', atMs: 500, ms: 800 }])
    const client = await on.client(quotes)
    await client.until(() => client.ws.readyState === client.ws.CLOSING)
    const startMs = performance.now()
    const { code, reason } = await client.closed
    expect([code, reason]).toEqual([1001, 'The server is going away'])
    expect(performance.now() - startMs).toBeGreaterThan(500)
  })
})

describe('hold', () => {
  it('keeps everything back and sends it in one burst', async () => {
    await using on = await PlannedSim.open([{ fault: 'hold', atMs: 600, forMs: 800 }])
    const client = await on.client(both)
    await on.told(/^fault 1 at .*hold for 0\.8 s/)
    await pause(50)
    const held = client.messages.length
    const pong = pongMs(client.ws, 3000)
    await pause(400)
    expect(client.messages.length).toBe(held)
    await on.told(/^fault 1 over/)
    await client.until(() => client.messages.length > held + 10, 1000)
    expect(await pong).toBeGreaterThan(300)
  })

  it('meets sockets that open meanwhile, their handshake included', async () => {
    await using on = await PlannedSim.open([{ fault: 'hold', atMs: 100, forMs: 900 }])
    await on.told(/^fault 1 at/)
    const startMs = performance.now()
    const client = await on.client(quotes)
    expect(performance.now() - startMs).toBeGreaterThan(500)
    await client.until(() => client.messages.length > 2)
  })
})

describe('mute', () => {
  it('stops the data of some streams for everybody, control frames live', async () => {
    await using on = await PlannedSim.open([{ fault: 'mute', atMs: 500, forMs: 900, stream: 'btcusdt@depth*' }])
    const client = await on.client(both)
    await on.told(/^fault 1 at .*mute \(stream btcusdt@depth\*\) for 0\.9 s: binance-usdm 1 stream$/)
    await pause(60)
    const from = client.messages.length
    expect((await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 }))['id']).toBe(1)
    const late = await on.client(both)
    await pause(400)
    const streams = (of: SimClient, start: number): readonly string[] =>
      of.messages.slice(start).flatMap(text => JSON.parse(text).stream ?? [])
    expect(new Set(streams(client, from))).toEqual(new Set(['btcusdt@bookTicker']))
    expect(new Set(streams(late, 0))).toEqual(new Set(['btcusdt@bookTicker']))
    await on.told(/^fault 1 over/)
    await client.until(() => streams(client, from).includes('btcusdt@depth@100ms'))
  })

  it('of one socket: the others hear the same stream', async () => {
    await using on = await PlannedSim.open([{ fault: 'mute', atMs: 500, connection: 0 }])
    const [first, second] = [await on.client(quotes), await on.client(quotes)]
    await on.told(/^fault 1 at/)
    await pause(100)
    const counts = await Promise.all([heardWithin(first, 500), heardWithin(second, 500)])
    expect(counts[0]).toBe(0)
    expect(counts[1]).toBeGreaterThan(0)
    expect(await pongMs(first.ws, 500)).toBeDefined()
  })
})

describe('the door', () => {
  it('refuse answers upgrades with a status, for as long as it lasts', async () => {
    const headers = { 'Retry-After': '7' }
    await using on = await PlannedSim.open([
      { fault: 'refuse', atMs: 100, forMs: 500, status: 429, headers, body: '{"code":-1003,"msg":"slow"}' },
    ])
    await on.told(/^fault 1 at/)
    const refused = await on.client(quotes).then(
      () => undefined,
      (error: Refused) => error,
    )
    expect([refused?.status, refused?.retryAfter, refused?.body]).toEqual([429, '7', '{"code":-1003,"msg":"slow"}'])
    await on.told(/^fault 1 over/)
    await on.client(quotes)
  })

  it('stallHandshake: the upgrade is never answered, not even later', async () => {
    await using on = await PlannedSim.open([{ fault: 'stallHandshake', stage: 'upgrade', atMs: 0, forMs: 500 }])
    await on.told(/^fault 1 at/)
    const url = `${on.sim.endpoints['binance-usdm']?.stream}${quotes}`
    const stalled = SimClient.open(url, { handshakeTimeout: 1200 })
    await expect(stalled).rejects.toThrow(/timed out/)
    await on.client(quotes)
  })

  it('flap: new sockets open, and end after so long; those that were open live', async () => {
    await using on = await PlannedSim.open([{ fault: 'flap', atMs: 400, forMs: 700, afterMs: 150 }])
    const old = await on.client(quotes)
    await on.told(/^fault 1 at/)
    const short = await on.client(quotes)
    const openMs = performance.now()
    expect((await short.closed).code).toBe(1006)
    expect(performance.now() - openMs).toBeGreaterThan(80)
    await on.told(/^fault 1 over/)
    const next = await on.client(quotes)
    await pause(400)
    expect([old.ws.readyState, next.ws.readyState]).toEqual([1, 1])
  })
})

describe('natTimeout', () => {
  it('forgets a socket on which nothing passes, and no busy one', async () => {
    await using on = await PlannedSim.open([{ fault: 'natTimeout', atMs: 0, afterMs: 500 }])
    const [idle, busy] = [await on.client('/public/ws'), await on.client(quotes)]
    await pause(1000)
    expect(await pongMs(idle.ws, 400)).toBeUndefined()
    expect(idle.ws.readyState).toBe(idle.ws.OPEN)
    expect(await pongMs(busy.ws, 1000)).toBeDefined()
  })
})

describe('delay and rate', () => {
  it('delay: bytes arrive later, each way, and in order', async () => {
    await using on = await PlannedSim.open([{ fault: 'delay', atMs: 0, ms: 150, jitterMs: 100 }])
    await on.told(/^fault 1 at .*delay \(ms 150, jitterMs 100\)/)
    const client = await on.client(both)
    const times: number[] = []
    for (let count = 0; count < 5; count++) times.push((await pongMs(client.ws, 3000)) ?? Number.NaN)
    // There and back, each 50 to 250 ms.
    expect(Math.min(...times)).toBeGreaterThan(95)
    expect(new Set(times.map(time => Math.round(time / 10))).size).toBeGreaterThan(1)
    const ids = client.messages.flatMap(text => {
      const { stream, data } = JSON.parse(text)
      return stream === 'btcusdt@bookTicker' ? [Number(data.u)] : []
    })
    expect(ids.every((id, index) => index === 0 || id >= (ids[index - 1] ?? 0))).toBe(true)
  })

  it('rate: the server’s bytes pass at most so fast', async () => {
    await using on = await PlannedSim.open([{ fault: 'rate', atMs: 0, kBPerSecond: 20 }])
    await on.told(/^fault 1 at/)
    const client = await on.client('/public/ws')
    const startMs = performance.now()
    let bytes = 0
    client.ws.on('message', (data: Buffer) => (bytes += data.length))
    // About 30 kB of answers: one and a half seconds.
    const names = Array.from({ length: 500 }, (_, index) => `a${index}usdt@bookTicker`)
    await client.ask({ method: 'SUBSCRIBE', params: names, id: 1 })
    for (let id = 2; id < 5; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id })
    await client.next(message => message['id'] === 4)
    expect(bytes).toBeGreaterThan(25_000)
    expect(performance.now() - startMs).toBeGreaterThan((bytes / 20_000) * 1000 * 0.8)
  })
})
