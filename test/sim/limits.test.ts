import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/sim/index.ts'
import { pause, type Refused, SimClient } from '../support/sim-client.ts'

let sim: Simulator | undefined
const clients: SimClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await sim?.[Symbol.asyncDispose]()
  sim = undefined
})

async function start(options: SimulatorOptions): Promise<Simulator> {
  sim = await createSimulator({ venues: ['binance-spot', 'binance-usdm'], ...options })
  return sim
}

async function open(venue: string, path: string, options = {}): Promise<SimClient> {
  const client = await SimClient.open(`${sim?.endpoints[venue]?.stream}${path}`, options)
  clients.push(client)
  return client
}

describe('pings', () => {
  it('come in the venue’s rhythm with a text payload; a client that answers stays', async () => {
    const { stats } = await start({ timeScale: 200, limits: { inboundPerSecond: 1000 } })
    const spot = await open('binance-spot', '/ws')
    const futures = await open('binance-usdm', '/public/ws')
    await spot.until(() => spot.pings.length >= 9)
    expect(futures.pings.length).toBeLessThanOrEqual(2)
    expect(spot.pings[0]).toMatch(/^\d{13}$/)
    expect(stats()['binance-spot']?.pongsReceived).toBeGreaterThanOrEqual(8)
    expect(stats()['binance-spot']?.pongTimeouts).toBe(0)
  })

  it('a missing pong closes with 1008 after the deadline', async () => {
    const { stats } = await start({ timeScale: 200 })
    const client = await open('binance-spot', '/ws', { autoPong: false })
    expect(await client.closed).toEqual({ code: 1008, reason: 'Pong timeout' })
    expect(client.pings.length).toBeGreaterThanOrEqual(2)
    expect(stats()['binance-spot']?.pongTimeouts).toBe(1)
  })

  it('a pong with another payload closes, an empty one is no answer', async () => {
    await start({ timeScale: 200 })
    const wrong = await open('binance-spot', '/ws', { autoPong: false })
    wrong.ws.on('ping', () => wrong.ws.pong('something else'))
    expect(await wrong.closed).toEqual({ code: 1008, reason: 'Pong payload mismatch' })
    const empty = await open('binance-spot', '/ws', { autoPong: false })
    empty.ws.once('ping', () => empty.ws.pong())
    expect((await empty.closed).reason).toBe('Pong timeout')
  })
})

