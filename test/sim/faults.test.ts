import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { pause, type Refused, SimClient } from '../support/sim-client.ts'

let sim: Simulator
const clients: SimClient[] = []

beforeEach(async () => {
  sim = await createSimulator({ venues: ['binance-spot', 'binance-usdm'], limits: { inboundPerSecond: 1000 } })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await sim[Symbol.asyncDispose]()
})

async function open(venue: string, path: string): Promise<SimClient> {
  const client = await SimClient.open(`${sim.endpoints[venue]?.stream}${path}`)
  clients.push(client)
  return client
}

const spotDepth = '/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker'

describe('transport', () => {
  it('dropAll ends every socket, by reset or with a code, on one venue or all', async () => {
    const spot = await open('binance-spot', spotDepth)
    const futures = await open('binance-usdm', '/public/ws')
    sim.faults.of('binance-spot').dropAll()
    expect((await spot.closed).code).toBe(1006)
    expect(futures.ws.readyState).toBe(futures.ws.OPEN)
    sim.faults.dropAll(1008)
    expect((await futures.closed).code).toBe(1008)
  })

  it('halfOpen: no byte either way, no close', async () => {
    const client = await open('binance-spot', spotDepth)
    await client.until(() => client.messages.length > 3)
    sim.faults.halfOpen()
    await pause(150)
    const count = client.messages.length
    let pongs = 0
    client.ws.on('pong', () => pongs++)
    client.ws.ping()
    await pause(500)
    expect([client.messages.length, pongs, client.ws.readyState]).toEqual([count, 0, client.ws.OPEN])
    // A new socket is served all the same.
    const next = await open('binance-spot', spotDepth)
    await next.until(() => next.messages.length > 3)
  })

  it('mute stops the data of one stream or all while control frames live', async () => {
    const client = await open('binance-spot', spotDepth)
    await client.until(() => client.streams().size === 2)
    sim.faults.mute('btcusdt@depth@100ms')
    await pause(150)
    const from = client.messages.length
    await pause(800)
    const heard = client.messages.slice(from).map(text => JSON.parse(text).stream)
    expect(new Set(heard)).toEqual(new Set(['btcusdt@bookTicker']))
    sim.faults.mute()
    await pause(100)
    const silentFrom = client.messages.length
    expect((await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 }))['id']).toBe(1)
    await pause(400)
    expect(client.messages.length).toBe(silentFrom + 1)
    sim.faults.unmute()
    await client.until(() => client.messages.length > silentFrom + 6)
  })

  it('refuse answers upgrades with a status until taken back', async () => {
    sim.faults.refuse({ status: 503, body: '<html>maintenance</html>', headers: { 'Retry-After': '9' } })
    const refused = await open('binance-spot', '/ws').then(
      () => undefined,
      (error: Refused) => error,
    )
    expect([refused?.status, refused?.body, refused?.retryAfter]).toEqual([503, '<html>maintenance</html>', '9'])
    sim.faults.refuse(undefined)
    await open('binance-spot', '/ws')
    expect(sim.stats()['binance-spot']).toMatchObject({ connectionsRefused: 1, connectionsAccepted: 1 })
  })
})

describe('sequences', () => {
  it('skip loses exactly so many messages of the named streams', async () => {
    const client = await open('binance-spot', '/ws/btcusdt@depth@100ms')
    await client.until(() => client.messages.length > 5)
    sim.faults.skip(3, 'BTCUSDT')
    await client.until(() => client.messages.length > 15)
    let gaps = 0
    let last: number | undefined
    for (const diff of client.messages.map(text => JSON.parse(text))) {
      if (last !== undefined && diff.U !== last + 1) gaps++
      last = diff.u
    }
    expect(gaps).toBe(1)
  })

  it('duplicate sends a message twice', async () => {
    const client = await open('binance-spot', '/ws/btcusdt@depth@100ms')
    await client.until(() => client.messages.length > 2)
    sim.faults.duplicate(2, /^btcusdt@depth/)
    await client.until(() => client.messages.length > 12)
    expect(client.messages.length - new Set(client.messages).size).toBe(2)
  })
})

describe('control', () => {
  it('ackSilent swallows control frames, ackError refuses those it chooses', async () => {
    const client = await open('binance-usdm', '/public/stream')
    sim.faults.ackSilent(1)
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@bookTicker'], id: 1 })
    await pause(300)
    expect(client.messages).toEqual([])
    sim.faults.ackSilent(0)
    sim.faults.ackError(names =>
      names.includes('ethusdt@bookTicker') ? { code: 2, message: 'Invalid request: no' } : undefined,
    )
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['ethusdt@bookTicker'], id: 2 })).toEqual({
      code: 2,
      msg: 'Invalid request: no',
      id: 2,
    })
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['btcusdt@bookTicker'], id: 3 })).toEqual({
      result: null,
      id: 3,
    })
    await client.until(() => client.streams().has('btcusdt@bookTicker'))
    expect(client.streams().has('ethusdt@bookTicker')).toBe(false)
  })

  it('serverShutdown is announced and the socket lives on; hostile frames arrive as they are', async () => {
    const client = await open('binance-spot', '/ws')
    sim.faults.of('binance-spot').serverShutdown()
    await client.until(() => client.messages.length === 1)
    expect(JSON.parse(client.messages[0] ?? '')).toEqual({ e: 'serverShutdown', E: expect.any(Number) })
    sim.faults.hostileFrame('{"e":"trade","t":1e999}')
    await client.until(() => client.messages.length === 2)
    expect(client.messages[1]).toBe('{"e":"trade","t":1e999}')
    sim.faults.hostileFrame(new Uint8Array([0xff, 0x01, 0x02]))
    expect((await client.closed).code).toBe(1006)
  })

  it('pings can be paused', async () => {
    await sim[Symbol.asyncDispose]()
    sim = await createSimulator({ venues: ['binance-spot'], timeScale: 400, limits: { inboundPerSecond: 1000 } })
    const client = await open('binance-spot', '/ws')
    await client.until(() => client.pings.length > 1)
    sim.faults.pausePings()
    await pause(80)
    const count = client.pings.length
    await pause(300)
    expect(client.pings.length).toBe(count)
  })
})

describe('the simulator itself', () => {
  it('takes consecutive ports, and names a port that is taken', async () => {
    const other = await createSimulator({ venues: ['binance-spot'] })
    const port = Number(new URL(other.endpoints['binance-spot']?.rest ?? '').port)
    await expect(createSimulator({ venues: ['binance-spot'], port })).rejects.toThrow(/EADDRINUSE/)
    await other[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await other.ended
  })

  it('refuses options it cannot serve', async () => {
    await expect(createSimulator({ venues: ['kraken'] })).rejects.toThrow(/binance-spot.*was "kraken"/)
    await expect(createSimulator({ port: 70_000 })).rejects.toThrow(/port must be/)
    await expect(createSimulator({ speed: 0 })).rejects.toThrow(/speed must be above 0/)
  })

  it('says goodbye with 1001 when it is disposed', async () => {
    const client = await open('binance-spot', '/ws')
    await sim[Symbol.asyncDispose]()
    expect((await client.closed).code).toBe(1001)
  })
})
