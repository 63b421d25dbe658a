import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { signedQuery } from '../../src/venue/binance/signed-request.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, field, hmac, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-spot'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient
let price: number

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 5,
    accounts: [{ venue, key: aliceKey, secret, balances: { USDT: '500000', BTC: '2.5' } }],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
  const { body } = await alice.raw('GET', '/api/v3/ticker/bookTicker?symbol=BTCUSDT')
  price = Number(body['bidPrice'])
})
afterEach(() => sim[Symbol.asyncDispose]())

const at = (factor: number): string => (price * factor).toFixed(2)
const sell = (): Readonly<Record<string, string>> => ({
  side: 'SELL',
  type: 'LIMIT',
  timeInForce: 'GTC',
  price: at(1.01),
  quantity: '0.5',
})

function call(method: string, path: string, values: Readonly<Record<string, string>>): Promise<RestAnswer> {
  return alice.call(method, `/api/v3/${path}`, Object.entries({ symbol: 'BTCUSDT', ...values }))
}

function told(from = 0): readonly Json[] {
  return sim
    .account(aliceKey)
    .events()
    .slice(from)
    .map(event => JSON.parse(event.payload))
}

describe('order/cancelReplace', () => {
  const replace = (values: Readonly<Record<string, string>>): Promise<RestAnswer> =>
    call('POST', 'order/cancelReplace', { cancelReplaceMode: 'STOP_ON_FAILURE', ...sell(), ...values })

  it('cancels one order and places another', async () => {
    const old = await call('POST', 'order', sell())
    const { status, body } = await replace({ cancelOrderId: field(old.body, 'orderId'), price: at(1.02) })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      cancelResult: 'SUCCESS',
      newOrderResult: 'SUCCESS',
      cancelResponse: { status: 'CANCELED', origClientOrderId: old.body['clientOrderId'] },
      newOrderResponse: { status: 'NEW', price: `${at(1.02)}000000` },
    })
    expect(told().map(({ e, x }) => x ?? e)).toEqual([
      'NEW',
      'outboundAccountPosition',
      'CANCELED',
      'outboundAccountPosition',
      'NEW',
      'outboundAccountPosition',
    ])
  })

  it('stops when nothing could be canceled, or goes on, as it was told', async () => {
    const unknown = { code: -2011, msg: 'Unknown order sent.' }
    const stopped = await replace({ cancelOrderId: '77' })
    expect([stopped.status, stopped.body]).toEqual([
      400,
      {
        code: -2022,
        msg: 'Order cancel-replace failed.',
        data: {
          cancelResult: 'FAILURE',
          newOrderResult: 'NOT_ATTEMPTED',
          cancelResponse: unknown,
          newOrderResponse: null,
        },
      },
    ])
    const half = await replace({ cancelOrderId: '77', cancelReplaceMode: 'ALLOW_FAILURE' })
    expect([half.status, half.body['code'], half.body['msg']]).toEqual([
      409,
      -2021,
      'Order cancel-replace partially failed.',
    ])
    expect(half.body['data']).toMatchObject({
      cancelResult: 'FAILURE',
      newOrderResult: 'SUCCESS',
      cancelResponse: unknown,
    })
    const both = await replace({ cancelOrderId: '77', cancelReplaceMode: 'ALLOW_FAILURE', quantity: '50' })
    expect([both.status, both.body['code']]).toEqual([400, -2022])
    expect(both.body['data']).toMatchObject({
      cancelResult: 'FAILURE',
      newOrderResult: 'FAILURE',
      newOrderResponse: { code: -2010, msg: 'Account has insufficient balance for requested action.' },
    })
    expect(both.headers.get('x-mbx-order-count-10s')).toBe('3')
  })

  it('the old order is gone when the new one is refused; a filter is looked at before', async () => {
    const old = await call('POST', 'order', sell())
    const filtered = await replace({ cancelOrderId: field(old.body, 'orderId'), quantity: '0.00001' })
    expect(filtered.body).toEqual({ code: -1013, msg: 'Filter failure: NOTIONAL' })
    const refused = await replace({ cancelOrderId: field(old.body, 'orderId'), quantity: '50' })
    expect([refused.status, refused.body['code']]).toEqual([409, -2021])
    expect(refused.body['data']).toMatchObject({ cancelResult: 'SUCCESS', newOrderResult: 'FAILURE' })
    expect((await alice.call('GET', '/api/v3/openOrders')).rows).toEqual([])
    expect((await replace({ cancelReplaceMode: 'MAYBE', cancelOrderId: '1' })).body['code']).toBe(-1130)
    expect((await replace({})).body['code']).toBe(-1102)
  })

  it('says over the WebSocket API what it says by REST', async () => {
    const client = await SimClient.open(`${sim.endpoints[venue]?.wsApi}/ws-api/v3`)
    const params = {
      symbol: 'BTCUSDT',
      cancelReplaceMode: 'STOP_ON_FAILURE',
      cancelOrderId: 77,
      ...sell(),
      apiKey: aliceKey,
      timestamp: Math.floor(clock.nowUs() / 1000),
    }
    const payload = Object.entries(params)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    const answer = await client.ask({
      id: 1,
      method: 'order.cancelReplace',
      params: { ...params, signature: hmac(secret)(payload) },
    })
    expect(answer).toMatchObject({
      status: 400,
      error: { code: -2022, data: { cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED' } },
    })
  })
})

