import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { aliceKey, bobKey, field, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-spot'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient
let bob: TradingClient
let price: number

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 5,
    accounts: [
      { venue, key: aliceKey, secret, balances: { USDT: '500000', BTC: '2.5' } },
      { venue, key: bobKey, secret, balances: { USDT: '5000000', BTC: '100' } },
    ],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
  bob = new TradingClient(sim, venue, { key: bobKey, clock })
  const { body } = await alice.raw('GET', '/api/v3/ticker/bookTicker?symbol=BTCUSDT')
  price = (Number(body['bidPrice']) + Number(body['askPrice'])) / 2
})
afterEach(() => sim[Symbol.asyncDispose]())

const at = (factor: number): string => (price * factor).toFixed(2)

function call(
  method: string,
  path: string,
  values: Readonly<Record<string, string>>,
  client = alice,
): Promise<RestAnswer> {
  return client.call(method, `/api/v3/${path}`, Object.entries({ symbol: 'BTCUSDT', ...values }))
}

function rowsOf(answer: RestAnswer, name: string): readonly Json[] {
  const rows = answer.body[name]
  return Array.isArray(rows) ? rows : []
}

/** A trade happens at this price, away from the touch. */
async function tradeAt(factor: number): Promise<void> {
  const values = { type: 'LIMIT', timeInForce: 'GTC', quantity: '0.001', price: at(factor) }
  const placed = await call('POST', 'order', { ...values, side: factor < 1 ? 'BUY' : 'SELL' }, bob)
  sim.account(bobKey).fill(field(placed.body, 'orderId'))
}

function told(from = 0): readonly Json[] {
  return sim
    .account(aliceKey)
    .events()
    .slice(from)
    .map(event => JSON.parse(event.payload))
}

const story = (from = 0): readonly string[] =>
  told(from).map(({ e, o, x, X, l, L, eR }) => {
    if (e === 'listStatus') return `list ${String(l)} ${String(L)}`
    return e === 'executionReport'
      ? `${String(o)} ${String(x)} ${String(X)}${typeof eR === 'string' ? ` ${eR}` : ''}`
      : 'balances'
  })

function balance(asset: string): string {
  const row = sim
    .account(aliceKey)
    .balances()
    .find(known => known.asset === asset)
  return `${row?.free ?? ''} ${row?.locked ?? ''}`
}

const keys = (value: unknown): string[] => Object.keys(Object(value)).sort()

const pair = (): Readonly<Record<string, string>> => ({
  side: 'SELL',
  quantity: '0.5',
  aboveType: 'LIMIT_MAKER',
  abovePrice: at(1.01),
  belowType: 'STOP_LOSS_LIMIT',
  belowStopPrice: at(0.99),
  belowPrice: at(0.985),
  belowTimeInForce: 'GTC',
})

