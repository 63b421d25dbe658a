import { describe, expect, it } from 'vitest'
import { createFeed } from '../../src/account/create-feed.ts'
import { hmacCredentials } from '../../src/account/credentials.ts'
import { AuthError } from '../../src/model/error.ts'
import { binanceSpot, binanceUsdm, binanceUsdmAccount } from '../../src/venue/binance/index.ts'
import { futuresFill, futuresTrade, memoryAccount } from './memory-account.ts'

const REFUSED = { status: 401, body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' } }

describe('the user stream', () => {
  it('F:F01 F:F03 extends the key at a third to half of its life, and takes a new one when it is gone', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    await venue.synced()
    // Something is told every twenty seconds, so that the key is extended by its age alone.
    for (let told = 0; told < 93; told++) {
      venue.open()[0]?.receive({ e: 'GRID_UPDATE', E: 1000 + told, T: 1, gu: {} })
      await venue.pass(20_000)
    }
    const puts = venue.requests.filter(({ path, method }) => path === 'listenKey' && method === 'PUT')
    // One right behind the opening, since the key may have died before anybody listened.
    expect(puts.map(({ atMs }) => atMs > 60_000)).toEqual([false, true])
    expect(puts[1]?.atMs).toBeGreaterThanOrEqual(1_200_000)
    venue.rest.set('listenKey', { listenKey: 'key2' })
    let isGone = true
    venue.intercept = (path, { method }) =>
      path === 'listenKey' && method === 'PUT' && isGone && !(isGone = false)
        ? { status: 400, body: { code: -1125, msg: 'This listenKey does not exist.' } }
        : undefined
    await venue.pass(75_000)
    expect(venue.open().map(({ url }) => new URL(url).searchParams.get('listenKey'))).toEqual(['key2'])
    expect(venue.account.synced).toBe(true)
    expect(venue.requests.some(({ method }) => method === 'DELETE')).toBe(false)
  })

  it('F:F02 recovers once from an expiry that is told twice', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    await venue.synced()
    venue.rest.set('listenKey', { listenKey: 'key2' })
    const [socket] = venue.open()
    const posts = (): number =>
      venue.requests.filter(({ path, method }) => path === 'listenKey' && method === 'POST').length
    const before = posts()
    socket?.receive({ e: 'listenKeyExpired', E: 1, listenKey: 'key1' })
    socket?.receive({ e: 'listenKeyExpired', E: 2, listenKey: 'key1' })
    await venue.pass(20_000)
    expect(venue.account.synced).toBe(true)
    expect(venue.open().map(({ url }) => new URL(url).searchParams.get('listenKey'))).toEqual(['key2'])
    // One for the new key, one because a socket was lost with it.
    expect(posts() - before).toBeLessThanOrEqual(2)
    expect(venue.sockets.length).toBe(2)
  })

  it('F:F04 deletes no key, and recovers within 30 s from one that another program deleted without a word', async () => {
    const venue = memoryAccount('usdm')
    await venue.synced()
    const firstMs = Math.floor(venue.clock.nowUs() / 1000)
    venue.open()[0]?.receive(futuresFill(7099, firstMs))
    await venue.pass(20_000)
    let isDeleted = true
    venue.rest.set('listenKey', { listenKey: 'key2' })
    venue.intercept = (path, { method }) => {
      if (path !== 'listenKey' || !isDeleted) return undefined
      isDeleted = method !== 'POST'
      return isDeleted ? { status: 400, body: { code: -1125, msg: 'This listenKey does not exist.' } } : undefined
    }
    const nowMs = Math.floor(venue.clock.nowUs() / 1000)
    venue.rest.set('userTrades', [futuresTrade(7099, firstMs), futuresTrade(7100, nowMs + 1000, 501)])
    await venue.pass(30_000)
    expect(venue.open().map(({ url }) => new URL(url).searchParams.get('listenKey'))).toEqual(['key2'])
    expect(venue.account.synced).toBe(true)
    expect(venue.kinds('fill')).toMatchObject([{ tradeId: '7099' }, { tradeId: '7100', origin: 'reconcile' }])
    await venue.feed[Symbol.asyncDispose]()
    expect(venue.requests.some(({ method }) => method === 'DELETE')).toBe(false)
  })

  it('F:F05 is replaced by plan without losing or doubling anything', async () => {
    await using venue = disposable(memoryAccount('usdm', { rotateAfterMs: 60_000 }))
    await venue.synced()
    await venue.pass(62_000)
    expect(venue.open().length).toBe(2)
    const nowMs = Math.floor(venue.clock.nowUs() / 1000)
    for (const socket of venue.open()) socket.receive(futuresFill(7001, nowMs))
    venue.open()[0]?.receive(futuresFill(7002, nowMs + 1, 501))
    venue.open()[1]?.receive(futuresFill(7003, nowMs + 2, 502))
    await venue.pass(8000)
    expect(venue.open().length).toBe(1)
    expect(venue.kinds('fill').map(event => event.kind === 'fill' && event.tradeId)).toEqual(['7001', '7002', '7003'])
    expect(
      venue
        .kinds('accountState')
        .some(event => event.kind === 'accountState' && event.phase === 'connecting' && event.cause !== undefined),
    ).toBe(false)
  })

  it('F:F06 names the environment of a refused key, once, and tries nothing more', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    venue.intercept = path => (path === 'time' ? undefined : REFUSED)
    await venue.pass(3000)
    expect(venue.account.phase).toBe('refused')
    await expect(venue.account.ready).rejects.toThrow(AuthError)
    expect(venue.account.cause).toMatch(/live environment of binance-usdm/)
    expect(venue.account.cause).not.toMatch(/theKey|theSecret/)
    const asked = venue.requests.filter(({ path }) => path !== 'time').length
    await venue.pass(900_000)
    expect(venue.requests.filter(({ path }) => path !== 'time').length).toBe(asked)
    expect(
      venue.kinds('accountState').filter(event => event.kind === 'accountState' && event.phase === 'refused').length,
    ).toBe(1)
  })

  it('F:F06 refuses an account whose venue or environment the feed does not have, before anything is sent', () => {
    const credentials = hmacCredentials('theKey', 'theSecret')
    const testnet = binanceUsdmAccount({ environment: 'testnet' })
    expect(() => createFeed({ venues: [binanceUsdm()], accounts: [{ adapter: testnet, credentials }] })).toThrow(
      /testnet environment, but binance-usdm is live/,
    )
    expect(() =>
      createFeed({ venues: [binanceSpot()], accounts: [{ adapter: binanceUsdmAccount(), credentials }] }),
    ).toThrow(/not among the venues/)
  })

  it('F:F07 spot subscribes on the WebSocket API; no listen key is asked for', async () => {
    await using venue = disposable(memoryAccount('spot'))
    await venue.synced()
    expect(venue.sockets[0]?.url).toMatch(/^wss:\/\/ws-api\.binance\.com/)
    expect(venue.sockets[0]?.sent[0]).toMatch(/userDataStream\.subscribe\.signature/)
    expect(venue.requests.some(({ path }) => path === 'userDataStream' || path === 'listenKey')).toBe(false)
  })

  it('F:F08 a form of the URL that is silent is given up within a minute of the first fill', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    await venue.synced()
    await venue.pass(10_000)
    const atMs = Math.floor(venue.clock.nowUs() / 1000)
    venue.rest.set('userTrades', [futuresTrade(9001, atMs)])
    venue.rest.set('income', [{ symbol: 'BTCUSDT', tradeId: '9001', incomeType: 'COMMISSION' }])
    venue.intercept = (path, { url }) =>
      path === 'income' && url.includes('page=') ? { status: 200, body: [] } : undefined
    await venue.pass(60_000)
    expect(venue.kinds('fill').length).toBe(1)
    expect(venue.open().map(({ url }) => new URL(url).pathname)).toEqual(['/private/stream'])
    expect(venue.open()[0]?.sent[0]).toMatch(/SUBSCRIBE.*key1/)
    expect(venue.log.join('\n')).toMatch(/is silent/)
  })

  it('F:F09 comes back after a break of 90 s', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    await venue.synced()
    for (let second = 0; second < 90; second++) {
      for (const socket of venue.sockets) if (!socket.isEnded) socket.fail()
      await venue.clock.advance(1000)
    }
    await venue.pass(30_000)
    expect(venue.account.synced).toBe(true)
  })

  it('F:F19 subscribes again on the same socket when the subscription ends', async () => {
    await using venue = disposable(memoryAccount('spot'))
    await venue.synced()
    const [socket] = venue.open()
    socket?.receive({ event: { e: 'eventStreamTerminated', E: 5 } })
    expect(venue.account.synced).toBe(false)
    await venue.pass(9000)
    expect(venue.account.synced).toBe(true)
    expect(venue.sockets.length).toBe(1)
    expect(socket?.sent.filter(text => text.includes('subscribe.signature')).length).toBe(2)
  })
})

