import { describe, expect, it } from 'vitest'
import { createAlerts, readAlerts } from '../../src/alert/index.ts'
import type { FillEvent } from '../../src/model/account-event.ts'
import { epochUs } from '../../src/model/time.ts'
import { AlertDesk } from '../../src/server/alert-desk.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { FakeAccount } from '../support/fake-account.ts'
import { BTC } from './core-support.ts'
import { HandFeed } from './hand-feed.ts'

const CONFIG = readAlerts({
  rules: [
    { id: 'fill', source: 'account.fill', condition: { event: 'buy' } },
    { id: 'large', source: 'account.fill.notional', condition: { above: 1000 } },
    { id: 'state', source: 'account.state', condition: { event: 'stale' } },
    { id: 'unsynced', source: 'account.synced', condition: { below: 0 }, for: '3s' },
    { id: 'call', source: 'account.marginCall', condition: { event: 'any' } },
    { id: 'dropped', source: 'health.dropped', condition: { above: 5 } },
  ],
})

function fill(tradeId: string, side: 'buy' | 'sell', quantity: string, atUs: number): FillEvent {
  const stamps = { exchangeTimeUs: epochUs(atUs), receiveTimeUs: epochUs(atUs), origin: 'stream' } as const
  const amounts = { price: '100', quantity, fee: '0', feeAsset: 'USDT', liquidity: 'maker' } as const
  return { kind: 'fill', account: 'main', instrument: BTC, orderId: '1', tradeId, side, ...stamps, ...amounts }
}

describe('alert: accounts and health', () => {
  it('each fill, the account’s state and figures of Tickwire itself', async () => {
    const clock = new FakeClock()
    const hand = new HandFeed()
    const account = new FakeAccount('main')
    let dropped = 0
    const feed = {
      ...hand.feed,
      account: () => account,
      status: () => ({ ...hand.feed.status(), consumers: { ...hand.feed.status().consumers, dropped } }),
    }
    await using alerts = createAlerts({ feed, config: CONFIG, clock })
    await alerts.ready
    await clock.advance(2000)
    const nowUs = clock.nowUs()
    const stamps = { account: 'main', receiveTimeUs: nowUs, origin: 'stream' } as const
    account.tell({ kind: 'accountState', phase: 'synced', ...stamps })
    account.tell(fill('1', 'buy', '1', nowUs))
    account.tell(fill('2', 'buy', '20', nowUs))
    account.tell(fill('3', 'sell', '30', nowUs))
    account.tell({ kind: 'marginCall', positions: [], ...stamps })
    account.tell({ kind: 'accountState', phase: 'stale', ...stamps })
    dropped = 7
    await clock.advance(5000)
    const counts = new Map<string, number>()
    for (const { rule } of alerts.fires()) counts.set(rule, (counts.get(rule) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual({ fill: 2, large: 2, state: 1, unsynced: 1, call: 1, dropped: 1 })
    expect(alerts.fires().find(({ rule }) => rule === 'fill')?.message).toBe(`fill: main: buy 1 ${BTC} at 100`)
    const shown = JSON.stringify(new AlertDesk({ alerts }, text => text).data().fires)
    expect(shown).not.toContain('at 100')
    expect(shown).toContain('fill: shown with the account')
  })

  it('an account that has long been synced, and a margin that moves without any event of the account', async () => {
    const clock = new FakeClock()
    const account = new FakeAccount('main')
    account.phase = 'synced'
    account.marginRatio = 0.2
    const rules = [
      { id: 'unsynced', source: 'account.synced', condition: { below: 0 } },
      { id: 'margin', source: 'account.marginRatio', condition: { above: 0.8 } },
    ]
    await using alerts = createAlerts({
      feed: { ...new HandFeed().feed, account: () => account },
      config: readAlerts({ rules }),
      clock,
    })
    await alerts.ready
    await clock.advance(2000)
    expect(alerts.rules()).toMatchObject([{ state: 'armed' }, { state: 'armed' }])
    account.marginRatio = 0.9
    await clock.advance(2000)
    account.phase = 'stale'
    await clock.advance(2000)
    expect(alerts.fires().map(({ rule }) => rule)).toEqual(['margin', 'unsynced'])
  })

  it('what belongs to a whole account is read in a rule on an instrument, too', async () => {
    const clock = new FakeClock()
    const hand = new HandFeed()
    const account = new FakeAccount('main')
    account.phase = 'synced'
    const condition = { all: [{ above: 100 }, { source: 'account.synced', below: 0 }] }
    await using alerts = createAlerts({
      feed: { ...hand.feed, account: () => account },
      config: readAlerts({ rules: [{ id: 'blind', instrument: BTC, source: 'trade.price', condition }] }),
      clock,
    })
    await alerts.ready
    hand.trade(clock.nowUs(), 101)
    await clock.advance(2000)
    account.tell({
      kind: 'accountState',
      phase: 'stale',
      account: 'main',
      receiveTimeUs: clock.nowUs(),
      origin: 'stream',
    })
    expect(alerts.fires().map(({ rule }) => rule)).toEqual(['blind'])
  })
})
