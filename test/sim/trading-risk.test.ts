import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { aliceKey, field, type Json, type RestAnswer, secret, TradingClient } from './trading-client.ts'

const venue = 'binance-usdm'
/** Eight seconds before a funding time. */
const beforeFundingUs = Math.ceil(1_790_000_000_000 / 28_800_000) * 28_800_000_000 - 8_000_000
let clock: FakeClock
let sim: Simulator
let alice: TradingClient

async function open(startUs?: number, balance = '10000'): Promise<void> {
  clock = new FakeClock(startUs)
  sim = await createSimulator({
    venues: [venue],
    clock,
    seed: 3,
    accounts: [{ venue, key: aliceKey, secret, balances: { USDT: balance } }],
  })
  alice = new TradingClient(sim, venue, { key: aliceKey, clock })
}
afterEach(() => sim[Symbol.asyncDispose]())

function post(path: string, values: Readonly<Record<string, string>>): Promise<RestAnswer> {
  return alice.call('POST', `/fapi/v1/${path}`, Object.entries({ symbol: 'BTCUSDT', ...values }))
}

function market(side: string, quantity: string, more: Readonly<Record<string, string>> = {}): Promise<RestAnswer> {
  return post('order', { side, type: 'MARKET', quantity, newOrderRespType: 'RESULT', ...more })
}

function told(): readonly Json[] {
  return sim
    .account(aliceKey)
    .events()
    .map(event => JSON.parse(event.payload))
}

function units(text: unknown): bigint {
  const [whole = '0', fraction = ''] = String(text).split('.')
  return BigInt(whole + fraction.padEnd(8, '0'))
}

