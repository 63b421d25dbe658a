import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { type Sign, type SignedParams, signedWsRequest } from '../../src/venue/binance/signed-request.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, bobKey, hmac, type Json, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-spot'
const ed25519 = generateKeyPairSync('ed25519')
const edKey = 'ed'.padEnd(64, 'E')
const edSign: Sign = text => signBytes(null, Buffer.from(text), ed25519.privateKey).toString('base64')
let clock: FakeClock
let sim: Simulator
let nextId = 1

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue, 'binance-usdm'],
    clock,
    accounts: [
      { venue, key: aliceKey, secret, balances: { USDT: '100000', BTC: '1' } },
      { venue, key: bobKey, secret, balances: { USDT: '100000' } },
      {
        venue,
        key: edKey,
        publicKey: String(ed25519.publicKey.export({ type: 'spki', format: 'pem' })),
        account: aliceKey,
      },
      { venue: 'binance-usdm', key: aliceKey, secret, balances: { USDT: '100000' } },
    ],
  })
})
afterEach(() => sim[Symbol.asyncDispose]())

function connect(query = ''): Promise<SimClient> {
  return SimClient.open(`${sim.endpoints[venue]?.wsApi}/ws-api/v3${query}`)
}

function ask(client: SimClient, method: string, params: Json = {}): Promise<Json> {
  return client.ask({ id: nextId++, method, params })
}

/** Signs as our own client does. */
async function signed(
  client: SimClient,
  method: string,
  params: SignedParams,
  key = aliceKey,
  sign = hmac(secret),
): Promise<Json> {
  const id = nextId++
  const from = client.messages.length
  const all: SignedParams = [...params, ['apiKey', key], ['timestamp', Math.floor(clock.nowUs() / 1000)]]
  client.send(signedWsRequest(id, method, all, sign))
  return await client.next(message => message['id'] === id, from)
}

const order = (quantity: string): SignedParams => [
  ['symbol', 'BTCUSDT'],
  ['side', 'BUY'],
  ['type', 'MARKET'],
  ['quantity', quantity],
]
const code = (answer: Json): unknown[] => [answer['status'], Object(answer['error'])['code']]
const events = (client: SimClient): Json[] =>
  client.messages.map(text => JSON.parse(text)).filter(message => 'event' in message)