describe('one cancels the other', () => {
  it('sets money aside once, and the limit order that trades ends the stop', async () => {
    const placed = await call('POST', 'orderList/oco', pair())
    expect(placed.status).toBe(200)
    expect(placed.body).toMatchObject({
      contingencyType: 'OCO',
      listStatusType: 'EXEC_STARTED',
      listOrderStatus: 'EXECUTING',
    })
    const [stop, limit] = rowsOf(placed, 'orderReports')
    expect([stop?.['type'], stop?.['workingTime'], limit?.['type'], limit?.['status']]).toEqual([
      'STOP_LOSS_LIMIT',
      -1,
      'LIMIT_MAKER',
      'NEW',
    ])
    expect(balance('BTC')).toBe('2.00000000 0.50000000')
    expect(placed.headers.get('x-mbx-order-count-10s')).toBe('2')
    sim.account(aliceKey).fill(field(limit, 'orderId'), '0.2')
    const open = await call('GET', 'openOrderList', {}).then(() => alice.call('GET', '/api/v3/openOrderList'))
    expect(open.rows.length).toBe(1)
    sim.account(aliceKey).fill(field(limit, 'orderId'))
    expect(story()).toEqual([
      'STOP_LOSS_LIMIT NEW NEW',
      'LIMIT_MAKER NEW NEW',
      'list EXEC_STARTED EXECUTING',
      'balances',
      'STOP_LOSS_LIMIT EXPIRED EXPIRED OCO_TRIGGER',
      'LIMIT_MAKER TRADE PARTIALLY_FILLED',
      'balances',
      'LIMIT_MAKER TRADE FILLED',
      'list ALL_DONE ALL_DONE',
      'balances',
    ])
    expect(balance('BTC')).toBe('2.00000000 0.00000000')
    const list = await alice.call('GET', '/api/v3/orderList', [['orderListId', field(placed.body, 'orderListId')]])
    expect(list.body).toMatchObject({ listStatusType: 'ALL_DONE', listOrderStatus: 'ALL_DONE' })
  })

  it('the stop that triggers ends the limit order', async () => {
    await call('POST', 'orderList/oco', pair())
    const from = told().length
    await tradeAt(0.989)
    expect(story(from).slice(0, 3)).toEqual([
      'LIMIT_MAKER EXPIRED EXPIRED OCO_TRIGGER',
      'STOP_LOSS_LIMIT NEW NEW',
      'balances',
    ])
    expect(story(from).at(-2)).toBe('list ALL_DONE ALL_DONE')
    expect(balance('BTC').endsWith(' 0.00000000')).toBe(true)
  })

  it('a pair of buys sets aside what the dearer one needs', async () => {
    const buys = {
      side: 'BUY',
      quantity: '1',
      belowType: 'LIMIT_MAKER',
      belowPrice: at(0.9),
      aboveType: 'STOP_LOSS_LIMIT',
      aboveStopPrice: at(1.01),
      abovePrice: at(1.02),
      aboveTimeInForce: 'GTC',
    }
    const placed = await call('POST', 'orderList/oco', buys)
    const [, locked = '0'] = balance('USDT').split(' ')
    expect(Number(locked)).toBeCloseTo(Number(at(1.02)), 6)
    const canceled = await call('DELETE', 'orderList', { orderListId: field(placed.body, 'orderListId') })
    expect(canceled.body).toMatchObject({ listStatusType: 'ALL_DONE', listOrderStatus: 'ALL_DONE' })
    expect(rowsOf(canceled, 'orderReports').map(row => row['status'])).toEqual(['CANCELED', 'CANCELED'])
    expect(balance('USDT')).toBe('500000.00000000 0.00000000')
    expect(story().slice(4)).toEqual([
      'STOP_LOSS_LIMIT CANCELED CANCELED',
      'LIMIT_MAKER CANCELED CANCELED',
      'list ALL_DONE ALL_DONE',
      'balances',
    ])
  })

  it('the old form places the same; canceling one order cancels both', async () => {
    const placed = await call('POST', 'order/oco', {
      side: 'SELL',
      quantity: '0.5',
      price: at(1.01),
      stopPrice: at(0.99),
      listClientOrderId: 'mine',
      newOrderRespType: 'ACK',
    })
    const [stop] = rowsOf(placed, 'orderReports')
    expect(keys(stop)).toEqual(['clientOrderId', 'orderId', 'orderListId', 'symbol', 'transactTime'])
    const again = await call('POST', 'order/oco', {
      side: 'SELL',
      quantity: '0.5',
      price: at(1.01),
      stopPrice: at(0.99),
      listClientOrderId: 'mine',
    })
    expect(again.body).toMatchObject({ code: -2010, msg: 'Duplicate order sent.' })
    const canceled = await call('DELETE', 'order', { orderId: field(stop, 'orderId') })
    expect(canceled.body).toMatchObject({ listOrderStatus: 'ALL_DONE', listClientOrderId: 'mine' })
    expect(balance('BTC')).toBe('2.50000000 0.00000000')
    const gone = await call('DELETE', 'orderList', { listClientOrderId: 'mine' })
    expect([gone.status, gone.body['code']]).toEqual([400, -2011])
  })

  it('refuses prices on the wrong side, and places nothing then', async () => {
    const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [{ ...pair(), abovePrice: at(0.995) }, -2010],
      [{ ...pair(), belowStopPrice: at(1.005) }, -2010],
      [{ ...pair(), aboveType: 'STOP_LOSS', aboveStopPrice: at(1.01), abovePrice: '' }, -1197],
      [{ ...pair(), belowType: 'LIMIT_MAKER', belowStopPrice: '', belowTimeInForce: '' }, -1199],
      [{ ...pair(), quantity: '3' }, -2010],
      [{ ...pair(), side: 'BUY' }, -1198],
      [{ ...pair(), aboveType: 'MARKET', abovePrice: '' }, -1116],
      [{ ...pair(), belowTimeInForce: '' }, -1102],
      [{ ...pair(), aboveClientOrderId: 'x', belowClientOrderId: 'x' }, -2010],
    ]
    for (const [values, code] of cases) {
      const { status, body } = await call('POST', 'orderList/oco', values)
      expect([values, status, body['code']]).toEqual([values, 400, code])
    }
    expect(told()).toEqual([])
    expect(balance('BTC')).toBe('2.50000000 0.00000000')
  })
})