describe('positions on USD-M', () => {
  it('pays funding: only the balance for crossed positions, the position too for isolated ones', async () => {
    await open(beforeFundingUs)
    await market('BUY', '0.5')
    await post('marginType', { symbol: 'ETHUSDT', marginType: 'ISOLATED' })
    await market('SELL', '1', { symbol: 'ETHUSDT' })
    const before = units(sim.account(aliceKey).balances()[0]?.free)
    await clock.advance(12_000)
    const funded = told().filter(event => Object(event['a'])['m'] === 'FUNDING_FEE')
    expect(funded.map(event => Object(event['a'])['S'])).toEqual(['BTCUSDT', 'ETHUSDT'])
    expect(funded.map(event => Object(event['a'])['P'].length)).toEqual([0, 1])
    const { rows } = await alice.call('GET', '/fapi/v1/income', [['incomeType', 'FUNDING_FEE']])
    const paid = rows.map(row => units(row['income']))
    expect(units(sim.account(aliceKey).balances()[0]?.free)).toBe(before + (paid[0] ?? 0n))
    const [rate] = (await alice.raw('GET', '/fapi/v1/fundingRate?symbol=BTCUSDT&limit=1')).rows
    expect((paid[0] ?? 0n) > 0n).toBe(Number(rate?.['fundingRate']) < 0)
    expect(funded.map(event => units(Object(event['a'])['B'][0]['bc']))).toEqual(paid)
  })

  it('keeps both sides apart in hedge mode', async () => {
    await open()
    expect((await alice.call('POST', '/fapi/v1/positionSide/dual', [['dualSidePosition', 'true']])).status).toBe(200)
    expect((await market('BUY', '0.1')).body['code']).toBe(-4061)
    await market('BUY', '0.1', { positionSide: 'LONG' })
    await market('SELL', '0.2', { positionSide: 'SHORT' })
    const positions = sim
      .account(aliceKey)
      .positions()
      .map(({ side, quantity }) => [side, quantity])
    expect(positions).toEqual([
      ['LONG', '0.100'],
      ['SHORT', '-0.200'],
    ])
    expect((await market('SELL', '0.3', { positionSide: 'LONG' })).body['code']).toBe(-2022)
    await market('SELL', '0.1', { positionSide: 'LONG' })
    expect(
      sim
        .account(aliceKey)
        .positions()
        .map(({ side }) => side),
    ).toEqual(['SHORT'])
    const dual = await alice.call('POST', '/fapi/v1/positionSide/dual', [['dualSidePosition', 'false']])
    expect(dual.body['code']).toBe(-4068)
  })

  it('keeps the sum of an account exact over a hundred trades, isolated or crossed', async () => {
    for (const marginType of ['CROSSED', 'ISOLATED']) {
      await open(undefined, '100000')
      if (marginType === 'ISOLATED') await post('marginType', { marginType })
      for (let count = 0; count < 50; count++) {
        const side = (count * 7) % 5 < 2 ? 'SELL' : 'BUY'
        expect((await market(side, ((count % 9) * 0.013 + 0.007).toFixed(3))).status).toBe(200)
        await clock.advance(150)
      }
      const { fills, balances } = { fills: sim.account(aliceKey).fills(), balances: sim.account(aliceKey).balances() }
      const sum = fills.reduce((total, fill) => total + units(fill.realizedPnl) - units(fill.fee), units('100000'))
      expect(units(balances[0]?.free) + units(balances[0]?.locked)).toBe(sum)
      const last = told()
        .filter(event => event['e'] === 'ACCOUNT_UPDATE')
        .at(-1)
      expect(units(Object(last?.['a'])['B'][0]['wb'])).toBe(sum)
      if (marginType === 'CROSSED') await sim[Symbol.asyncDispose]()
    }
  })

  it('warns, then liquidates: orders end, the venue’s own order closes, the account never owes', async () => {
    await open(undefined, '1500')
    expect((await post('leverage', { leverage: '125' })).body).toMatchObject({ leverage: 125, symbol: 'BTCUSDT' })
    await alice.call('POST', '/fapi/v1/positionSide/dual', [['dualSidePosition', 'true']])
    for (const [side, positionSide] of [
      ['BUY', 'LONG'],
      ['SELL', 'SHORT'],
    ] as const) {
      expect((await market(side, '0.8', { positionSide })).body['status']).toBe('FILLED')
    }
    const { body } = await alice.raw('GET', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT')
    const price = (Number(body['bidPrice']) * 0.96).toFixed(1)
    // One leg is closed at a moment of the market's: what is left stands naked at 125 times.
    const resting = await post('order', {
      side: 'BUY',
      positionSide: 'LONG',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price,
      quantity: '0.1',
    })
    expect(resting.status).toBe(200)
    await market('SELL', '0.8', { positionSide: 'LONG' })
    const grown = await market('SELL', '1.2', { positionSide: 'SHORT' })
    expect([200, 400]).toContain(grown.status)
    const truth = sim.account(aliceKey)
    sim.account(aliceKey).transfer('USDT', `-${Math.floor(await spare())}`)
    for (let minute = 0; minute < 60 && truth.positions().length > 0; minute++) await clock.advance(60_000)
    expect(truth.positions()).toEqual([])
    const events = told()
    const kinds = events.map(event => String(event['e']))
    const warned = kinds.indexOf('MARGIN_CALL')
    const forced = events.findIndex(event => Object(event['o'])['x'] === 'CALCULATED')
    const expired = events.findIndex(event => Object(event['o'])['x'] === 'EXPIRED' && Object(event['o'])['er'] === '5')
    expect(warned).toBeGreaterThan(0)
    expect(expired).toBeGreaterThan(warned)
    expect(forced).toBeGreaterThan(expired)
    expect(field(Object(events[forced]?.['o']), 'c')).toMatch(/^autoclose-\d+$/)
    expect(kinds[forced - 1]).toBe('ACCOUNT_UPDATE')
    expect(units(truth.balances()[0]?.free)).toBeGreaterThanOrEqual(0n)
    const forcedRows = (await alice.call('GET', '/fapi/v1/forceOrders')).rows
    expect(forcedRows.map(row => row['status'])).toEqual(['FILLED'])
  }, 60_000)

  /** What can be withdrawn. */
  async function spare(): Promise<number> {
    const row = (await alice.call('GET', '/fapi/v3/balance')).rows[0]
    return Number(row?.['maxWithdrawAmount'])
  }
})

describe('conditional orders on USD-M', () => {
  it('wait, trigger and finish as ALGO_UPDATE tells', async () => {
    await open()
    await market('BUY', '0.1')
    const { body } = await alice.raw('GET', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT')
    const above = (Number(body['askPrice']) * 1.0003).toFixed(1)
    const below = (Number(body['askPrice']) * 0.9997).toFixed(1)
    const stop = { algoType: 'CONDITIONAL', side: 'SELL', closePosition: 'true' }
    const first = await post('algoOrder', { ...stop, type: 'STOP_MARKET', triggerPrice: below })
    const second = await post('algoOrder', { ...stop, type: 'TAKE_PROFIT_MARKET', triggerPrice: above })
    expect([first.status, second.status]).toEqual([200, 200])
    expect((await post('algoOrder', { ...stop, type: 'STOP_MARKET', triggerPrice: above })).body['code']).toBe(-2021)
    expect((await alice.call('GET', '/fapi/v1/openAlgoOrders')).rows.length).toBe(2)
    for (let count = 0; count < 600 && sim.account(aliceKey).positions().length > 0; count++) await clock.advance(1000)
    expect(sim.account(aliceKey).positions()).toEqual([])
    const algo = told()
      .filter(event => event['e'] === 'ALGO_UPDATE')
      .map(event => Object(event['o']))
    const done = algo.filter(row => row.aid === algo.find(other => other.X === 'FINISHED')?.aid)
    expect(done.map(row => row.X)).toEqual(['NEW', 'TRIGGERING', 'TRIGGERED', 'FINISHED'])
    const actual = told().filter(
      event => event['e'] === 'ORDER_TRADE_UPDATE' && String(Object(event['o'])['i']) === done[3]?.ai,
    )
    expect(actual.map(event => Object(event['o'])['x'])).toContain('TRADE')
    const left = (await alice.call('GET', '/fapi/v1/openAlgoOrders')).rows
    expect(left.length).toBe(1)
    const canceled = await alice.call('DELETE', '/fapi/v1/algoOrder', [['algoId', field(left[0], 'algoId')]])
    expect(canceled.body).toMatchObject({ code: '200', msg: 'success' })
    if (isMissing(protocolFolder)) return
    const sample = (name: string): string[] => {
      const parsed: unknown = JSON.parse(readFileSync(`${protocolFolder}/binance/usdm/rest/${name}.json`, 'utf8'))
      return Object.keys(Object(Array.isArray(parsed) ? parsed[0] : parsed)).sort()
    }
    expect(Object.keys(first.body).sort()).toEqual(sample('algoOrder_post'))
    expect(Object.keys(left[0] ?? {}).sort()).toEqual(sample('openAlgoOrders'))
  })

  it('trails', async () => {
    await open()
    await market('BUY', '0.1')
    const placed = await post('algoOrder', {
      algoType: 'CONDITIONAL',
      side: 'SELL',
      type: 'TRAILING_STOP_MARKET',
      callbackRate: '0.1',
      quantity: '0.1',
      reduceOnly: 'true',
    })
    expect(placed.status).toBe(200)
    for (let count = 0; count < 1800 && sim.account(aliceKey).positions().length > 0; count++) await clock.advance(1000)
    expect(sim.account(aliceKey).positions()).toEqual([])
    const states = told()
      .filter(event => event['e'] === 'ALGO_UPDATE')
      .map(event => [Object(event['o'])['X'], Object(event['o'])['ia']])
    expect(states.slice(0, 2)).toEqual([
      ['NEW', false],
      ['NEW', true],
    ])
    expect(states.at(-1)?.[0]).toBe('FINISHED')
  }, 60_000)
})
