import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient

beforeEach(async () => {
  clock = new FakeClock()
  const balances = { USDT: '100', BTC: '1' }
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 3,
    accounts: [{ venue, key: aliceKey, secret, balances }],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
})
afterEach(() => sim[Symbol.asyncDispose]())

function call(method: string, path: string, values: Readonly<Record<string, string>> = {}): Promise<RestAnswer> {
  return alice.call(method, `/fapi/${path}`, Object.entries(values))
}

const buy = (): Promise<RestAnswer> =>
  call('POST', 'v1/order', {
    symbol: 'ETHUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: '100',
    newOrderRespType: 'RESULT',
  })
const mode = (on: boolean): Promise<RestAnswer> =>
  call('POST', 'v1/multiAssetsMargin', { multiAssetsMargin: String(on) })

describe('multi-assets mode', () => {
  it('lets coins stand for dollars, for less than their price', async () => {
    expect((await buy()).body['code']).toBe(-2019)
    const single = await call('GET', 'v3/account')
    expect([single.body['totalWalletBalance'], single.body['availableBalance']]).toEqual([
      '100.00000000',
      '100.00000000',
    ])
    expect((await mode(true)).body).toEqual({ code: 200, msg: 'success' })
    expect((await mode(true)).body['code']).toBe(-4171)
    const price = Number((await alice.raw('GET', '/fapi/v1/premiumIndex?symbol=BTCUSDT')).body['markPrice'])
    const { body } = await call('GET', 'v3/account')
    expect(Number(body['availableBalance'])).toBeCloseTo(100 + price * 0.95, 0)
    expect(Number(body['totalWalletBalance'])).toBeCloseTo(100 + price * 0.95, 0)
    expect((await buy()).body['status']).toBe('FILLED')
    expect((await mode(false)).body['code']).toBe(-2019)
    // Fees have taken more dollars than there were: coins are changed for them.
    const balance = (): Json =>
      Object.fromEntries(
        sim
          .account(aliceKey)
          .balances()
          .map(({ asset, free }) => [asset, Number(free)]),
      )
    expect(balance()['USDT']).toBeLessThan(0)
    await clock.advance(2000)
    expect(balance()['USDT']).toBeGreaterThanOrEqual(0)
    expect(balance()['BTC']).toBeLessThan(1)
    expect((await call('POST', 'v1/marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' })).body['code']).toBe(
      -4168,
    )
    const config: Json[] = sim
      .account(aliceKey)
      .events()
      .filter(({ kind }) => kind === 'ACCOUNT_CONFIG_UPDATE')
      .map(({ payload }) => JSON.parse(payload))
    expect(config.map(({ ai }) => ai)).toEqual([{ j: true }])
  })

  it('coins pay what dollars cannot when a position is closed by force', async () => {
    await mode(true)
    await buy()
    sim.account(aliceKey).liquidate()
    const balances = Object.fromEntries(
      sim
        .account(aliceKey)
        .balances()
        .map(({ asset, free }) => [asset, Number(free)]),
    )
    expect(balances['USDT']).toBeGreaterThanOrEqual(0)
    expect(balances['BTC']).toBeLessThan(1)
    expect(balances['BTC']).toBeGreaterThan(0.9)
    const { rows } = await call('GET', 'v1/income', { incomeType: 'AUTO_EXCHANGE' })
    expect(rows.map(({ asset }) => asset)).toEqual(['BTC', 'USDT'])
    expect((await call('GET', 'v1/income', { incomeType: 'INSURANCE_CLEAR' })).rows).toEqual([])
  })
})
