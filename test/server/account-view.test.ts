import { afterEach, describe, expect, it } from 'vitest'
import { epochUs } from '../../src/model/time.ts'
import type { AccountsData } from '../../src/server/account-protocol.ts'
import type { Payload } from '../../src/server/views/view.ts'
import { balance, FakeAccount, fill, NOW_US, order, position } from '../support/fake-account.ts'
import { type ViewBench, viewBench } from './view-bench.ts'

let bench: ViewBench

afterEach(async () => {
  await bench.registry[Symbol.asyncDispose]()
  await bench.feed[Symbol.asyncDispose]()
})

function accounts(payload: Payload | undefined): AccountsData['accounts'] {
  if (payload?.content.as !== 'json') throw new Error('expected JSON content')
  const { data } = payload.content
  if (typeof data !== 'object' || data === null || !('accounts' in data) || !Array.isArray(data.accounts))
    throw new Error('expected accounts')
  return data.accounts
}

function open(account: FakeAccount, isSimulated = false) {
  bench = viewBench(undefined, [{ account, isSimulated, pnlAt: (_instrument, quantity) => `${quantity}7` }])
  return bench.open({ view: 'account' })
}

describe('the account view', () => {
  it('says how to configure keys when there are none', async () => {
    bench = viewBench()
    const view = await bench.open({ view: 'account' })
    expect(view.state).toMatchObject({ kind: 'empty', text: expect.stringContaining('TICKWIRE_<VENUE>_KEY') })
    expect(view.payload(undefined)).toBeUndefined()
  })

  it('begins with everything and goes on with the sections that changed', async () => {
    const account = new FakeAccount('binance-usdm')
    const view = await open(account, true)
    account.enter('synced')
    account.tell(balance('USDT', '1000.5'))
    account.tell(balance('BNB', '0'))
    account.tell(fill('7', { origin: 'reconcile' }))
    await bench.run(1500)
    expect(view.state.kind).toBe('live')
    const [first] = accounts(view.payload(undefined))
    expect(first).toMatchObject({
      name: 'binance-usdm',
      head: { phase: 'synced', isSimulated: true, counts: { fills: 1 } },
      balances: [{ asset: 'USDT', wallet: '1000.5' }],
      positions: [],
      orders: [],
      fills: [{ id: 'binance-usdm:BTCUSDT 7', isRecovered: true }],
    })
    const known = view.version
    await bench.run(1000)
    expect(view.payload(known)).toBeUndefined()
    account.tell(balance('USDT', '999', { receiveTimeUs: epochUs(NOW_US + 5) }))
    await bench.run(300)
    const next = view.payload(known)
    expect(next?.type).toBe('delta')
    const [part] = accounts(next)
    expect(Object.keys(part ?? {}).sort()).toEqual(['balances', 'head', 'name'])
  })

  it('knows what closing would bring, how far liquidation is, and how far orders are from the market', async () => {
    const account = new FakeAccount('binance-usdm')
    const view = await open(account)
    account.enter('synced')
    account.tell(position('0.5', { markPrice: '60000', liquidationPrice: '54000' }))
    account.tell(order('1', { price: '1.0' }))
    account.tell(order('2', { price: '0', type: 'STOP_MARKET', stopPrice: '50000' }))
    await bench.run(2000)
    const [shown] = accounts(view.payload(undefined))
    expect(shown?.positions).toMatchObject([{ executablePnl: '0.57', liquidationDistance: 0.1 }])
    expect(shown?.orders?.map(one => [one.type, one.touchBps])).toEqual([
      ['LIMIT', expect.closeTo(10_000, -1)],
      ['STOP_MARKET', undefined],
    ])
  })

  it('F:M01 never holds a client order id, a listen key, or what the venue said in its own words', async () => {
    const account = new FakeAccount('binance-usdm')
    const view = await open(account)
    account.enter('synced')
    account.tell(order('1', { clientOrderId: 'canary' }))
    account.tell(fill('7', { clientOrderId: 'canary' }))
    account.tell({
      ...fill('8'),
      kind: 'accountRaw',
      name: 'listenKeyExpired',
      payload: { listenKey: 'canary' },
    })
    await bench.run(500)
    expect(JSON.stringify(view.payload(undefined))).not.toContain('canary')
  })

  it('is reconciling, stale and refused as the account is', async () => {
    const account = new FakeAccount('binance-usdm')
    const view = await open(account)
    expect(view.state).toMatchObject({ kind: 'loading', text: 'Connecting binance-usdm' })
    account.enter('reconciling')
    await bench.run(100)
    expect(view.state).toMatchObject({ kind: 'backfilling', text: 'reconciling' })
    account.enter('synced')
    await bench.run(1500)
    expect(view.state.kind).toBe('live')
    account.enter('stale', 'the user stream is silent')
    await bench.run(50)
    expect(view.state).toMatchObject({ kind: 'stale', text: 'binance-usdm: the user stream is silent' })
    account.enter('refused', 'Invalid API-key canary')
    await bench.run(300)
    expect(view.state).toMatchObject({ kind: 'error', text: 'binance-usdm: Invalid API-key ***' })
    expect(JSON.stringify(view.payload(undefined))).not.toContain('canary')
  })
})
