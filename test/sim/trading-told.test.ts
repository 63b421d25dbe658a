import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { aliceKey, type Json, secret } from './trading-client.ts'

let sim: Simulator | undefined
afterEach(() => sim?.[Symbol.asyncDispose]())

async function open(venue: string): Promise<Simulator> {
  const balances = { USDT: '1000' }
  sim = await createSimulator({
    venues: [venue],
    clock: new FakeClock(),
    accounts: [{ venue, key: aliceKey, secret, balances }],
  })
  return sim
}

const shape = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, shape(inner)]),
      )
    : typeof value

describe('events that the market does not cause', () => {
  it.each([
    ['STRATEGY_UPDATE', 'STRATEGY_UPDATE'],
    ['GRID_UPDATE', 'GRID_UPDATE'],
    ['CONDITIONAL_ORDER_TRIGGER_REJECT', 'CONDITIONAL_ORDER_TRIGGER_REJECT_deprecated'],
  ])('%s has the shape of its sample', async (kind, file) => {
    if (isMissing(protocolFolder)) return
    const account = (await open('binance-usdm')).account(aliceKey)
    account.tell(kind, { s: 'ETHUSDT' })
    const sample: Json = JSON.parse(readFileSync(`${protocolFolder}/binance/usdm/user/${file}.json`, 'utf8'))
    const payload: Json = JSON.parse(account.events()[0]?.payload ?? '{}')
    expect(shape(payload)).toEqual(shape(sample))
    expect(JSON.stringify(payload)).toContain('"s":"ETHUSDT"')
    expect(() => account.tell('NOTHING')).toThrow('kind must be among')
  })

  it('externalLockUpdate locks money, and sets it free', async () => {
    const account = (await open('binance-spot')).account(aliceKey)
    account.tell('externalLockUpdate', { a: 'USDT', d: '400' })
    expect(account.balances()).toEqual([{ asset: 'USDT', free: '600.00000000', locked: '400.00000000' }])
    account.tell('externalLockUpdate', { a: 'USDT', d: '-400' })
    expect(account.balances()).toEqual([{ asset: 'USDT', free: '1000.00000000', locked: '0.00000000' }])
    expect(() => account.tell('externalLockUpdate', { a: 'USDT', d: '1001' })).toThrow('too little')
    const payloads: Json[] = account.events().map(({ payload }) => JSON.parse(payload))
    expect(payloads.map(({ e, d }) => [e, d])).toEqual([
      ['externalLockUpdate', '400.00000000'],
      ['externalLockUpdate', '-400.00000000'],
    ])
  })
})