describe('order/amend/keepPriority', () => {
  it('makes an order smaller, frees money, and keeps its id', async () => {
    const placed = await call('POST', 'order', { ...sell(), newClientOrderId: 'first' })
    const orderId = field(placed.body, 'orderId')
    sim.account(aliceKey).fill(orderId, '0.1')
    const amended = await call('PUT', 'order/amend/keepPriority', {
      orderId,
      newQty: '0.3',
      newClientOrderId: 'second',
    })
    expect(amended.body['amendedOrder']).toMatchObject({
      orderId: placed.body['orderId'],
      origClientOrderId: 'first',
      clientOrderId: 'second',
      qty: '0.30000000',
      executedQty: '0.10000000',
      status: 'PARTIALLY_FILLED',
    })
    const btc = sim
      .account(aliceKey)
      .balances()
      .find(({ asset }) => asset === 'BTC')
    expect(btc).toMatchObject({ free: '2.20000000', locked: '0.20000000' })
    const report = told().find(({ x }) => x === 'REPLACED')
    expect(report).toMatchObject({ c: 'second', C: 'first', X: 'PARTIALLY_FILLED', q: '0.30000000' })
    expect((await call('GET', 'order', { origClientOrderId: 'first' })).body['code']).toBe(-2013)
    const rows = await call('GET', 'order/amendments', { orderId })
    expect(rows.rows).toMatchObject([
      { origClientOrderId: 'first', newClientOrderId: 'second', origQty: '0.50000000', newQty: '0.30000000' },
    ])
    sim.account(aliceKey).fill(orderId)
    expect((await call('GET', 'order', { orderId })).body).toMatchObject({
      status: 'FILLED',
      executedQty: '0.30000000',
    })
  })

  it('refuses what makes nothing smaller', async () => {
    const placed = await call('POST', 'order', sell())
    const orderId = field(placed.body, 'orderId')
    const amend = async (newQty: string): Promise<unknown> =>
      (await call('PUT', 'order/amend/keepPriority', { orderId, newQty })).body
    expect(await amend('0.6')).toEqual({ code: -2038, msg: 'Order amend (quantity increase) is not supported.' })
    expect(await amend('0.5')).toEqual({ code: -2038, msg: 'The requested action would change no state; rejecting.' })
    expect(await amend('0.00001')).toEqual({ code: -1013, msg: 'Filter failure: NOTIONAL' })
    for (let count = 1; count <= 10; count++) await amend((0.5 - count * 0.01).toFixed(2))
    expect(await amend('0.3')).toEqual({ code: -1013, msg: 'Filter failure: MAX_NUM_ORDER_AMENDS' })
  })
})

describe('microseconds', () => {
  it('by header on REST', async () => {
    const placed = await call('POST', 'order', sell())
    const query = signedQuery(
      [
        ['symbol', 'BTCUSDT'],
        ['timestamp', clock.nowUs()],
      ],
      hmac(secret),
    )
    const read = async (unit: string): Promise<Response> =>
      await fetch(`${sim.endpoints[venue]?.rest}/api/v3/openOrders?${query}`, {
        headers: { 'X-MBX-APIKEY': aliceKey, 'X-MBX-TIME-UNIT': unit },
      })
    const rows: unknown = await (await read('microsecond')).json()
    const [row] = Array.isArray(rows) ? rows : []
    expect(Math.floor(Number(row.time) / 1000)).toBe(placed.body['transactTime'])
    expect(await (await read('SECOND')).json()).toEqual({
      code: -1194,
      msg: 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.',
    })
  })
})

describe('order/test', () => {
  it('checks without placing, and tells the fee when asked', async () => {
    expect((await call('POST', 'order/test', sell())).body).toEqual({})
    const { body, headers } = await call('POST', 'order/test', { ...sell(), computeCommissionRates: 'true' })
    expect(body).toMatchObject({ standardCommissionForOrder: { maker: '0.00100000', taker: '0.00100000' } })
    expect(Number(headers.get('x-mbx-used-weight-1m'))).toBeGreaterThanOrEqual(20)
    expect((await call('POST', 'order/test', { ...sell(), quantity: '50' })).body['code']).toBe(-2010)
    expect(told()).toEqual([])
  })
})
