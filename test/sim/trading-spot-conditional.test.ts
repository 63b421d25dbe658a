import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, bobKey, field, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-spot'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient
let bob: TradingClient

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 5,
    accounts: [
      { venue, key: aliceKey, secret, balances: { USDT: '500000', BTC: '2.5' } },
      { venue, key: bobKey, secret, balances: { USDT: '900000000', BTC: '100' } },
    ],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
  bob = new TradingClient(sim, venue, { key: bobKey, clock })
})
afterEach(() => sim[Symbol.asyncDispose]())

const limit = { type: 'LIMIT', timeInForce: 'GTC' }

async function last(): Promise<number> {
  const { body } = await alice.raw('GET', '/api/v3/ticker/price?symbol=BTCUSDT')
  return Number(body['price'])
}

async function middle(): Promise<number> {
  const { body } = await alice.raw('GET', '/api/v3/ticker/bookTicker?symbol=BTCUSDT')
  return (Number(body['bidPrice']) + Number(body['askPrice'])) / 2
}

function post(path: string, values: Readonly<Record<string, string>>, client = alice): Promise<RestAnswer> {
  return client.call('POST', `/api/v3/${path}`, Object.entries({ symbol: 'BTCUSDT', ...values }))
}

function order(values: Readonly<Record<string, string>>, client = alice): Promise<RestAnswer> {
  return post('order', values, client)
}

/** A trade happens at this price, away from the touch: somebody meets an order of Bob's. */
async function tradeAt(price: number): Promise<void> {
  const side = price < (await middle()) ? 'BUY' : 'SELL'
  const placed = await order({ ...limit, side, price: price.toFixed(2), quantity: '0.001' }, bob)
  sim.account(bobKey).fill(field(placed.body, 'orderId'))
  await clock.advance(1)
}

function told(from = 0): readonly Json[] {
  return sim
    .account(aliceKey)
    .events()
    .slice(from)
    .map(event => JSON.parse(event.payload))
}

const story = (from = 0): readonly string[] =>
  told(from).map(({ e, o, x, X, l, w }) =>
    e === 'executionReport'
      ? `${String(o)} ${String(x)} ${String(X)} ${w === true ? 'on book' : 'off book'}`
      : `${String(e)}${typeof l === 'string' ? ` ${l}` : ''}`,
  )

function balances(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    sim
      .account(aliceKey)
      .balances()
      .map(({ asset, free, locked }) => [asset, `${free} ${locked}`]),
  )
}

function statusOf(answer: RestAnswer): string | undefined {
  return sim
    .account(aliceKey)
    .orders()
    .find(({ id }) => id === field(answer.body, 'orderId'))?.status
}

