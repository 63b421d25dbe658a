import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type SimAccountOptions, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, bobKey, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
const symbol = 'DEFIUSDT'
const carolKey = 'carol'.padEnd(64, 'C')
let clock: FakeClock
let sim: Simulator

beforeEach(async () => {
  clock = new FakeClock()
  const account = (key: string, USDT: string): SimAccountOptions => ({
    venue,
    key,
    secret,
    leverage: 10,
    balances: { USDT },
  })
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 11,
    accounts: [account(aliceKey, '4000000'), account(bobKey, '90000000'), account(carolKey, '1500000')],
  })
})
afterEach(() => sim[Symbol.asyncDispose]())

function order(key: string, values: Readonly<Record<string, string>>): Promise<RestAnswer> {
  const client = new TradingClient(sim, venue, { key, clock })
  return client.call('POST', '/fapi/v1/order', Object.entries({ symbol, ...values }))
}

const events = (key: string): readonly Json[] =>
  sim
    .account(key)
    .events()
    .map(event => JSON.parse(event.payload))

describe('auto-deleveraging', () => {
  it('takes from those on the other side in their order what neither book nor fund can bear', async () => {
    // Alice buys from Bob and Carol what they offer: everybody holds something the book could never take back.
    const { body } = await new TradingClient(sim, venue, { key: bobKey }).raw(
      'GET',
      `/fapi/v1/ticker/bookTicker?symbol=${symbol}`,
    )
    const price = (Number(body['bidPrice']) * 0.9999).toFixed(1)
    for (const [key, quantity] of [
      [bobKey, '6000'],
      [carolKey, '2000'],
    ] as const) {
      const offer = {
        side: 'SELL',
        type: 'LIMIT',
        timeInForce: 'GTX',
        price: (Number(price) * 1.04).toFixed(1),
        quantity,
      }
      const placed = await order(key, offer)
      const bought = await order(aliceKey, {
        side: 'BUY',
        type: 'LIMIT',
        timeInForce: 'GTC',
        price: (Number(price) * 0.97).toFixed(1),
        quantity,
      })
      expect([placed.status, bought.status]).toEqual([200, 200])
      sim.account(key).fill(String(placed.body['orderId']))
      sim.account(aliceKey).fill(String(bought.body['orderId']))
    }
    expect(sim.account(aliceKey).positions()).toHaveLength(1)
    sim.account(aliceKey).liquidate(symbol)
    expect(sim.account(aliceKey).positions()).toEqual([])
    const reduced = (key: string): number =>
      sim
        .account(key)
        .orders()
        .filter(({ clientOrderId }) => clientOrderId === 'adl_autoclose')
        .reduce((sum, { executed }) => sum + Number(executed), 0)
    const taken = reduced(bobKey) + reduced(carolKey)
    expect(taken).toBeGreaterThan(0)
    // Carol has more leverage on the same gain: she comes first.
    expect(reduced(carolKey)).toBe(2000)
    expect(sim.account(carolKey).positions()).toEqual([])
    const told = events(carolKey).slice(-3)
    expect(told.map(({ e }) => e)).toEqual(['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE', 'ORDER_TRADE_UPDATE'])
    expect(told[2]?.['o']).toMatchObject({ c: 'adl_autoclose', x: 'CALCULATED', X: 'FILLED', R: true, er: '0' })
    expect(told[1]?.['a']).toMatchObject({ m: 'ORDER', P: [{ pa: '0' }] })
    const aliceFills = sim.account(aliceKey).fills()
    const hidden = aliceFills.filter(({ price: at }) => at === aliceFills.at(-1)?.price)
    expect(sim.account(carolKey).fills().at(-1)?.price).toBe(hidden.at(-1)?.price)
  })
})
