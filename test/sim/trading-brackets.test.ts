import { afterEach, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { aliceKey, field, type Json, secret, TradingClient } from './trading-client.ts'

let sim: Simulator
afterEach(() => sim[Symbol.asyncDispose]())

async function open(venue: string): Promise<TradingClient> {
  const clock = new FakeClock()
  sim = await createSimulator({ venues: [venue], clock, accounts: [{ venue, key: aliceKey, secret }] })
  return new TradingClient(sim, venue, { key: aliceKey, clock })
}

function bracketsOf(row: Json | undefined): readonly Json[] {
  const value = row?.['brackets']
  return Array.isArray(value) ? value : []
}

it('USD-M tells brackets by symbol, in quote currency', async () => {
  const client = await open('binance-usdm')
  const { body } = await client.call('GET', '/fapi/v1/leverageBracket', [['symbol', 'BTCUSDT']])
  expect(bracketsOf(body)[0]).toMatchObject({ bracket: 1, initialLeverage: 125, notionalFloor: 0, notionalCap: 50_000 })
  expect((await client.call('GET', '/fapi/v1/leverageBracket')).rows.map(row => row['symbol'])).toContain('ETHUSDT')
})

it('COIN-M tells them in base currency, by pair in v1 and by symbol in v2', async () => {
  const client = await open('binance-coinm')
  const bySymbol = await client.call('GET', '/dapi/v2/leverageBracket', [['symbol', 'BTCUSD_PERP']])
  const byPair = await client.call('GET', '/dapi/v1/leverageBracket', [['pair', 'BTCUSD']])
  expect(bySymbol.rows.map(row => row['symbol'])).toEqual(['BTCUSD_PERP'])
  expect(byPair.rows.map(row => row['pair'])).toEqual(['BTCUSD'])
  expect(bracketsOf(byPair.rows[0])).toEqual(bracketsOf(bySymbol.rows[0]))
  const premium = await client.raw('GET', '/dapi/v1/premiumIndex?symbol=BTCUSD_PERP')
  const mark = Number(field(premium.rows[0], 'markPrice'))
  const [first, second] = bracketsOf(bySymbol.rows[0])
  expect(Number(field(first, 'qtyCap'))).toBeCloseTo(50_000 / mark, 6)
  expect(field(second, 'qtyFloor')).toBe(field(first, 'qtyCap'))
  expect(field(second, 'qtylFloor')).toBe(field(first, 'qtyCap'))
})