describe('limits', () => {
  it.each([
    ['binance-spot', '/ws', 5],
    ['binance-usdm', '/market/ws', 10],
  ])('%s: one frame too many within a second closes with 1008, pings and pongs counted', async (venue, path, limit) => {
    const { stats } = await start({})
    const fine = await open(venue, path)
    for (let id = 1; id <= limit; id++) fine.send({ method: 'LIST_SUBSCRIPTIONS', id })
    await fine.until(() => fine.messages.length === limit)
    await pause(100)
    expect(fine.ws.readyState).toBe(fine.ws.OPEN)
    const fast = await open(venue, path)
    for (let id = 1; id < limit; id++) fast.send({ method: 'LIST_SUBSCRIPTIONS', id })
    fast.ws.ping()
    fast.ws.pong()
    expect((await fast.closed).code).toBe(1008)
    expect(stats()[venue]?.floodClients).toBe(1)
  })

  it('streams per connection: the SUBSCRIBE that goes beyond is refused as a whole', async () => {
    await start({ limits: { streamsPerConnection: 3 } })
    const client = await open('binance-spot', '/ws')
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['a@trade', 'b@trade'], id: 1 })).toEqual({
      result: null,
      id: 1,
    })
    const refused = await client.ask({ method: 'SUBSCRIBE', params: ['b@trade', 'c@trade', 'd@trade'], id: 2 })
    expect(refused).toMatchObject({ code: 2, id: 2 })
    expect((await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 3 }))['result']).toEqual(['a@trade', 'b@trade'])
  })

  it('F:B03 more than 300 upgrades in five minutes are answered with 429 and Retry-After', async () => {
    await start({})
    const port = Number(new URL(sim?.endpoints['binance-spot']?.rest ?? '').port)
    const statuses = new Map<number, number>()
    for (let round = 0; round < 305; round++) {
      const status = await upgradeStatus(port)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect(statuses).toEqual(
      new Map([
        [101, 300],
        [429, 5],
      ]),
    )
    const refused = await open('binance-spot', '/ws').then(
      () => undefined,
      (error: Refused) => error,
    )
    expect([refused?.status, refused?.retryAfter]).toEqual([429, '300'])
    // Another venue has its own count.
    await open('binance-usdm', '/ws')
  }, 30_000)

  it('a socket ends with its life; spot is told before, raw and combined', async () => {
    const { stats } = await start({ timeScale: 10, limits: { lifetimeMs: 9000, shutdownLeadMs: 4000 } })
    const raw = await open('binance-spot', '/ws')
    const combined = await open('binance-spot', '/stream')
    const futures = await open('binance-usdm', '/public/stream')
    expect((await raw.closed).code).toBe(1001)
    expect((await combined.closed).code).toBe(1001)
    expect((await futures.closed).code).toBe(1001)
    expect(raw.messages.map(text => JSON.parse(text))).toEqual([{ e: 'serverShutdown', E: expect.any(Number) }])
    expect(combined.messages.map(text => JSON.parse(text))).toEqual([
      { stream: '!serverShutdown', data: { e: 'serverShutdown', E: expect.any(Number) } },
    ])
    expect(futures.messages).toEqual([])
    expect(stats()['binance-spot']?.lifetimeCloses).toBe(2)
  })

  it('a client that does not read is cut off, the others go on', async () => {
    const { stats } = await start({ limits: { unreadBytes: 3_000_000 } })
    const names = ['btcusdt', 'ethusdt', 'solusdt'].flatMap(symbol => [
      `${symbol}@depth@100ms`,
      `${symbol}@depth20@100ms`,
      `${symbol}@bookTicker`,
    ])
    const slow = await open('binance-spot', `/stream?streams=${names.join('/')}`)
    const good = await open('binance-spot', '/stream?streams=btcusdt@depth@100ms')
    slow.ws.pause()
    // Loopback takes megabytes into its own buffers: fill them with what a hostile frame may be.
    const filler = 'x'.repeat(1_000_000)
    await good.until(() => {
      if (stats()['binance-spot']?.slowClients === 0)
        sim?.faults.of('binance-spot').hostileFrame(`{"stream":"x","data":"${filler}"}`)
      return stats()['binance-spot']?.slowClients === 1
    })
    const from = good.messages.length
    await good.until(() => good.messages.length > from + 3)
    expect(stats()['binance-spot']?.connections).toBe(1)
  })
})

describe('bad clients', () => {
  it('never take the exchange down', async () => {
    const { stats, endpoints } = await start({ limits: { inboundPerSecond: 1000, maxFrameBytes: 100_000 } })
    const port = Number(new URL(endpoints['binance-spot']?.rest ?? '').port)
    const garbage = await open('binance-spot', '/ws')
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"method":1}',
      '{"method":"SUBSCRIBE","params":"x","id":1}',
      '{"method":"SUBSCRIBE","params":[1],"id":1}',
      '\u0000',
    ])
      garbage.send(text)
    garbage.ws.send(Buffer.from([0, 255, 1, 2]))
    await garbage.until(() => garbage.messages.length === 10)
    for (const text of garbage.messages) expect(JSON.parse(text)).toHaveProperty('code')
    const huge = await open('binance-spot', '/ws')
    huge.send('x'.repeat(200_000))
    expect((await huge.closed).code).toBe(1009)
    const broken = await rawSocket(
      port,
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\xff\xff\xff\xff\xff',
    )
    expect(broken).toContain('101')
    expect(await rawSocket(port, 'not http at all\r\n\r\n')).toContain('400')
    expect(await rawSocket(port, 'GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')).toContain(
      '400',
    )
    // A slow loris sends its headers byte by byte; it holds one socket and nothing else.
    const loris = connect(port, '127.0.0.1')
    loris.on('error', () => loris.destroy())
    loris.write('GET /api/v3/time HTT')
    expect(await (await fetch(`${endpoints['binance-spot']?.rest}/api/v3/ping`)).json()).toEqual({})
    loris.destroy()
    const good = await open('binance-spot', '/ws/btcusdt@depth@100ms')
    await good.until(() => good.messages.length > 2)
    expect(stats()['binance-spot']?.controlByMethod.get('invalid')).toBe(10)
  })
})

function upgradeStatus(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({
      port,
      host: '127.0.0.1',
      path: '/ws',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })
    call.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    call.on('response', response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', reject)
    call.end()
  })
}

/** Sends bytes and returns what comes back until the server hangs up, or for half a second. */
function rawSocket(port: number, bytes: string): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const end = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.on('data', chunk => (text += chunk.toString('latin1')))
    socket.on('error', end)
    socket.on('close', end)
    setTimeout(end, 500)
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}
