import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, field, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-spot'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    accounts: [{ venue, key: aliceKey, secret, balances: { USDT: '100000', BTC: '1' } }],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
})
afterEach(() => sim[Symbol.asyncDispose]())

function sapi(method: string, path: string, values: Readonly<Record<string, string>> = {}): Promise<RestAnswer> {
  return alice.call(method, `/sapi/v1/${path}`, Object.entries(values))
}

function token(query = ''): Promise<RestAnswer> {
  return alice.raw('POST', `/sapi/v1/userListenToken${query}`)
}

function connect(): Promise<SimClient> {
  return SimClient.open(`${sim.endpoints[venue]?.wsApi}/ws-api/v3`)
}

function subscribe(client: SimClient, listenToken: string, id: number): Promise<Json> {
  return client.ask({ id, method: 'userDataStream.subscribe.listenToken', params: { listenToken } })
}

const events = (client: SimClient): Json[] =>
  client.messages.map(text => JSON.parse(text)).filter(message => 'event' in message)
const kinds = (client: SimClient): unknown[] => events(client).map(({ event }) => Object(event).x ?? Object(event).e)
const told = async (client: SimClient, kind: string): Promise<unknown> =>
  await client.next(({ event }) => Object(event).x === kind || Object(event).e === kind)

describe('margin accounts', () => {
  it('a token opens their events to a socket without logon, in the shapes of spot', async () => {
    const made = await token()
    const client = await connect()
    const answer = await subscribe(client, field(made.body, 'token'), 1)
    expect(answer).toMatchObject({
      status: 200,
      result: { subscriptionId: 0, expirationTime: made.body['expirationTime'] },
    })
    expect(Number(made.body['expirationTime'])).toBe(Math.floor(clock.nowUs() / 1000) + 86_400_000)
    if (!isMissing(protocolFolder)) {
      const sample: Json = JSON.parse(
        readFileSync(`${protocolFolder}/binance/margin/userListenToken_post.json`, 'utf8'),
      )
      expect(Object.keys(made.body).sort()).toEqual(Object.keys(sample).sort())
    }
    expect((await sapi('POST', 'asset/transfer', { type: 'MAIN_MARGIN', asset: 'USDT', amount: '20000' })).status).toBe(
      200,
    )
    const placed = await sapi('POST', 'margin/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'MARKET',
      quantity: '0.1',
    })
    expect(placed.body).toMatchObject({ status: 'FILLED', isIsolated: false })
    await told(client, 'TRADE')
    expect(kinds(client).slice(0, 4)).toEqual(['balanceUpdate', 'outboundAccountPosition', 'NEW', 'TRADE'])
    // The spot account has its own events and its own money.
    const usdt = sim
      .account(aliceKey)
      .balances()
      .find(({ asset }) => asset === 'USDT')
    expect(usdt?.free).toBe('80000.00000000')
    expect(sim.account(aliceKey).orders()).toEqual([])
  })

  it('borrows up to twice what it owns, trades it, and pays back', async () => {
    await sapi('POST', 'asset/transfer', { type: 'MAIN_MARGIN', asset: 'USDT', amount: '10000' })
    const much = await sapi('POST', 'margin/borrow-repay', { type: 'BORROW', asset: 'USDT', amount: '20001' })
    expect([much.status, much.body['code']]).toEqual([400, -3006])
    const bought = await sapi('POST', 'margin/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: '80000',
      quantity: '0.2',
      sideEffectType: 'MARGIN_BUY',
    })
    expect(bought.body).toMatchObject({ marginBuyBorrowAmount: '6000.00000000', marginBuyBorrowAsset: 'USDT' })
    const { body } = await sapi('GET', 'margin/account')
    expect(body['userAssets']).toMatchObject([{ asset: 'USDT', borrowed: '6000.00000000', locked: '16000.00000000' }])
    await sapi('DELETE', 'margin/order', { symbol: 'BTCUSDT', orderId: field(bought.body, 'orderId') })
    const out = await sapi('POST', 'asset/transfer', { type: 'MARGIN_MAIN', asset: 'USDT', amount: '9000' })
    expect(out.body['code']).toBe(-3020)
    expect((await sapi('POST', 'margin/borrow-repay', { type: 'REPAY', asset: 'USDT', amount: '6000' })).status).toBe(
      200,
    )
    expect(
      (await sapi('POST', 'margin/borrow-repay', { type: 'REPAY', asset: 'USDT', amount: '1' })).body['code'],
    ).toBe(-3015)
    expect((await sapi('POST', 'asset/transfer', { type: 'MARGIN_MAIN', asset: 'USDT', amount: '10000' })).status).toBe(
      200,
    )
    expect(sim.account(aliceKey).balances()[0]).toMatchObject({ asset: 'USDT', free: '100000.00000000' })
  })

  it('isolated accounts are each on their own', async () => {
    expect((await token('?isIsolated=true')).body['code']).toBe(-1102)
    const made = await token('?isIsolated=true&symbol=BTCUSDT')
    const client = await connect()
    await subscribe(client, field(made.body, 'token'), 1)
    const move = { type: 'MAIN_ISOLATED_MARGIN', asset: 'USDT', amount: '5000' }
    await sapi('POST', 'asset/transfer', { ...move, toSymbol: 'BTCUSDT' })
    const wrong = await sapi('POST', 'asset/transfer', { ...move, asset: 'ETH', toSymbol: 'BTCUSDT' })
    expect(wrong.body['code']).toBe(-3041)
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' }
    expect((await sapi('POST', 'margin/order', order)).body['code']).toBe(-2010)
    expect((await sapi('POST', 'margin/order', { ...order, isIsolated: 'TRUE' })).body).toMatchObject({
      isIsolated: true,
    })
    await told(client, 'TRADE')
    const fills = await sapi('GET', 'margin/myTrades', { symbol: 'BTCUSDT', isIsolated: 'TRUE' })
    expect(fills.rows[0]).toMatchObject({ isIsolated: true, isBuyer: true })
  })

  it('ends with its token, unless there is a newer one; a bad token is refused', async () => {
    const client = await connect()
    expect(await subscribe(client, 'nothing', 1)).toMatchObject({ status: 400, error: { code: -1209 } })
    const first = await token('?validity=60000')
    await subscribe(client, field(first.body, 'token'), 2)
    await clock.advance(30_000)
    const second = await token('?validity=60000')
    expect(await subscribe(client, field(second.body, 'token'), 3)).toMatchObject({
      status: 200,
      result: { subscriptionId: 0 },
    })
    await clock.advance(40_000)
    expect(kinds(client)).toEqual([])
    await clock.advance(20_001)
    await told(client, 'eventStreamTerminated')
    await sapi('POST', 'asset/transfer', { type: 'MAIN_MARGIN', asset: 'USDT', amount: '1' })
    expect(await subscribe(client, field(second.body, 'token'), 4)).toMatchObject({
      status: 400,
      error: { code: -1209 },
    })
    expect(kinds(client)).toEqual(['eventStreamTerminated'])
  })
})
