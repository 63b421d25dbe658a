import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, field, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    // Hours pass in these tests; sockets must outlive them, and the client answers pings in real time only.
    limits: { pongWithinMs: 86_400_000 },
    accounts: [{ venue, key: aliceKey, secret, balances: { USDT: '100000' } }],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
})
afterEach(() => sim[Symbol.asyncDispose]())

const path = '/fapi/v1/listenKey'

async function openKey(): Promise<string> {
  return field((await alice.raw('POST', path)).body, 'listenKey')
}

function connect(target: string): Promise<SimClient> {
  return SimClient.open(`${sim.endpoints[venue]?.stream}${target}`)
}

async function buy(quantity = '0.010'): Promise<void> {
  const answer = await alice.call('POST', '/fapi/v1/order', [
    ['symbol', 'BTCUSDT'],
    ['side', 'BUY'],
    ['type', 'MARKET'],
    ['quantity', quantity],
  ])
  expect(answer.status).toBe(200)
}

const kinds = (client: SimClient): unknown[] => client.messages.map(text => Object(JSON.parse(text))['e'])

describe('listen keys', () => {
  it('returns the same key while it lives, renews it, and knows it no more after DELETE', async () => {
    const key = await openKey()
    expect(key).toMatch(/^[A-Za-z0-9]{64}$/)
    expect(await openKey()).toBe(key)
    expect((await alice.raw('PUT', path)).body).toEqual({ listenKey: key })
    expect((await alice.raw('DELETE', path)).body).toEqual({})
    const gone = await alice.raw('PUT', path)
    expect([gone.status, gone.body]).toEqual([400, { code: -1125, msg: 'This listenKey does not exist.' }])
    expect(await openKey()).not.toBe(key)
  })

  it('F:F02 expires: the socket is told, stays open, and hears nothing more', async () => {
    const key = await openKey()
    const client = await connect(`/private/ws?listenKey=${key}`)
    sim.account(aliceKey).expireStream()
    await client.next(message => message['e'] === 'listenKeyExpired' && message['listenKey'] === key)
    await buy()
    const fresh = await openKey()
    expect(fresh).not.toBe(key)
    const second = await connect(`/private/ws?listenKey=${fresh}`)
    await buy()
    await second.next(message => message['e'] === 'ORDER_TRADE_UPDATE')
    expect(kinds(client)).toEqual(['listenKeyExpired'])
    expect(client.ws.readyState).toBe(client.ws.OPEN)
  })

  it('lives 60 minutes of the clock from its last renewal', async () => {
    await sim[Symbol.asyncDispose]()
    sim = await createSimulator({
      venues: [venue],
      clock,
      timeScale: 600,
      accounts: [{ venue, key: aliceKey, secret, balances: { USDT: '1000' } }],
    })
    alice = new TradingClient(sim, venue, { key: aliceKey, clock })
    await openKey()
    await clock.advance(5900)
    expect((await alice.raw('PUT', path)).status).toBe(200)
    await clock.advance(5900)
    expect((await alice.raw('PUT', path)).status).toBe(200)
    await clock.advance(6100)
    expect((await alice.raw('PUT', path)).status).toBe(400)
  })
})

describe('private sockets', () => {
  it('take the key in the query, in the path, by SUBSCRIBE, raw and combined', async () => {
    const key = await openKey()
    const raw = await connect(`/private/ws?listenKey=${key}`)
    const inPath = await connect(`/private/ws/${key}`)
    const combined = await connect(`/private/stream?listenKey=${key}`)
    const later = await connect('/private/stream')
    await later.ask({ id: 1, method: 'SUBSCRIBE', params: [key] })
    await buy()
    for (const client of [raw, inPath]) await client.next(message => message['e'] === 'ACCOUNT_UPDATE')
    for (const client of [combined, later]) {
      const wrapped = await client.next(message => Object(message['data'])['e'] === 'ACCOUNT_UPDATE')
      expect(wrapped['stream']).toBe(key)
    }
  })

  it('F:F08 other paths, and bogus keys, are accepted and stay silent', async () => {
    const key = await openKey()
    const silent = [
      await connect(`/ws/${key}`),
      await connect(`/stream?streams=${key}`),
      await connect(`/public/ws/${key}`),
      await connect(`/market/ws/${key}`),
      await connect('/private/ws?listenKey=bogus'),
      await connect(`/private/ws/btcusdt@aggTrade`),
    ]
    const good = await connect(`/private/ws?listenKey=${key}`)
    await buy()
    await good.next(message => message['e'] === 'ACCOUNT_UPDATE')
    await clock.advance(1000)
    for (const client of silent) {
      expect(client.messages).toEqual([])
      expect(client.ws.readyState).toBe(client.ws.OPEN)
    }
  })

  it('F:F08 keys in the path may be silent, too', async () => {
    await sim[Symbol.asyncDispose]()
    sim = await createSimulator({
      venues: [venue],
      clock,
      listenKeysInPath: 'silent',
      accounts: [{ venue, key: aliceKey, secret, balances: { USDT: '100000' } }],
    })
    alice = new TradingClient(sim, venue, { key: aliceKey, clock })
    const key = await openKey()
    const inPath = await connect(`/private/ws/${key}`)
    const inQuery = await connect(`/private/ws?listenKey=${key}`)
    await buy()
    await inQuery.next(message => message['e'] === 'ACCOUNT_UPDATE')
    expect(inPath.messages).toEqual([])
  })

  it('deliver only the events asked for', async () => {
    const key = await openKey()
    const client = await connect(
      `/private/ws?listenKey=${key}&events=ACCOUNT_UPDATE/ALGO_ORDER_UPDATE/listenKeyExpired`,
    )
    await buy()
    sim.account(aliceKey).expireStream()
    await client.next(message => message['e'] === 'listenKeyExpired')
    expect(kinds(client)).toEqual(['ACCOUNT_UPDATE', 'listenKeyExpired'])
  })

  it('F:F13 F:F15 levers mute, lose, double, delay and mix events; the truth keeps them all', async () => {
    const key = await openKey()
    const client = await connect(`/private/ws?listenKey=${key}`)
    const truth = sim.account(aliceKey)
    truth.deliver({ mute: true })
    await buy()
    truth.deliver({ lose: 1, kinds: ['TRADE_LITE'] })
    await buy()
    await client.next(message => message['e'] === 'ORDER_TRADE_UPDATE' && Object(message['o'])['X'] === 'FILLED')
    expect(kinds(client)).toEqual(['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE', 'ORDER_TRADE_UPDATE'])
    truth.deliver({ duplicate: 1 })
    await buy()
    await client.until(() => client.messages.length === 8)
    expect(client.messages[3]).toBe(client.messages[4])
    truth.deliver({ reorder: 4 })
    await buy()
    await client.until(() => client.messages.length === 12)
    truth.deliver({ delayMs: 500 })
    await buy()
    expect(client.messages.length).toBe(12)
    await clock.advance(600)
    await client.until(() => client.messages.length === 16)
    const all = truth.events()
    expect(all.map(event => event.sequence)).toEqual(all.map((_event, index) => index + 1))
    expect(all.length).toBe(20)
    const sent = new Set(client.messages)
    expect(
      all
        .slice(4)
        .filter(event => !sent.has(event.payload))
        .map(event => event.kind),
    ).toEqual(['TRADE_LITE'])
  })
})
