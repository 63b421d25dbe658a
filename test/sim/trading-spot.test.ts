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

beforeEach(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 5,
    accounts: [
      { venue, key: aliceKey, secret, balances: { USDT: '500000', BTC: '2.5' } },
      { venue, key: bobKey, secret, balances: { USDT: '1000' } },
    ],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
})
afterEach(() => sim[Symbol.asyncDispose]())

async function touch(): Promise<{ bid: number; ask: number }> {
  const { body } = await alice.raw('GET', '/api/v3/ticker/bookTicker?symbol=BTCUSDT')
  return { bid: Number(body['bidPrice']), ask: Number(body['askPrice']) }
}

function order(values: Readonly<Record<string, string>>, client = alice): Promise<RestAnswer> {
  return client.call('POST', '/api/v3/order', Object.entries({ symbol: 'BTCUSDT', ...values }))
}

function units(text: unknown): bigint {
  const [whole = '0', fraction = ''] = String(text).split('.')
  return BigInt(whole + fraction.padEnd(8, '0'))
}

function balance(asset: string): { free: bigint; locked: bigint } {
  const row = sim
    .account(aliceKey)
    .balances()
    .find(known => known.asset === asset)
  return { free: units(row?.free ?? '0'), locked: units(row?.locked ?? '0') }
}

function told(): readonly Json[] {
  return sim
    .account(aliceKey)
    .events()
    .map(event => JSON.parse(event.payload))
}

