import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, bobKey, field, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient
let bob: TradingClient

beforeEach(() => start())

async function start(): Promise<void> {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 7,
    accounts: [
      { venue, key: aliceKey, secret, balances: { USDT: '100000' } },
      { venue, key: bobKey, secret, balances: { USDT: '100000' } },
    ],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
  bob = new TradingClient(sim, venue, { key: bobKey, clock })
}
afterEach(() => sim[Symbol.asyncDispose]())

async function touch(symbol = 'BTCUSDT'): Promise<{ bid: number; ask: number }> {
  const { body } = await alice.raw('GET', `/fapi/v1/ticker/bookTicker?symbol=${symbol}`)
  return { bid: Number(body['bidPrice']), ask: Number(body['askPrice']) }
}

function order(client: TradingClient, values: Readonly<Record<string, string>>): Promise<RestAnswer> {
  return client.call('POST', '/fapi/v1/order', Object.entries({ symbol: 'BTCUSDT', ...values }))
}

function events(key: string): readonly Json[] {
  return sim
    .account(key)
    .events()
    .map(event => JSON.parse(event.payload))
}

describe('orders on USD-M', () => {
  it('rests in the public book, and is gone after a cancel', async () => {
    const { bid } = await touch()
    const price = (bid * 0.9999).toFixed(1)
    const placed = await order(alice, { side: 'BUY', type: 'LIMIT', timeInForce: 'GTX', price, quantity: '3.333' })
    expect(placed.status).toBe(200)
    expect(placed.body).toMatchObject({ status: 'NEW', origQty: '3.333', executedQty: '0', price: `${price}0` })
    const rests = async (): Promise<boolean> => {
      const { body } = await alice.raw('GET', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000')
      return JSON.stringify(body['bids']).includes(`["${price}0","3.333"]`)
    }
    expect(await rests()).toBe(true)
    const open = await alice.call('GET', '/fapi/v1/openOrders', [['symbol', 'BTCUSDT']])
    expect(open.rows.map(row => row['orderId'])).toEqual([placed.body['orderId']])
    const id = field(placed.body, 'orderId')
    const canceled = await alice.call('DELETE', '/fapi/v1/order', [
      ['symbol', 'BTCUSDT'],
      ['orderId', id],
    ])
    expect(canceled.body['status']).toBe('CANCELED')
    expect(await rests()).toBe(false)
    expect((await alice.call('GET', '/fapi/v1/openOrders')).rows).toEqual([])
    const again = await alice.call('DELETE', '/fapi/v1/order', [
      ['symbol', 'BTCUSDT'],
      ['orderId', id],
    ])
    expect([again.status, again.body['code'], again.body['msg']]).toEqual([400, -2011, 'Unknown order sent.'])
  })

  it('trades with the agents: fills, fees, position and balance agree to the last digit', async () => {
    const placed = await order(alice, { side: 'BUY', type: 'MARKET', quantity: '2.5', newOrderRespType: 'RESULT' })
    expect(placed.body).toMatchObject({ status: 'FILLED', executedQty: '2.500', cumQty: '2.500' })
    const { rows } = await alice.call('GET', '/fapi/v1/userTrades', [['symbol', 'BTCUSDT']])
    const units = (text: unknown, decimals: number): bigint => BigInt(Math.round(Number(text) * 10 ** decimals))
    const quantity = rows.reduce((sum, row) => sum + units(row['qty'], 3), 0n)
    expect(quantity).toBe(2500n)
    const fees = rows.reduce((sum, row) => sum + units(row['commission'], 8), 0n)
    for (const row of rows) {
      const value = units(row['price'], 2) * units(row['qty'], 3)
      expect(units(row['commission'], 8)).toBe((value * 1000n * 5n + 5000n) / 10_000n)
    }
    const balance = (await alice.call('GET', '/fapi/v3/balance')).rows[0]
    expect(units(balance?.['balance'], 8)).toBe(100_000n * 10n ** 8n - fees)
    const position = (await alice.call('GET', '/fapi/v3/positionRisk')).rows[0]
    expect(position).toMatchObject({ symbol: 'BTCUSDT', positionAmt: '2.500', positionSide: 'BOTH' })
    const publicIds = (await alice.raw('GET', '/fapi/v1/trades?symbol=BTCUSDT&limit=1000')).rows.map(row => row['id'])
    for (const row of rows) expect(publicIds).toContain(row['id'])
  })

  it('a maker and a taker of two accounts meet by price and time', async () => {
    const { bid, ask } = await touch()
    const price = ((bid + ask) / 2 + 0.1).toFixed(1)
    const inside = Number(price) > bid && Number(price) < ask ? price : ask.toFixed(1)
    // The touch is cleared first when there is no room between bid and ask.
    if (inside !== price)
      await order(alice, { side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price: inside, quantity: '50' })
    const maker = await order(alice, {
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: inside,
      quantity: '0.200',
    })
    const taker = await order(bob, {
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'IOC',
      price: inside,
      quantity: '0.200',
      newOrderRespType: 'RESULT',
    })
    expect(taker.body).toMatchObject({ status: 'FILLED', executedQty: '0.200' })
    const made = sim
      .account(aliceKey)
      .fills()
      .filter(fill => fill.orderId === field(maker.body, 'orderId'))
    const taken = sim
      .account(bobKey)
      .fills()
      .filter(fill => fill.orderId === field(taker.body, 'orderId'))
    expect(made.map(fill => [fill.tradeId, fill.isMaker])).toEqual(taken.map(fill => [fill.tradeId, true]))
    expect(taken.every(fill => !fill.isMaker)).toBe(true)
  })

  it('tells of a fill in the true order, in the shapes of the samples', async () => {
    await order(alice, { side: 'BUY', type: 'MARKET', quantity: '0.010' })
    const kinds = events(aliceKey).map(event => event['e'])
    expect(kinds.slice(0, 4)).toEqual(['ORDER_TRADE_UPDATE', 'TRADE_LITE', 'ACCOUNT_UPDATE', 'ORDER_TRADE_UPDATE'])
    if (isMissing(protocolFolder)) return
    const sample = (name: string): Json =>
      JSON.parse(readFileSync(`${protocolFolder}/binance/usdm/user/${name}.json`, 'utf8'))
    const part = (event: Json | undefined, name: string): string[] => Object.keys(Object(event?.[name])).sort()
    const all = events(aliceKey)
    expect(part(all[3], 'o')).toEqual(part(sample('ORDER_TRADE_UPDATE_trade'), 'o'))
    expect(Object.keys(all[1] ?? {}).sort()).toEqual(Object.keys(sample('TRADE_LITE')).sort())
    expect(part(all[2], 'a')).toEqual(part(sample('ACCOUNT_UPDATE'), 'a'))
    const rows = (event: Json | undefined, name: string): string[] => {
      const [first] = Object(Object(event)['a'])[name]
      return Object.keys(first).sort()
    }
    for (const name of ['B', 'P']) expect(rows(all[2], name)).toEqual(rows(sample('ACCOUNT_UPDATE'), name))
  })

  it('answers REST in the shapes of the samples', async () => {
    if (isMissing(protocolFolder)) return
    await order(alice, { side: 'BUY', type: 'MARKET', quantity: '0.010' })
    const { bid } = await touch()
    const price = (bid * 0.97).toFixed(1)
    const placed = await order(alice, { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price, quantity: '0.1' })
    const sample = (name: string): string[] => {
      const parsed: unknown = JSON.parse(readFileSync(`${protocolFolder}/binance/usdm/rest/${name}.json`, 'utf8'))
      return Object.keys(Object(Array.isArray(parsed) ? parsed[0] : parsed)).sort()
    }
    const keys = (row: Json | undefined): string[] => Object.keys(row ?? {}).sort()
    const got = async (path: string): Promise<Json | undefined> => {
      const answer = await alice.call('GET', path, [['symbol', 'BTCUSDT']])
      return answer.rows[0] ?? answer.body
    }
    expect(keys(placed.body)).toEqual(expect.arrayContaining(sample('order_post')))
    // The samples show a trailing stop, which has two keys more.
    const plain = sample('openOrders').filter(name => name !== 'activatePrice' && name !== 'priceRate')
    expect(keys(await got('/fapi/v1/openOrders'))).toEqual(plain)
    expect(keys(await got('/fapi/v1/allOrders'))).toEqual(plain)
    expect(keys(await got('/fapi/v1/userTrades'))).toEqual(sample('userTrades'))
    expect(keys(await got('/fapi/v3/account'))).toEqual(sample('account_v3'))
    expect(keys(await got('/fapi/v3/balance'))).toEqual(sample('balance_v3'))
    expect(keys(await got('/fapi/v3/positionRisk'))).toEqual(sample('positionRisk_v3'))
    expect(keys(await got('/fapi/v1/symbolConfig'))).toEqual(sample('symbolConfig'))
    expect(keys(await got('/fapi/v1/positionSide/dual'))).toEqual(sample('positionSideDual'))
  })

  it('refuses with the venue’s codes', async () => {
    const { bid, ask } = await touch()
    const limit = { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: bid.toFixed(1), quantity: '0.1' }
    const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [{ ...limit, price: `${bid.toFixed(1)}5` }, -4014],
      [{ ...limit, price: '1.005' }, -1111],
      [{ ...limit, quantity: '0.1234' }, -1111],
      [{ ...limit, quantity: '0' }, -4003],
      [{ ...limit, quantity: 'abc' }, -1100],
      [{ ...limit, quantity: '1e3' }, -1100],
      [{ ...limit, price: (ask * 1.06).toFixed(1) }, -4016],
      [{ ...limit, side: 'SELL', price: (bid * 0.94).toFixed(1) }, -4024],
      [{ ...limit, quantity: '0.001', price: (bid * 0.05).toFixed(1), side: 'BUY' }, -4164],
      [{ ...limit, quantity: '900' }, -2019],
      [{ ...limit, side: 'UP' }, -1117],
      [{ ...limit, timeInForce: 'GOOD' }, -1115],
      [{ ...limit, type: 'FOO' }, -1116],
      [{ ...limit, type: 'STOP_MARKET' }, -4120],
      [{ ...limit, symbol: 'NOPE' }, -1121],
      [{ ...limit, reduceOnly: 'true' }, -2022],
      [{ ...limit, positionSide: 'LONG' }, -4061],
      [{ ...limit, timeInForce: 'GTX', price: (ask + 5).toFixed(1) }, -5022],
      [{ ...limit, timeInForce: 'FOK', price: bid.toFixed(1) }, -5021],
      [{ ...limit, newClientOrderId: 'x'.repeat(37) }, -4015],
      [{ side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: bid.toFixed(1) }, -1102],
    ]
    for (const [values, code] of cases) {
      const answer = await order(alice, values)
      expect([values, answer.status, answer.body['code']]).toEqual([values, 400, code])
    }
    expect(sim.account(aliceKey).orders()).toEqual([])
    expect(events(aliceKey)).toEqual([])
  })

  it('amends price and quantity, and says so', async () => {
    const { bid } = await touch()
    const placed = await order(alice, {
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: (bid * 0.98).toFixed(1),
      quantity: '0.1',
    })
    const id = field(placed.body, 'orderId')
    const price = (bid * 0.97).toFixed(1)
    const params = [
      ['symbol', 'BTCUSDT'],
      ['orderId', id],
      ['side', 'BUY'],
      ['quantity', '0.2'],
      ['price', price],
    ] as const
    const amended = await alice.call('PUT', '/fapi/v1/order', params)
    expect(amended.body).toMatchObject({ orderId: Number(id), origQty: '0.200', price: `${price}0`, status: 'NEW' })
    expect((await alice.call('PUT', '/fapi/v1/order', params)).body['code']).toBe(-5027)
    expect(events(aliceKey).map(event => Object(event['o'])['x'])).toEqual(['NEW', 'AMENDMENT'])
  })

  it('reduces only, and realises what it closed', async () => {
    await order(alice, { side: 'BUY', type: 'MARKET', quantity: '1' })
    await clock.advance(30_000)
    const closed = await order(alice, {
      side: 'SELL',
      type: 'MARKET',
      quantity: '5',
      reduceOnly: 'true',
      newOrderRespType: 'RESULT',
    })
    expect(closed.body).toMatchObject({ status: 'FILLED', executedQty: '1.000' })
    expect(sim.account(aliceKey).positions()).toEqual([])
    const sum = (name: 'fee' | 'realizedPnl'): number =>
      sim
        .account(aliceKey)
        .fills()
        .reduce((total, fill) => total + Math.round(Number(fill[name]) * 1e8), 0)
    const free = Math.round(Number(sim.account(aliceKey).balances()[0]?.free) * 1e8)
    expect(free).toBe(100_000e8 + sum('realizedPnl') - sum('fee'))
    const income = await alice.call('GET', '/fapi/v1/income', [['incomeType', 'REALIZED_PNL']])
    const told = income.rows.reduce((total, row) => total + Math.round(Number(row['income']) * 1e8), 0)
    expect(told).toBe(sum('realizedPnl'))
  })

  it('never lets an account trade with itself: the mode says who gives way', async () => {
    const { ask } = await touch()
    const price = ask.toFixed(1)
    const sell = { side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', price, quantity: '0.5' }
    const buy = { side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price, quantity: '15', newOrderRespType: 'RESULT' }
    const others = Number((await alice.raw('GET', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT')).body['askQty'])
    const first = await order(alice, sell)
    const whole = { ...buy, timeInForce: 'FOK', quantity: (others + 0.4).toFixed(3) }
    expect((await order(alice, { ...whole, selfTradePreventionMode: 'EXPIRE_TAKER' })).body['code']).toBe(-5021)
    const taker = await order(alice, { ...buy, selfTradePreventionMode: 'EXPIRE_TAKER' })
    expect(taker.body['status']).toBe('EXPIRED_IN_MATCH')
    const truth = sim.account(aliceKey)
    expect(truth.orders()[0]).toMatchObject({ id: field(first.body, 'orderId'), status: 'NEW', executed: '0.000' })
    await order(alice, { ...buy, selfTradePreventionMode: 'EXPIRE_MAKER' })
    expect(truth.orders()[0]?.status).toBe('EXPIRED_IN_MATCH')
    const second = await order(alice, sell)
    const both = await order(alice, { ...buy, selfTradePreventionMode: 'EXPIRE_BOTH' })
    expect(both.body['status']).toBe('EXPIRED_IN_MATCH')
    expect(truth.orders().find(row => row.id === field(second.body, 'orderId'))?.status).toBe('EXPIRED_IN_MATCH')
    const makers = truth.fills().filter(fill => fill.isMaker)
    expect(makers).toEqual([])
  })

  it('counts new orders, and refuses with 429 and -1015 beyond the limit', async () => {
    const { bid } = await touch()
    const price = (bid * 0.97).toFixed(1)
    const first = await order(alice, { side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price, quantity: '0.1' })
    expect(first.headers.get('x-mbx-order-count-10s')).toBe('1')
    expect(first.headers.get('x-mbx-order-count-1m')).toBe('1')
    let last = first
    for (let count = 1; count <= 300; count++) {
      last = await order(alice, { side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price, quantity: '0.1' })
    }
    expect([last.status, last.body['code']]).toEqual([429, -1015])
    expect((await order(bob, { side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price, quantity: '0.1' })).status).toBe(
      200,
    )
  })

  it('a public trade stream shows what an account traded', async () => {
    const client = await SimClient.open(`${sim.endpoints[venue]?.stream}/market/ws/btcusdt@aggTrade`)
    await order(alice, { side: 'BUY', type: 'MARKET', quantity: '2.711' })
    const [fill] = sim.account(aliceKey).fills()
    await clock.advance(200)
    await client.next(
      message => Number(message['f']) <= Number(fill?.tradeId) && Number(fill?.tradeId) <= Number(message['l']),
    )
    client.ws.close()
  })

  it('F:F16 an order answered with 503 was accepted, or was not: only a query tells', async () => {
    const answer = {
      status: 503,
      body: '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}',
    }
    const { bid } = await touch()
    const price = (bid * 0.98).toFixed(1)
    const limit = { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price, quantity: '0.1' }
    sim.faults.rest(answer)
    expect((await order(alice, { ...limit, newClientOrderId: 'after' })).status).toBe(503)
    sim.faults.rest({ ...answer, isLost: true })
    expect((await order(alice, { ...limit, newClientOrderId: 'before' })).status).toBe(503)
    sim.faults.rest(undefined)
    const query = (id: string): Promise<RestAnswer> =>
      alice.call('GET', '/fapi/v1/order', [
        ['symbol', 'BTCUSDT'],
        ['origClientOrderId', id],
      ])
    expect((await query('after')).body['status']).toBe('NEW')
    expect((await query('before')).body['code']).toBe(-2013)
  })

  it('F:F10 fills while nobody listens are in the truth and in REST', async () => {
    const { bid } = await touch()
    const limit = { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: (bid * 0.98).toFixed(1), quantity: '0.1' }
    const placed = await order(alice, limit)
    const truth = sim.account(aliceKey)
    truth.deliver({ mute: true })
    truth.fill(field(placed.body, 'orderId'), '0.04')
    expect(truth.orders()[0]).toMatchObject({ status: 'PARTIALLY_FILLED', executed: '0.040' })
    truth.fill(field(placed.body, 'orderId'))
    const { rows } = await alice.call('GET', '/fapi/v1/userTrades', [['symbol', 'BTCUSDT']])
    expect(rows.map(row => [row['qty'], row['maker']])).toEqual([
      ['0.040', true],
      ['0.060', true],
    ])
    expect(new Set(rows.map(row => row['id'])).size).toBe(2)
    expect(() => truth.fill(field(placed.body, 'orderId'))).toThrow('no open order')
    expect(() => truth.cancel('1')).toThrow('no open order')
  })

  it('repeats with its seed and clock, ids and keys included', async () => {
    const run = async (): Promise<readonly unknown[]> => {
      const { bid } = await touch()
      await order(alice, { side: 'BUY', type: 'MARKET', quantity: '1.5' })
      await order(bob, {
        side: 'SELL',
        type: 'LIMIT',
        timeInForce: 'GTC',
        price: (bid * 1.0001).toFixed(1),
        quantity: '0.4',
      })
      const key = await alice.raw('POST', '/fapi/v1/listenKey')
      await clock.advance(20_000)
      const trades = await alice.raw('GET', '/fapi/v1/trades?symbol=BTCUSDT&limit=100')
      return [events(aliceKey), events(bobKey), key.body, trades.rows]
    }
    const first = await run()
    await sim[Symbol.asyncDispose]()
    await start()
    expect(await run()).toEqual(first)
  })
})
