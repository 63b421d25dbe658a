import { describe, expect, it } from 'vitest'
import { memoryInProcess } from '../../src/account/account-memory.ts'
import type { AccountEvent } from '../../src/model/account-event.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { futuresFill, futuresTrade, type MemoryAccount, memoryAccount } from './memory-account.ts'

describe('what an account knows', () => {
  it('F:F10 F:F11 a fill made while nothing was connected comes once, also after a restart', async () => {
    const memory = memoryInProcess()
    const clock = new FakeClock()
    const first = memoryAccount('usdm', { memory, clock })
    await first.synced()
    const atMs = Math.floor(clock.nowUs() / 1000)
    first.open()[0]?.receive(futuresFill(7001, atMs))
    await first.pass(3000)
    await first.feed[Symbol.asyncDispose]()
    await clock.advance(60_000)
    const second = memoryAccount('usdm', { memory, clock })
    second.rest.set('userTrades', [futuresTrade(7001, atMs), futuresTrade(7002, atMs + 30_000, 501)])
    await second.synced()
    await second.pass(10_000)
    const told = [...first.kinds('fill'), ...second.kinds('fill')]
    expect(told.map(event => (event.kind === 'fill' ? `${event.tradeId} ${event.origin}` : ''))).toEqual([
      '7001 stream',
      '7002 reconcile',
    ])
    await second.feed[Symbol.asyncDispose]()
  })

  it('F:F12 a second comparison finds nothing', async () => {
    const venue = memoryAccount('usdm')
    await venue.synced()
    const atMs = Math.floor(venue.clock.nowUs() / 1000)
    venue.rest.set('userTrades', [futuresTrade(7001, atMs)])
    venue.rest.set('income', [{ symbol: 'BTCUSDT', tradeId: '7001' }])
    venue.intercept = (path, { url }) =>
      path === 'income' && url.includes('page=') ? { status: 200, body: [] } : undefined
    expect(await compared(venue)).toMatchObject({ fills: 1 })
    expect(await compared(venue)).toMatchObject({ fills: 0, orders: 0, balances: 0, positions: 0 })
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:F14 a hundred changes of balance in ten seconds cost one question a second at most', async () => {
    const venue = memoryAccount('spot')
    await venue.synced()
    await venue.pass(10_000)
    const before = venue.requests.length
    for (let index = 0; index < 100; index++) {
      const T = Math.floor(venue.clock.nowUs() / 1000)
      venue.open()[0]?.receive({
        subscriptionId: 0,
        event: { e: 'balanceUpdate', E: T, a: 'USDT', d: '1.5', T },
      })
      venue.rest.set('account', {
        updateTime: T,
        balances: [{ asset: 'USDT', free: String(1000 + 1.5 * (index + 1)), locked: '0' }],
      })
      await venue.pass(100)
    }
    await venue.pass(2000)
    expect(venue.requests.slice(before).filter(({ path }) => path === 'account').length).toBeLessThanOrEqual(13)
    expect(venue.account.balances().get('USDT')?.free).toBe('1150')
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:F15 a fill that the stream hid is found within ten minutes, and the reason is told', async () => {
    const venue = memoryAccount('usdm')
    await venue.synced()
    venue.open()[0]?.receive(futuresFill(7001, Math.floor(venue.clock.nowUs() / 1000)))
    await venue.pass(20_000)
    const atMs = Math.floor(venue.clock.nowUs() / 1000)
    venue.rest.set('userTrades', [futuresTrade(7002, atMs, 777)])
    venue.rest.set('income', [{ symbol: 'BTCUSDT', tradeId: '7002' }])
    venue.intercept = (path, { url }) =>
      path === 'income' && url.includes('page=') ? { status: 200, body: [] } : undefined
    await venue.pass(320_000)
    expect(venue.kinds('fill').length).toBe(2)
    const causes = venue.kinds('accountState').map(event => (event.kind === 'accountState' ? event.cause : ''))
    expect(causes.join('\n')).toMatch(/left something out/)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:F16 an order whose answer never came is found by its client id, or known not to be placed', async () => {
    const venue = memoryAccount('usdm')
    await venue.synced()
    const unknown = { status: 400, body: { code: -2013, msg: 'Order does not exist.' } }
    let asked = 0
    venue.intercept = path => (path === 'order' && ++asked < 4 ? unknown : undefined)
    const atMs = Math.floor(venue.clock.nowUs() / 1000)
    venue.rest.set('order', {
      symbol: 'BTCUSDT',
      orderId: 42,
      clientOrderId: 'mine',
      price: '60000',
      origQty: '0.01',
      executedQty: '0',
      status: 'NEW',
      timeInForce: 'GTC',
      type: 'LIMIT',
      side: 'BUY',
      time: atMs,
      updateTime: atMs,
    })
    const found = venue.account.resolveOrder('binance-usdm:BTCUSDT', 'mine')
    await venue.pass(4000)
    expect(await found).toMatchObject({ orderId: '42', status: 'new', origin: 'reconcile' })
    expect([...venue.account.openOrders().keys()]).toEqual(['binance-usdm:BTCUSDT|42'])
    venue.intercept = path => (path === 'order' ? unknown : undefined)
    const never = venue.account.resolveOrder('binance-usdm:BTCUSDT', 'other')
    await venue.pass(12_000)
    expect(await never).toBeUndefined()
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:F18 a margin call is told in the tick of its message, also while REST is compared', async () => {
    const venue = memoryAccount('usdm')
    await venue.synced()
    venue.intercept = path => (path === 'openOrders' ? { status: 503, body: '<html>' } : undefined)
    venue.open()[0]?.fail()
    for (let step = 0; step < 200 && venue.account.phase !== 'reconciling'; step++) await venue.pass(20)
    expect(venue.account.phase).toBe('reconciling')
    const call = { s: 'BTCUSDT', ps: 'BOTH', pa: '1', mt: 'CROSSED', iw: '0', mp: '50000', up: '-1', mm: '2' }
    venue.open()[0]?.receive({ e: 'MARGIN_CALL', E: 9, cw: '3', p: [call] })
    expect(venue.kinds('marginCall').length).toBe(1)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('counts profit by the mark price that somebody observes', async () => {
    const venue = memoryAccount('usdm')
    const symbol = {
      symbol: 'BTCUSDT',
      pair: 'BTCUSDT',
      contractType: 'PERPETUAL',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      deliveryDate: 4_133_404_800_000,
      onboardDate: 1,
      filters: [],
    }
    venue.rest.set('exchangeInfo', { timezone: 'UTC', symbols: [symbol] })
    venue.rest.set('positionRisk', [
      {
        symbol: 'BTCUSDT',
        positionSide: 'BOTH',
        positionAmt: '0.5',
        entryPrice: '60000',
        unRealizedProfit: '1',
        updateTime: 5,
      },
    ])
    await venue.synced()
    expect(venue.account.positions().get('binance-usdm:BTCUSDT')?.unrealizedPnl).toBe('1')
    const observation = venue.feed.observe(
      { instruments: ['binance-usdm:BTCUSDT'], channels: ['markPrice'] },
      () => undefined,
    )
    await venue.pass(3000)
    const socket = venue.open().find(({ url }) => url.includes('/market'))
    const data = {
      e: 'markPriceUpdate',
      E: 1,
      s: 'BTCUSDT',
      p: '61000.5',
      ap: '61000.5',
      i: '61000',
      P: '61000',
      r: '0.0001',
      T: 2,
    }
    socket?.receive({ stream: 'btcusdt@markPrice@1s', data })
    const view = venue.account.positions().get('binance-usdm:BTCUSDT')
    expect(view?.markPrice).toBe('61000.5')
    expect(Number(view?.unrealizedPnl)).toBe(500.25)
    observation[Symbol.dispose]()
    await venue.feed[Symbol.asyncDispose]()
  })

  it('an observer that throws reaches nobody, and an iterable tells the same', async () => {
    const venue = memoryAccount('usdm')
    const seen: AccountEvent[] = []
    venue.account.observe(() => {
      throw new Error('a test throws')
    })
    const reading = (async () => {
      for await (const batch of venue.account.subscribe()) seen.push(...batch)
    })()
    await venue.synced()
    await venue.pass(1000)
    await venue.feed[Symbol.asyncDispose]()
    await reading
    expect(seen.length).toBeGreaterThan(1)
    expect(venue.events.slice(-seen.length)).toEqual(seen)
  })
})

async function compared(venue: MemoryAccount): Promise<unknown> {
  const report = venue.account.reconcile()
  await venue.pass(3000)
  return await report
}
