import { describe, expect, it } from 'vitest'
import type { AccountEvent } from '../model/account-event.ts'
import { instrumentId } from '../model/instrument.ts'
import { epochUs } from '../model/time.ts'
import { AccountQueue } from './account-queue.ts'

const base = { account: 'a', receiveTimeUs: epochUs(1), origin: 'stream' } as const
const instrument = instrumentId('venue:BTCUSDT')

function fill(tradeId: number): AccountEvent {
  const amounts = { price: '1', quantity: '1', fee: '0', feeAsset: 'USDT' }
  return {
    ...base,
    ...amounts,
    kind: 'fill',
    instrument,
    orderId: '1',
    tradeId: String(tradeId),
    side: 'buy',
    liquidity: 'maker',
  }
}

function balance(free: number): AccountEvent {
  return { ...base, kind: 'balance', asset: 'USDT', free: String(free), locked: '0' }
}

async function drained(queue: AccountQueue): Promise<readonly AccountEvent[]> {
  const all: AccountEvent[] = []
  queue.end()
  for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) all.push(...batch)
  return all
}

describe('the queue of one consumer', () => {
  it('F:F17 5,000 events at once are all there, in order', async () => {
    const queue = new AccountQueue()
    const told = Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? fill(index) : balance(index)))
    for (const event of told) queue.push(event)
    expect(await drained(queue)).toEqual(told)
  })

  it('F:F17 beyond its capacity every fill is there once, and of everything else the newest state', async () => {
    const queue = new AccountQueue(100)
    for (let index = 0; index < 1000; index++) {
      queue.push(fill(index))
      queue.push(balance(index))
    }
    const all = await drained(queue)
    const fills = all.filter(event => event.kind === 'fill').map(event => event.kind === 'fill' && event.tradeId)
    expect(fills).toEqual(Array.from({ length: 1000 }, (_, index) => String(index)))
    expect(all.filter(({ kind }) => kind === 'balance').at(-1)).toEqual(balance(999))
    expect(all[100]).toMatchObject({ kind: 'accountState', phase: 'stale' })
    expect(all.at(-1)).toMatchObject({ kind: 'accountState', phase: 'synced' })
    expect(all.length).toBeLessThan(1100)
  })

  it('F:F17 fills beyond what is retained are declared, not dropped in silence', async () => {
    const queue = new AccountQueue(10)
    for (let index = 0; index < 10_015; index++) queue.push(fill(index))
    const all = await drained(queue)
    expect(all.filter(({ kind }) => kind === 'fill').length).toBe(10_010)
    expect(all.find(({ kind }) => kind === 'accountGap')).toMatchObject({
      what: 'fills',
      reason: expect.stringMatching(/^5 fills/),
    })
  })
})
