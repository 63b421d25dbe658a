import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { SimClient } from '../support/sim-client.ts'
import { aliceKey, field, type Json, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-coinm'
let clock: FakeClock
let sim: Simulator
let alice: TradingClient

beforeAll(async () => {
  clock = new FakeClock()
  sim = await createSimulator({
    venues: [venue],
    clock,
    accounts: [{ venue, key: aliceKey, secret, balances: { BTC: '3' } }],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
})
afterAll(() => sim[Symbol.asyncDispose]())

function units(text: unknown): bigint {
  const [whole = '0', fraction = ''] = String(text).split('.')
  return BigInt(whole + fraction.padEnd(8, '0'))
}

describe('COIN-M', () => {
  it('trades contracts for coins: events, shapes, and sums to the last digit', async () => {
    const listenKey = field((await alice.raw('POST', '/dapi/v1/listenKey')).body, 'listenKey')
    const client = await SimClient.open(`${sim.endpoints[venue]?.stream}/ws/${listenKey}`)
    const market = (side: string, quantity: string): Promise<{ body: Json }> =>
      alice.call('POST', '/dapi/v1/order', [
        ['symbol', 'BTCUSD_PERP'],
        ['side', side],
        ['type', 'MARKET'],
        ['quantity', quantity],
        ['newOrderRespType', 'RESULT'],
      ])
    expect((await market('BUY', '40')).body['status']).toBe('FILLED')
    const long = sim.account(aliceKey).fills()
    // A contract is 100 dollars: dearer coins, fewer of them.
    for (const fill of long) {
      const coins = (Number(fill.quantity) * 100) / Number(fill.price)
      expect(Math.abs(Number(fill.fee) - coins * 0.0005)).toBeLessThan(2e-8)
    }
    const [row] = (await alice.raw('GET', '/dapi/v1/ticker/bookTicker?symbol=BTCUSD_PERP')).rows
    const price = row?.['bidPrice']
    const resting = await alice.call('POST', '/dapi/v1/order', [
      ['symbol', 'BTCUSD_PERP'],
      ['side', 'BUY'],
      ['type', 'LIMIT'],
      ['timeInForce', 'GTC'],
      ['price', (Number(price) * 0.98).toFixed(1)],
      ['quantity', '5'],
    ])
    await client.until(() => client.messages.length === sim.account(aliceKey).events().length)
    expect(client.messages).toEqual(
      sim
        .account(aliceKey)
        .events()
        .map(event => event.payload),
    )
    if (!isMissing(protocolFolder)) await compareShapes(client, resting.body)
    await clock.advance(60_000)
    await market('SELL', '65')
    await clock.advance(60_000)
    await market('BUY', '25')
    expect(sim.account(aliceKey).positions()).toEqual([])
    const sum = sim
      .account(aliceKey)
      .fills()
      .reduce((total, fill) => total + units(fill.realizedPnl) - units(fill.fee), units('3'))
    expect(units(sim.account(aliceKey).balances()[0]?.free)).toBe(sum)
    expect((await alice.call('GET', '/dapi/v1/userTrades', [['pair', 'BTCUSD']])).rows.length).toBe(
      sim.account(aliceKey).fills().length,
    )
    client.ws.close()
  })

  async function compareShapes(client: SimClient, placed: Json): Promise<void> {
    const read = (name: string): unknown =>
      JSON.parse(readFileSync(`${protocolFolder}/binance/coinm/${name}.json`, 'utf8'))
    const trailing = new Set(['activatePrice', 'priceRate'])
    const keys = (value: unknown): string[] =>
      Object.keys(Object(Array.isArray(value) ? value[0] : value))
        .filter(name => !trailing.has(name))
        .sort()
    expect(keys(placed)).toEqual(expect.arrayContaining(keys(read('rest/order_post'))))
    for (const name of ['openOrders', 'allOrders', 'balance', 'positionRisk', 'userTrades', 'account']) {
      const { rows, body } = await alice.call(
        'GET',
        `/dapi/v1/${name}`,
        name === 'userTrades' ? [['symbol', 'BTCUSD_PERP']] : [],
      )
      expect([name, keys(rows[0] ?? body)]).toEqual([name, keys(read(`rest/${name}`))])
      if (name !== 'account') continue
      for (const part of ['assets', 'positions'])
        expect([part, keys(body[part])]).toEqual([part, keys(Object(read('rest/account'))[part])])
    }
    const events = client.messages.map(text => JSON.parse(text))
    const update = events.find(event => event.e === 'ORDER_TRADE_UPDATE')
    expect(keys(update.o)).toEqual(keys(Object(read('user/ORDER_TRADE_UPDATE'))['o']))
    expect(keys(update)).toEqual(keys(read('user/ORDER_TRADE_UPDATE')))
    const account = events.find(event => event.e === 'ACCOUNT_UPDATE')
    const sample = Object(read('user/ACCOUNT_UPDATE'))
    expect([keys(account), keys(account.a.B), keys(account.a.P)]).toEqual([
      keys(sample),
      keys(sample.a.B),
      keys(sample.a.P),
    ])
    expect(events.some(event => event.e === 'TRADE_LITE')).toBe(false)
  }
})