describe('time and weight', () => {
  it('F:G01 F:G03 a refused time is measured anew, and the read repeated once', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    await venue.synced()
    venue.venueAheadMs = 9000
    let refused = 0
    venue.intercept = (_, { url }) => {
      const timestamp = new URL(url).searchParams.get('timestamp')
      if (timestamp === null) return undefined
      const nowMs = venue.clock.nowUs() / 1000 + venue.venueAheadMs
      expect(Number(timestamp)).toBeLessThanOrEqual(nowMs)
      if (nowMs - Number(timestamp) <= 5000) return undefined
      refused++
      return { status: 400, body: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' } }
    }
    const report = venue.account.reconcile()
    await venue.pass(5000)
    await report
    expect(refused).toBe(1)
    refused = 0
    const again = venue.account.reconcile()
    await venue.pass(5000)
    await again
    expect(refused).toBe(0)
  })

  it('F:G02 is signed when it is sent, not before it waits for its weight', async () => {
    await using venue = disposable(memoryAccount('usdm'))
    await venue.synced()
    await venue.pass(10_000)
    let isLimited = true
    venue.intercept = path => {
      if (!isLimited || path !== 'openOrders') return undefined
      isLimited = false
      return { status: 429, body: { code: -1003, msg: 'Too many requests.' }, headers: { 'Retry-After': '20' } }
    }
    const report = venue.account.reconcile()
    await venue.pass(40_000)
    await report
    const signed = venue.requests.filter(({ url }) => url.searchParams.has('timestamp')).slice(-8)
    for (const { url, atMs } of signed) {
      const sentAtMs = venue.clock.nowUs() / 1000 - (venue.clock.monotonicMs() - atMs)
      expect(Math.abs(sentAtMs - Number(url.searchParams.get('timestamp')))).toBeLessThan(1000)
    }
  })
})

function disposable<T extends { readonly feed: AsyncDisposable }>(venue: T): T & AsyncDisposable {
  return Object.assign(venue, { [Symbol.asyncDispose]: async () => await venue.feed[Symbol.asyncDispose]() })
}