describe('the WebSocket API of spot', () => {
  it('answers public requests as REST does, with its limits', async () => {
    const client = await connect()
    expect(await ask(client, 'ping')).toMatchObject({ status: 200, result: {} })
    const depth = await ask(client, 'depth', { symbol: 'BTCUSDT', limit: 5 })
    expect(Object(depth['result'])['bids'].length).toBe(5)
    expect(Object(depth['rateLimits'])[0]).toMatchObject({ rateLimitType: 'REQUEST_WEIGHT', limit: 6000, count: 8 })
    expect(code(await ask(client, 'depth', { symbol: 'NOPE' }))).toEqual([400, -1121])
    expect(code(await ask(client, 'nothing'))).toEqual([400, -1020])
    expect(Object((await ask(client, 'exchangeInfo', { symbols: ['BTCUSDT'] }))['result'])['symbols'].length).toBe(1)
    const quiet = await connect('?returnRateLimits=false')
    expect((await ask(quiet, 'time'))['rateLimits']).toBeUndefined()
    await expect(connect('?timeUnit=HOUR')).rejects.toMatchObject({ status: 400 })
  })

  it('survives whatever comes', async () => {
    const client = await connect()
    const frames = [
      '',
      '{',
      '[]',
      'null',
      '{"id":1}',
      '{"id":{},"method":"ping"}',
      '{"method":7}',
      '{"id":2,"method":"ping","params":[]}',
    ]
    for (const frame of [
      ...frames,
      '{"id":3,"method":"order.place","params":{"symbol":{"a":[1]},"quantity":1e400}}',
      '\u0000',
    ]) {
      const from = client.messages.length
      client.send(frame)
      const answer = await client.next(() => true, from)
      expect(answer['status']).toBeGreaterThanOrEqual(400)
    }
    expect(await ask(client, 'ping')).toMatchObject({ status: 200 })
  })

  it('places, queries and cancels, signed over numbers as they were written', async () => {
    const client = await connect()
    const { bids } = Object((await ask(client, 'depth', { symbol: 'BTCUSDT', limit: 5 }))['result'])
    const price = (Number(bids[0][0]) * 0.999).toFixed(2)
    const limit: SignedParams = [
      ['symbol', 'BTCUSDT'],
      ['side', 'BUY'],
      ['type', 'LIMIT'],
      ['timeInForce', 'GTC'],
      ['price', price],
      ['quantity', '0.1'],
    ]
    const placed = await signed(client, 'order.place', limit)
    expect(placed).toMatchObject({ status: 200, result: { status: 'NEW' } })
    const rows: readonly Json[] = Object(placed)['rateLimits']
    expect(rows.map(row => row['rateLimitType'])).toEqual(['ORDERS', 'ORDERS', 'REQUEST_WEIGHT'])
    const id = Object(placed['result'])['orderId']
    expect(
      await signed(client, 'order.status', [
        ['symbol', 'BTCUSDT'],
        ['orderId', id],
      ]),
    ).toMatchObject({ result: { status: 'NEW' } })
    expect(Object((await signed(client, 'openOrders.status', []))['result']).length).toBe(1)
    expect(
      await signed(client, 'order.cancel', [
        ['symbol', 'BTCUSDT'],
        ['orderId', id],
      ]),
    ).toMatchObject({ result: { status: 'CANCELED' } })
    expect(
      code(
        await signed(client, 'order.cancel', [
          ['symbol', 'BTCUSDT'],
          ['orderId', id],
        ]),
      ),
    ).toEqual([400, -2011])
    const account = await signed(client, 'account.status', [])
    expect(Object(account['result'])['accountType']).toBe('SPOT')
    if (!isMissing(protocolFolder)) {
      const sample: Json = JSON.parse(
        readFileSync(`${protocolFolder}/binance/spot/wsapi/account.status.response.json`, 'utf8'),
      )
      expect(Object.keys(Object(account['result'])).sort()).toEqual(Object.keys(Object(sample['result'])).sort())
    }
    // A number is signed as it stands in the text, zeros at the end included.
    const payload = `apiKey=${aliceKey}&quantity=0.10&side=BUY&symbol=BTCUSDT&timestamp=${Math.floor(clock.nowUs() / 1000)}&type=MARKET`
    const timestamp = Math.floor(clock.nowUs() / 1000)
    client.send(
      `{"id":"n","method":"order.place","params":{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":0.10,"timestamp":${timestamp},"apiKey":"${aliceKey}","signature":"${hmac(secret)(payload)}"}}`,
    )
    expect(await client.next(message => message['id'] === 'n')).toMatchObject({
      status: 200,
      result: { status: 'FILLED' },
    })
  })

  it('refuses keys, times and signatures', async () => {
    const client = await connect()
    expect(code(await ask(client, 'account.status', { timestamp: 1 }))).toEqual([401, -2014])
    expect(code(await signed(client, 'account.status', [], 'zed'.padEnd(64, 'Z')))).toEqual([401, -2015])
    expect(code(await signed(client, 'account.status', [], aliceKey, hmac('other')))).toEqual([400, -1022])
    expect(code(await ask(client, 'account.status', { apiKey: aliceKey, timestamp: 1, signature: '0' }))).toEqual([
      400, -1021,
    ])
    expect(code(await signed(client, 'session.logon', []))).toEqual([400, -4056])
    expect(code(await ask(client, 'userDataStream.subscribe'))).toEqual([401, -1099])
    expect(code(await ask(client, 'userDataStream.subscribe.listenToken', { listenToken: 'x' }))).toEqual([400, -1209])
  })

  it('pushes the events of several accounts to one socket, each under its id', async () => {
    const client = await connect()
    const subscribed = await signed(client, 'userDataStream.subscribe.signature', [])
    expect(subscribed).toEqual({ id: subscribed['id'], status: 200, result: { subscriptionId: 0 } })
    expect(await signed(client, 'userDataStream.subscribe.signature', [], bobKey)).toMatchObject({
      result: { subscriptionId: 1 },
    })
    expect(code(await signed(client, 'userDataStream.subscribe.signature', []))).toEqual([400, -2035])
    expect((await ask(client, 'session.subscriptions'))['result']).toEqual([
      { subscriptionId: 0 },
      { subscriptionId: 1 },
    ])
    await signed(client, 'order.place', order('0.001'))
    await signed(client, 'order.place', order('0.002'), bobKey)
    const heard = events(client).map(message => [message['subscriptionId'], Object(message['event'])['x']])
    expect(heard[0]).toEqual([0, 'NEW'])
    expect(heard).toContainEqual([1, 'TRADE'])
    const own = events(client)
      .filter(message => message['subscriptionId'] === 0)
      .map(message => message['event'])
    expect(own).toEqual(
      sim
        .account(aliceKey, venue)
        .events()
        .map(event => JSON.parse(event.payload)),
    )
    expect((await ask(client, 'userDataStream.unsubscribe', { subscriptionId: 0 }))['result']).toEqual({})
    await client.next(
      message => Object(message['event'])['e'] === 'eventStreamTerminated' && message['subscriptionId'] === 0,
    )
    expect(code(await ask(client, 'userDataStream.unsubscribe', { subscriptionId: 0 }))).toEqual([400, -2036])
    expect(await signed(client, 'userDataStream.subscribe.signature', [])).toMatchObject({
      result: { subscriptionId: 2 },
    })
  })

  it('F:F19 terminates subscriptions on an open socket', async () => {
    const client = await connect()
    await signed(client, 'userDataStream.subscribe.signature', [])
    sim.account(aliceKey, venue).expireStream()
    await client.next(message => Object(message['event'])['e'] === 'eventStreamTerminated')
    await signed(client, 'order.place', order('0.001'))
    expect(events(client).length).toBe(1)
    expect(client.ws.readyState).toBe(client.ws.OPEN)
    expect(await signed(client, 'userDataStream.subscribe.signature', [])).toMatchObject({
      result: { subscriptionId: 1 },
    })
  })

  it('logs on with Ed25519, then needs no signature; logout ends what the logon began; a revoked key is told', async () => {
    const client = await connect('?timeUnit=MICROSECOND')
    const logon = await signed(client, 'session.logon', [], edKey, edSign)
    expect(logon).toMatchObject({ status: 200, result: { apiKey: edKey, userDataStream: false } })
    const timestamp = Math.floor(clock.nowUs() / 1000)
    expect(await ask(client, 'account.status', { timestamp })).toMatchObject({ status: 200 })
    expect(await ask(client, 'userDataStream.subscribe')).toMatchObject({ result: { subscriptionId: 0 } })
    expect(Object((await ask(client, 'session.status'))['result'])['userDataStream']).toBe(true)
    await ask(client, 'order.place', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.001', timestamp })
    const report = await client.next(message => Object(message['event'])['x'] === 'TRADE')
    expect(Object(report['event'])['T']).toBeGreaterThan(1e15)
    expect(Object((await ask(client, 'session.logout'))['result'])['apiKey']).toBe(null)
    await client.next(message => Object(message['event'])['e'] === 'eventStreamTerminated')
    expect(code(await ask(client, 'account.status', { timestamp }))).toEqual([401, -2014])
    await signed(client, 'session.logon', [], edKey, edSign)
    sim.account(edKey).revokeKey()
    const from = client.messages.length
    client.send({ id: 99, method: 'ping' })
    expect(await client.next(() => true, from)).toEqual({
      id: null,
      status: 401,
      error: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' },
    })
  })

  it('shares its weight with REST, and tells when to come back', async () => {
    await sim[Symbol.asyncDispose]()
    sim = await createSimulator({ venues: [venue], clock, limits: { weightPerMinute: 12 } })
    const client = await connect()
    await ask(client, 'depth', { symbol: 'BTCUSDT' })
    await ask(client, 'depth', { symbol: 'BTCUSDT' })
    const refused = await ask(client, 'ping')
    expect(code(refused)).toEqual([429, -1003])
    const { serverTime, retryAfter } = Object(Object(refused['error'])['data'])
    expect(retryAfter).toBeGreaterThan(serverTime)
    const rest = await new TradingClient(sim, venue, { key: aliceKey, clock }).raw('GET', '/api/v3/ping')
    expect(rest.status).toBe(429)
  })

  it('announces a shutdown in its own shape', async () => {
    const client = await connect()
    sim.faults.of(venue).serverShutdown()
    const notice = await client.next(message => 'event' in message)
    expect(Object(notice['event'])['e']).toBe('serverShutdown')
    expect(notice['subscriptionId']).toBeUndefined()
  })
})

describe('the WebSocket API of USD-M', () => {
  it('trades and keeps the listen key', async () => {
    const client = await SimClient.open(`${sim.endpoints['binance-usdm']?.wsApi}/ws-fapi/v1`)
    const started = await ask(client, 'userDataStream.start', { apiKey: aliceKey })
    const { listenKey } = Object(started['result'])
    expect(listenKey).toMatch(/^[A-Za-z0-9]{64}$/)
    const stream = await SimClient.open(`${sim.endpoints['binance-usdm']?.stream}/private/ws?listenKey=${listenKey}`)
    expect(await signed(client, 'order.place', order('0.01'))).toMatchObject({
      status: 200,
      result: { symbol: 'BTCUSDT' },
    })
    await stream.next(message => message['e'] === 'TRADE_LITE')
    const position = await signed(client, 'v2/account.position', [])
    expect(Object(position['result'])[0]).toMatchObject({ symbol: 'BTCUSDT', positionAmt: '0.010' })
    expect(await ask(client, 'userDataStream.ping', { apiKey: aliceKey })).toMatchObject({ result: { listenKey } })
    expect(await ask(client, 'userDataStream.stop', { apiKey: aliceKey })).toMatchObject({ result: {} })
    expect(code(await ask(client, 'userDataStream.ping', { apiKey: aliceKey }))).toEqual([400, -1125])
  })
})