describe('conditional orders on spot', () => {
  it('a stop limit waits off the book, works when the price gets there, and rests', async () => {
    const price = await last()
    const stopPrice = (price * 0.99).toFixed(2)
    const placed = await order({
      side: 'SELL',
      type: 'STOP_LOSS_LIMIT',
      timeInForce: 'GTC',
      quantity: '0.5',
      price: (price * 1.02).toFixed(2),
      stopPrice,
      newOrderRespType: 'FULL',
    })
    expect(placed.body).toMatchObject({ status: 'NEW', workingTime: -1, type: 'STOP_LOSS_LIMIT', fills: [] })
    expect(Number(placed.body['stopPrice'])).toBe(Number(stopPrice))
    expect(balances()['BTC']).toBe('2.00000000 0.50000000')
    const open = await alice.call('GET', '/api/v3/openOrders', [['symbol', 'BTCUSDT']])
    expect(open.rows[0]).toMatchObject({ isWorking: false, workingTime: -1 })
    await tradeAt(price * 0.9895)
    expect(story()).toEqual([
      'STOP_LOSS_LIMIT NEW NEW off book',
      'outboundAccountPosition',
      'STOP_LOSS_LIMIT NEW NEW on book',
    ])
    expect(told()[0]).not.toHaveProperty('W')
    expect(told()[2]).toHaveProperty('W')
    expect(balances()['BTC']).toBe('2.00000000 0.50000000')
    sim.account(aliceKey).fill(field(placed.body, 'orderId'))
    expect(statusOf(placed)).toBe('FILLED')
  })

  it('stops and take-profits trade at the market on their own side of the price', async () => {
    const price = await last()
    const below = (price * 0.99).toFixed(2)
    const above = (price * 1.01).toFixed(2)
    const sellStop = await order({ side: 'SELL', type: 'STOP_LOSS', quantity: '0.1', stopPrice: below })
    const buyProfit = await order({ side: 'BUY', type: 'TAKE_PROFIT', quantity: '0.1', stopPrice: below })
    const buyStop = await order({ side: 'BUY', type: 'STOP_LOSS', quantity: '0.1', stopPrice: above })
    const sellProfit = await order({ side: 'SELL', type: 'TAKE_PROFIT', quantity: '0.1', stopPrice: above })
    const all = [sellStop, buyProfit, buyStop, sellProfit]
    expect(all.map(statusOf)).toEqual(['NEW', 'NEW', 'NEW', 'NEW'])
    await tradeAt(price * 0.98)
    expect(all.map(statusOf)).toEqual(['FILLED', 'FILLED', 'NEW', 'NEW'])
    await tradeAt(price * 1.02)
    expect(all.map(statusOf)).toEqual(['FILLED', 'FILLED', 'FILLED', 'FILLED'])
    for (const text of Object.values(balances())) expect(text).toMatch(/ 0\.00000000$/)
    const wrong = [
      { side: 'SELL', type: 'STOP_LOSS', stopPrice: above },
      { side: 'BUY', type: 'STOP_LOSS', stopPrice: below },
      { side: 'SELL', type: 'TAKE_PROFIT', stopPrice: below },
      { side: 'BUY', type: 'TAKE_PROFIT', stopPrice: above },
    ]
    for (const values of wrong) {
      const { status, body } = await order({ ...values, quantity: '0.1' })
      expect([values, status, body['code'], body['msg']]).toEqual([
        values,
        400,
        -2010,
        'Stop price would trigger immediately.',
      ])
    }
  })

  it('a trailing stop follows the price and fires when it has turned by its delta', async () => {
    const price = await last()
    const placed = await order({ side: 'SELL', type: 'STOP_LOSS', quantity: '0.1', trailingDelta: '100' })
    expect(told()[0]).toMatchObject({ d: 100, x: 'NEW' })
    await tradeAt(price * 1.03)
    await tradeAt(price * 1.021)
    expect(statusOf(placed)).toBe('NEW')
    await tradeAt(price * 1.0195)
    expect(statusOf(placed)).toBe('FILLED')
    // With a stop price it does not follow before that is reached.
    const now = await middle()
    await tradeAt(now * 1.001)
    const late = await order({
      side: 'BUY',
      type: 'TAKE_PROFIT',
      quantity: '0.1',
      stopPrice: (now * 0.97).toFixed(2),
      trailingDelta: '50',
    })
    await tradeAt(now * 1.02)
    expect(statusOf(late)).toBe('NEW')
    await tradeAt(now * 0.969)
    expect(statusOf(late)).toBe('NEW')
    await tradeAt(now * 0.975)
    expect(statusOf(late)).toBe('FILLED')
  })

  it('a stop that the money no longer covers is rejected when it triggers', async () => {
    const price = await last()
    const quantity = (499_000 / (price * 1.01)).toFixed(5)
    const placed = await order({ side: 'BUY', type: 'STOP_LOSS', quantity, stopPrice: (price * 1.01).toFixed(2) })
    expect(placed.status).toBe(200)
    const rich = balances()['USDT']
    expect(rich?.endsWith(' 0.00000000')).toBe(false)
    // The whole ask side moves away: what is left costs more than there is.
    await order({ ...limit, side: 'SELL', price: (price * 1.1).toFixed(2), quantity: '50' }, bob)
    const most = (8_000_000 / (price * 1.05)).toFixed(5)
    const sweep = { ...limit, timeInForce: 'IOC', side: 'BUY', price: (price * 1.05).toFixed(2), quantity: most }
    for (let took = true; took; ) took = (await order(sweep, bob)).body['status'] === 'FILLED'
    await order({ ...limit, side: 'SELL', price: (price * 1.011).toFixed(2), quantity: '0.001' }, bob)
    const reached = sim.account(bobKey).orders().at(-1)
    sim.account(bobKey).fill(reached?.id ?? '')
    expect(statusOf(placed)).toBe('REJECTED')
    const report = told().find(({ x }) => x === 'REJECTED')
    expect(report).toMatchObject({ X: 'REJECTED', r: 'INSUFFICIENT_BALANCES', w: false })
    expect(balances()['USDT']).toBe('500000.00000000 0.00000000')
  })

  it('an iceberg shows a slice at a time, and trades in full', async () => {
    const price = (await last()) * 1.005
    const placed = await order({ ...limit, side: 'SELL', price: price.toFixed(2), quantity: '1', icebergQty: '0.25' })
    const shown = async (): Promise<number> => {
      const { body } = await alice.raw('GET', '/api/v3/depth?symbol=BTCUSDT&limit=5000')
      const asks = body['asks']
      const rows: readonly unknown[] = Array.isArray(asks) ? asks : []
      const row = rows.find(one => Array.isArray(one) && Number(one[0]) === Number(price.toFixed(2)))
      return Array.isArray(row) ? Number(row[1]) : 0
    }
    const others = (await shown()) - 0.25
    sim.account(aliceKey).fill(field(placed.body, 'orderId'), '0.25')
    expect((await shown()) - others).toBeCloseTo(0.25, 8)
    sim.account(aliceKey).fill(field(placed.body, 'orderId'), '0.6')
    expect((await shown()) - others).toBeCloseTo(0.15, 8)
    sim.account(aliceKey).fill(field(placed.body, 'orderId'))
    expect(statusOf(placed)).toBe('FILLED')
    expect(balances()['BTC']).toBe('1.50000000 0.00000000')
    expect(told()[0]).toMatchObject({ F: '0.25000000', q: '1.00000000' })
  })

  it('an order that meets its own account is told what it was kept from', async () => {
    const { body: touch } = await alice.raw('GET', '/api/v3/ticker/bookTicker?symbol=BTCUSDT')
    const price = Number(touch['askPrice'])
    const maker = await order({ ...limit, side: 'SELL', price: price.toFixed(2), quantity: '0.4' }, bob)
    const taker = { ...limit, side: 'BUY', price: (price * 1.001).toFixed(2), quantity: '45' }
    const taken = await order({ ...taker, selfTradePreventionMode: 'EXPIRE_MAKER' }, bob)
    const events: readonly Json[] = sim
      .account(bobKey)
      .events()
      .map(event => JSON.parse(event.payload))
    const report = events.find(({ x }) => x === 'TRADE_PREVENTION')
    expect(report).toMatchObject({ X: 'EXPIRED_IN_MATCH', A: '0.40000000', B: '0.40000000', Cs: 'BTCUSDT', w: false })
    expect([report?.['u'], report?.['U']]).toEqual([taken.body['orderId'], taken.body['orderId']])
    const rows = await bob.call('GET', '/api/v3/myPreventedMatches', [
      ['symbol', 'BTCUSDT'],
      ['orderId', field(maker.body, 'orderId')],
    ])
    expect(rows.rows[0]).toMatchObject({ makerOrderId: maker.body['orderId'], selfTradePreventionMode: 'EXPIRE_MAKER' })
  })

  it('refuses wrong combinations with the venue’s texts', async () => {
    const price = await last()
    const stop = { side: 'SELL', type: 'STOP_LOSS_LIMIT', timeInForce: 'GTC', quantity: '0.1', price: price.toFixed(2) }
    const cases: readonly (readonly [Readonly<Record<string, string>>, number, string])[] = [
      [stop, -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"],
      [{ ...stop, trailingDelta: '5' }, -1013, 'Filter failure: TRAILING_DELTA'],
      [{ ...stop, stopPrice: '0' }, -1013, 'Filter failure: PRICE_FILTER'],
      [
        { ...limit, side: 'SELL', price: price.toFixed(2), quantity: '0.1', stopPrice: '5' },
        -1106,
        "Parameter 'stopPrice' sent when not required.",
      ],
      [
        { ...limit, side: 'SELL', price: price.toFixed(2), quantity: '1', icebergQty: '2' },
        -2010,
        'IcebergQty exceeds QTY.',
      ],
      [
        { ...limit, side: 'SELL', price: price.toFixed(2), quantity: '1', icebergQty: '0.05' },
        -1013,
        'Filter failure: ICEBERG_PARTS',
      ],
      [
        { ...limit, timeInForce: 'IOC', side: 'SELL', price: price.toFixed(2), quantity: '1', icebergQty: '0.5' },
        -2010,
        'Unsupported order combination',
      ],
      [
        { ...limit, side: 'SELL', price: price.toFixed(2), quantity: '1', newClientOrderId: 'a b' },
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.",
      ],
    ]
    for (const [values, code, message] of cases) {
      const { status, body } = await order(values)
      expect([values, status, body['code'], body['msg']]).toEqual([values, 400, code, message])
    }
    for (let count = 0; count < 5; count++) {
      await order({ side: 'SELL', type: 'STOP_LOSS', quantity: '0.01', stopPrice: (price * 0.9).toFixed(2) })
    }
    const sixth = await order({
      side: 'SELL',
      type: 'STOP_LOSS',
      quantity: '0.01',
      stopPrice: (price * 0.9).toFixed(2),
    })
    expect(sixth.body).toEqual({ code: -1013, msg: 'Filter failure: MAX_NUM_ALGO_ORDERS' })
  })
})