describe('orders on spot', () => {
  it('set money aside, trade, and give back what is left, to the last digit', async () => {
    const { bid } = await touch()
    const price = (bid * 0.999).toFixed(2)
    const placed = await order({ side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price, quantity: '0.12345' })
    expect(placed.body).toMatchObject({ status: 'NEW', origQty: '0.12345000', fills: [], orderListId: -1 })
    const worth = (units(price) * 12345n) / 100_000n
    expect(balance('USDT')).toEqual({ free: units('500000') - worth, locked: worth })
    sim.account(aliceKey).fill(field(placed.body, 'orderId'), '0.02345')
    const part = (units(price) * 2345n) / 100_000n
    expect(balance('USDT')).toEqual({ free: units('500000') - worth, locked: worth - part })
    expect(balance('BTC').free).toBe(units('2.5') + 2_345_000n - 2345n)
    const canceled = await alice.call('DELETE', '/api/v3/order', [
      ['symbol', 'BTCUSDT'],
      ['orderId', field(placed.body, 'orderId')],
    ])
    expect(canceled.body).toMatchObject({
      status: 'CANCELED',
      executedQty: '0.02345000',
      origClientOrderId: placed.body['clientOrderId'],
    })
    expect(balance('USDT')).toEqual({ free: units('500000') - part, locked: 0n })
    expect(told().map(event => [event['e'], event['x']])).toEqual([
      ['executionReport', 'NEW'],
      ['outboundAccountPosition', undefined],
      ['executionReport', 'TRADE'],
      ['outboundAccountPosition', undefined],
      ['executionReport', 'CANCELED'],
      ['outboundAccountPosition', undefined],
    ])
  })

  it('keeps sums exact over many trades, and its account agrees', async () => {
    for (let count = 0; count < 40; count++) {
      const side = count % 3 === 0 ? 'SELL' : 'BUY'
      const size =
        count % 4 === 0 ? { quoteOrderQty: '777.77' } : { quantity: ((count % 7) * 0.0131 + 0.001).toFixed(5) }
      expect((await order({ side, type: 'MARKET', ...size })).status).toBe(200)
      await clock.advance(120)
    }
    const sums = new Map([
      ['USDT', units('500000')],
      ['BTC', units('2.5')],
    ])
    const add = (asset: string, amount: bigint): void => void sums.set(asset, (sums.get(asset) ?? 0n) + amount)
    for (const fill of sim.account(aliceKey).fills()) {
      const sign = fill.side === 'BUY' ? 1n : -1n
      add('BTC', sign * units(fill.quantity))
      add('USDT', (-sign * units(fill.quantity) * units(fill.price)) / 100_000_000n)
      add(fill.feeAsset, -units(fill.fee))
    }
    expect(balance('USDT')).toEqual({ free: sums.get('USDT'), locked: 0n })
    expect(balance('BTC')).toEqual({ free: sums.get('BTC'), locked: 0n })
    const { body } = await alice.call('GET', '/api/v3/account', [['omitZeroBalances', 'true']])
    expect(body['balances']).toEqual(
      sim
        .account(aliceKey)
        .balances()
        .map(({ asset, free, locked }) => ({ asset, free, locked })),
    )
    const trades = await alice.call('GET', '/api/v3/myTrades', [
      ['symbol', 'BTCUSDT'],
      ['limit', 1000],
    ])
    expect(trades.rows.map(row => String(row['id']))).toEqual(
      sim
        .account(aliceKey)
        .fills()
        .map(fill => fill.tradeId),
    )
  })

  it('answers and tells in the shapes of the samples', async () => {
    if (isMissing(protocolFolder)) return
    const { bid } = await touch()
    const placed = await order({
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: (bid * 1.001).toFixed(2),
      quantity: '0.5',
    })
    sim.account(aliceKey).fill(field(placed.body, 'orderId'), '0.1')
    const read = (name: string): unknown =>
      JSON.parse(readFileSync(`${protocolFolder}/binance/spot/${name}.json`, 'utf8'))
    const keys = (value: unknown): string[] => Object.keys(Object(Array.isArray(value) ? value[0] : value)).sort()
    const got = async (path: string): Promise<string[]> => {
      const { rows, body } = await alice.call(
        'GET',
        `/api/v3/${path}`,
        path === 'account' ? [] : [['symbol', 'BTCUSDT']],
      )
      return keys(rows[0] ?? body)
    }
    for (const path of ['openOrders', 'allOrders', 'myTrades', 'account'])
      expect([path, await got(path)]).toEqual([path, keys(read(`rest/${path}`))])
    const events = told()
    const lifecycle = read('user/lifecycle_limit_fill')
    const sample = (index: number): unknown => (Array.isArray(lifecycle) ? lifecycle[index].event : undefined)
    expect(keys(events[0])).toEqual(keys(sample(0)))
    expect(keys(events[2])).toEqual(keys(sample(1)))
    expect(keys(events[3])).toEqual(keys(sample(3)))
    const limits = await alice.call('GET', '/api/v3/rateLimit/order')
    expect(limits.rows.map(row => [row['interval'], row['count']])).toEqual([
      ['SECOND', 1],
      ['DAY', 1],
    ])
  })

  it('refuses with the venue’s codes and texts', async () => {
    const { bid, ask } = await touch()
    const limit = { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: bid.toFixed(2), quantity: '0.1' }
    const cases: readonly (readonly [Readonly<Record<string, string>>, number, string])[] = [
      [{ ...limit, price: '0' }, -1013, 'Filter failure: PRICE_FILTER'],
      [{ ...limit, price: `${bid.toFixed(2)}1` }, -1111, "Parameter 'price' has too much precision."],
      [{ ...limit, quantity: '0' }, -1013, 'Filter failure: LOT_SIZE'],
      [{ ...limit, quantity: '0.00001' }, -1013, 'Filter failure: NOTIONAL'],
      [{ ...limit, price: (bid / 6).toFixed(2) }, -1013, 'Filter failure: PERCENT_PRICE_BY_SIDE'],
      [{ ...limit, quantity: '80' }, -2010, 'Account has insufficient balance for requested action.'],
      [{ ...limit, type: 'STOP' }, -1116, 'Invalid orderType.'],
      [{ ...limit, type: 'STOP_LOSS' }, -1106, "Parameter 'price' sent when not required."],
      [
        { side: 'BUY', type: 'LIMIT_MAKER', price: (ask + 1).toFixed(2), quantity: '0.1' },
        -2010,
        'Order would immediately match and take.',
      ],
      [{ ...limit, side: 'HOLD' }, -1117, 'Invalid side.'],
      [{ ...limit, timeInForce: 'GTX' }, -1115, 'Invalid timeInForce.'],
      [{ ...limit, foo: '1' }, -1104, "Not all sent parameters were read; read '7' parameter(s) but was sent '8'."],
      [
        { side: 'BUY', type: 'MARKET' },
        -1102,
        "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed.",
      ],
    ]
    for (const [values, code, message] of cases) {
      const { status, body } = await order(values)
      expect([values, status, body['code'], body['msg']]).toEqual([values, 400, code, message])
    }
    expect(told()).toEqual([])
  })

  it('ends what cannot rest, and says why', async () => {
    const { bid } = await touch()
    const price = (bid * 0.999).toFixed(2)
    const ioc = await order({ side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', price, quantity: '0.1' })
    const fok = await order({ side: 'BUY', type: 'LIMIT', timeInForce: 'FOK', price, quantity: '0.1' })
    expect([ioc.body['status'], fok.body['status']]).toEqual(['EXPIRED', 'EXPIRED'])
    const reasons = told().flatMap(event => (event['eR'] === undefined ? [] : [event['eR']]))
    expect(reasons).toEqual(['UNFILLED_IOC_QUANTITY_EXPIRED', 'UNFILLED_FOK_ORDER_EXPIRED'])
    expect(balance('USDT')).toEqual({ free: units('500000'), locked: 0n })
  })

  it('F:F07 has no listen keys any more', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await alice.raw(method, '/api/v3/userDataStream')).status).toBe(410)
  })

  it('an order left beyond the fair price is taken by the market', async () => {
    const { ask } = await touch()
    const placed = await order({
      side: 'SELL',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: (ask + 0.5).toFixed(2),
      quantity: '0.05',
    })
    expect(placed.body['status']).toBe('NEW')
    const status = (): string | undefined => sim.account(aliceKey).orders()[0]?.status
    for (let count = 0; count < 600 && status() !== 'FILLED'; count++) await clock.advance(500)
    expect(status()).toBe('FILLED')
    expect(
      sim
        .account(aliceKey)
        .fills()
        .every(fill => fill.isMaker),
    ).toBe(true)
  })
})
