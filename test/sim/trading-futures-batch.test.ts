import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, field, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

let clock: FakeClock
let sim: Simulator
let alice: TradingClient
let price: number

const venues = [
  ['binance-usdm', '/fapi/v1', 'BTCUSDT', '0.01'],
  ['binance-coinm', '/dapi/v1', 'BTCUSD_PERP', '10'],
] as const

describe.each(venues)('%s: several orders in one call', (venue, prefix, symbol, quantity) => {
  beforeEach(async () => {
    clock = new FakeClock()
    const balances = { USDT: '100000', BTC: '5' }
    sim = await createSimulator({
      venues: [venue],
      clock,
      seed: 3,
      accounts: [{ venue, key: aliceKey, secret, balances }],
    })
    alice = new TradingClient(sim, venue, { key: aliceKey, clock })
    const { body, rows } = await alice.raw('GET', `${prefix}/ticker/bookTicker?symbol=${symbol}`)
    price = Number((rows[0] ?? body)['bidPrice'])
  })
  afterEach(() => sim[Symbol.asyncDispose]())

  const call = (method: string, path: string, values: Readonly<Record<string, string>>): Promise<RestAnswer> =>
    alice.call(method, `${prefix}/${path}`, Object.entries(values))
  const limit = (factor: number, more: Json = {}): Json => ({
    symbol,
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity,
    price: (price * factor).toFixed(1),
    ...more,
  })
  const batch = (method: string, rows: readonly Json[]): Promise<RestAnswer> =>
    call(method, 'batchOrders', { batchOrders: JSON.stringify(rows) })
  const open = (): readonly string[] =>
    sim
      .account(aliceKey)
      .orders()
      .filter(({ status }) => status === 'NEW')
      .map(({ id }) => id)

  it('answers each by itself', async () => {
    const answer = await batch('POST', [
      limit(0.97),
      limit(0.98, { quantity: '0' }),
      limit(0.96, { side: 'HOLD' }),
      limit(0.96),
    ])
    expect(answer.status).toBe(200)
    expect(answer.rows.map(row => row['status'] ?? row['code'])).toEqual(['NEW', -4003, -1117, 'NEW'])
    expect(answer.rows[1]).toEqual({ code: -4003, msg: 'Quantity less than or equal to zero.' })
    expect([answer.headers.get('x-mbx-order-count-10s'), answer.headers.get('x-mbx-order-count-1m')]).toEqual([
      '5',
      '1',
    ])
    const [first, , , last] = answer.rows
    const amended = await batch('PUT', [limit(0.95, { orderId: first?.['orderId'] }), limit(0.95, { orderId: 77 })])
    expect(amended.rows[1]).toEqual({ code: -2013, msg: 'Order does not exist.' })
    expect(Number(amended.rows[0]?.['price'])).toBe(Number((price * 0.95).toFixed(1)))
    const changes = await call('GET', 'orderAmendment', { symbol, orderId: field(first, 'orderId') })
    expect(changes.rows[0]).toMatchObject({ orderId: first?.['orderId'], amendment: { count: 1 } })
    const ids = [first?.['orderId'], 77, last?.['orderId']]
    const canceled = await call('DELETE', 'batchOrders', { symbol, orderIdList: JSON.stringify(ids) })
    expect(canceled.rows.map(row => row['status'] ?? row['code'])).toEqual(['CANCELED', -2011, 'CANCELED'])
    expect(open()).toEqual([])
  })

  it('refuses what is no batch', async () => {
    expect((await batch('POST', [])).body['code']).toBe(-4082)
    expect(
      (
        await batch(
          'POST',
          Array.from({ length: 6 }, () => limit(0.9)),
        )
      ).body['code'],
    ).toBe(-4082)
    expect((await call('POST', 'batchOrders', { batchOrders: '{' })).body['code']).toBe(-1130)
    expect((await call('POST', 'batchOrders', { batchOrders: '[1]' })).body['code']).toBe(-1130)
    expect((await call('DELETE', 'batchOrders', { symbol })).body['code']).toBe(-1102)
    expect((await call('DELETE', 'batchOrders', { symbol, orderIdList: '[]' })).body['code']).toBe(-4083)
  })

  it('cancels everything when its owner is not heard of in time', async () => {
    await batch('POST', [limit(0.97), limit(0.96)])
    const answer = await call('POST', 'countdownCancelAll', { symbol, countdownTime: '5000' })
    expect(answer.body).toEqual({ symbol, countdownTime: '5000' })
    await clock.advance(4000)
    await call('POST', 'countdownCancelAll', { symbol, countdownTime: '5000' })
    await clock.advance(4000)
    expect(open().length).toBe(2)
    await clock.advance(1001)
    expect(open()).toEqual([])
    await batch('POST', [limit(0.95)])
    await call('POST', 'countdownCancelAll', { symbol, countdownTime: '1000' })
    await call('POST', 'countdownCancelAll', { symbol, countdownTime: '0' })
    await clock.advance(2000)
    expect(open().length).toBe(1)
  })

  it('conditional orders go by the algo service', async () => {
    const stop = { symbol, side: 'SELL', type: 'STOP_MARKET', quantity, stopPrice: (price * 0.95).toFixed(1) }
    expect((await call('POST', 'order', stop)).body['code']).toBe(-4120)
    const algo = {
      algoType: 'CONDITIONAL',
      symbol,
      side: 'SELL',
      type: 'STOP_MARKET',
      quantity,
      triggerPrice: (price * 0.95).toFixed(1),
    }
    const placed = await call('POST', 'algoOrder', algo)
    expect(placed.body).toMatchObject({ algoStatus: 'NEW', orderType: 'STOP_MARKET' })
    const rows = await call('GET', 'openAlgoOrders', { symbol })
    expect(rows.rows.length).toBe(1)
    expect((await call('DELETE', 'algoOrder', { algoId: field(placed.body, 'algoId') })).body['code']).toBe('200')
  })

  it('keeps the history of moved margin, and where a position stands in the queue', async () => {
    await call('POST', 'marginType', { symbol, marginType: 'ISOLATED' })
    await call('POST', 'order', { symbol, side: 'BUY', type: 'MARKET', quantity })
    const amount = venue === 'binance-usdm' ? '5' : '0.001'
    await call('POST', 'positionMargin', { symbol, amount, type: '1' })
    await call('POST', 'positionMargin', { symbol, amount, type: '2' })
    const history = await call('GET', 'positionMargin/history', { symbol })
    expect(history.rows).toMatchObject([
      { symbol, type: 1, deltaType: 'USER_ADJUST', positionSide: 'BOTH' },
      { symbol, type: 2 },
    ])
    expect((await call('GET', 'positionMargin/history', { symbol, type: '1' })).rows.length).toBe(1)
    const quantile = await call('GET', 'adlQuantile', { symbol })
    expect(quantile.rows).toMatchObject([{ symbol, adlQuantile: { BOTH: expect.any(Number) } }])
    sim.account(aliceKey).deleverage(symbol)
    const adl = await call('GET', 'forceOrders', { symbol, autoCloseType: 'ADL' })
    expect(adl.rows.map(row => row['clientOrderId'])).toEqual(['adl_autoclose'])
    expect((await call('GET', 'forceOrders', { symbol, autoCloseType: 'LIQUIDATION' })).rows).toEqual([])
    expect((await call('GET', 'adlQuantile', {})).rows).toEqual([])
  })
})