describe('one triggers the other', () => {
  const working = (): Readonly<Record<string, string>> => ({
    workingType: 'LIMIT',
    workingSide: 'BUY',
    workingPrice: at(0.995),
    workingQuantity: '0.5',
    workingTimeInForce: 'GTC',
  })

  it('the second order waits for the fill of the first', async () => {
    const placed = await call('POST', 'orderList/oto', {
      ...working(),
      pendingType: 'LIMIT_MAKER',
      pendingSide: 'SELL',
      pendingPrice: at(1.01),
      pendingQuantity: '0.4',
    })
    const [first, second] = rowsOf(placed, 'orderReports')
    expect([first?.['status'], second?.['status'], second?.['workingTime']]).toEqual(['NEW', 'PENDING_NEW', -1])
    expect(placed.body['contingencyType']).toBe('OTO')
    expect(balance('BTC')).toBe('2.50000000 0.00000000')
    sim.account(aliceKey).fill(field(first, 'orderId'))
    expect(story()).toEqual([
      'LIMIT NEW NEW',
      'LIMIT_MAKER NEW PENDING_NEW',
      'list EXEC_STARTED EXECUTING',
      'balances',
      'LIMIT TRADE FILLED',
      'balances',
      'LIMIT_MAKER NEW NEW',
      'balances',
    ])
    const [, locked] = balance('BTC').split(' ')
    expect(locked).toBe('0.40000000')
    sim.account(aliceKey).fill(field(second, 'orderId'))
    expect(story().slice(-3)).toEqual(['LIMIT_MAKER TRADE FILLED', 'list ALL_DONE ALL_DONE', 'balances'])
  })

  it('what waits expires with what it waits for', async () => {
    const placed = await call('POST', 'orderList/otoco', {
      ...working(),
      workingTimeInForce: 'IOC',
      pendingSide: 'SELL',
      pendingQuantity: '0.5',
      pendingAboveType: 'LIMIT_MAKER',
      pendingAbovePrice: at(1.02),
      pendingBelowType: 'STOP_LOSS',
      pendingBelowStopPrice: at(0.98),
    })
    expect(rowsOf(placed, 'orderReports').map(row => row['status'])).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED'])
    expect(placed.headers.get('x-mbx-order-count-10s')).toBe('3')
    expect(story()).toEqual([
      'LIMIT NEW NEW',
      'STOP_LOSS NEW PENDING_NEW',
      'LIMIT_MAKER NEW PENDING_NEW',
      'list EXEC_STARTED EXECUTING',
      'balances',
      'LIMIT EXPIRED EXPIRED UNFILLED_IOC_QUANTITY_EXPIRED',
      'STOP_LOSS EXPIRED EXPIRED OTO_PHASE_ONE_EXPIRED',
      'LIMIT_MAKER EXPIRED EXPIRED OTO_PHASE_ONE_EXPIRED',
      'list ALL_DONE ALL_DONE',
      'balances',
    ])
    expect(balance('USDT')).toBe('500000.00000000 0.00000000')
  })

  it('three orders: the pair begins with the fill of the first', async () => {
    const placed = await call('POST', 'orderList/otoco', {
      ...working(),
      pendingSide: 'SELL',
      pendingQuantity: '0.5',
      pendingAboveType: 'LIMIT_MAKER',
      pendingAbovePrice: at(1.02),
      pendingBelowType: 'STOP_LOSS',
      pendingBelowStopPrice: at(0.98),
    })
    const [first] = rowsOf(placed, 'orderReports')
    sim.account(aliceKey).fill(field(first, 'orderId'))
    expect(balance('BTC').endsWith(' 0.50000000')).toBe(true)
    await tradeAt(0.979)
    expect(
      sim
        .account(aliceKey)
        .orders()
        .map(({ type, status }) => `${type} ${status}`),
    ).toEqual(['LIMIT FILLED', 'STOP_LOSS FILLED', 'LIMIT_MAKER EXPIRED'])
    expect(balance('BTC').endsWith(' 0.00000000')).toBe(true)
    expect(story().at(-2)).toBe('list ALL_DONE ALL_DONE')
  })

  it('is refused when the money for the second is missing at its time', async () => {
    await call('POST', 'order', { side: 'SELL', type: 'MARKET', quantity: '2.5' })
    const placed = await call('POST', 'orderList/oto', {
      ...working(),
      pendingType: 'LIMIT_MAKER',
      pendingSide: 'SELL',
      pendingPrice: at(1.01),
      pendingQuantity: '0.5',
    })
    // The fee of the buy is taken in what it buys.
    sim.account(aliceKey).fill(field(rowsOf(placed, 'orderReports')[0], 'orderId'))
    expect(story().slice(-2)).toEqual(['LIMIT_MAKER REJECTED REJECTED', 'list ALL_DONE ALL_DONE'])
  })
})

describe('lists in queries', () => {
  it('look as the samples do', async () => {
    if (isMissing(protocolFolder)) return
    await call('POST', 'orderList/oco', pair())
    const read = (name: string): unknown =>
      JSON.parse(readFileSync(`${protocolFolder}/binance/spot/${name}.json`, 'utf8'))
    const sample: unknown = read('rest/openOrderList')
    const open = await alice.call('GET', '/api/v3/openOrderList')
    expect(keys(open.rows[0])).toEqual(keys(Array.isArray(sample) ? sample[0] : undefined))
    const all = await alice.call('GET', '/api/v3/allOrderList')
    expect(all.rows).toEqual(open.rows)
    const event = told().find(({ e }) => e === 'listStatus')
    const listSample: unknown = read('user/listStatus')
    expect(keys(event)).toEqual(keys(Object(listSample).event))
    const canceled = await call('DELETE', 'openOrders', {})
    expect(canceled.rows.length).toBe(1)
    expect(canceled.rows[0]).toHaveProperty('orderReports')
    expect((await alice.call('GET', '/api/v3/openOrderList')).rows).toEqual([])
  })
})
