import { describe, expect, it } from 'vitest'
import type { ConnectionEvent, MarketEvent } from '../../src/model/event.ts'
import { aggTrade, collector, diff, type MemoryVenue, memoryVenue, quote, snapshot } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'

function states(events: readonly MarketEvent[], instrument = BTC): readonly string[] {
  const connections = events.filter((event): event is ConnectionEvent => event.kind === 'connection')
  return connections.filter(event => event.instrument === instrument).map(event => event.state)
}

/** A quote every `everyMs` on one socket, for so many of them. */
async function feedQuotes(venue: MemoryVenue, count: number, everyMs: number, from = 1, symbol = 'BTCUSDT') {
  for (let i = 0; i < count; i++) {
    venue.sockets.at(-1)?.receive(quote(symbol, from + i))
    await venue.clock.advance(everyMs)
  }
}

describe('liveness of data', () => {
  it('F:A02 F:A10 a busy socket that answers pings and sends nothing is replaced within 10 s', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, push)
    await venue.settle()
    await feedQuotes(venue, 100, 200)
    const mutedAt = venue.clock.monotonicMs()
    let noticedMs = 0
    for (let step = 0; step < 150 && noticedMs === 0; step++) {
      for (let ping = 0; ping < 5; ping++) venue.sockets[0]?.serverPing()
      await venue.clock.advance(100)
      if (venue.sockets[0]?.isEnded) noticedMs = venue.clock.monotonicMs() - mutedAt
    }
    expect(noticedMs).toBeGreaterThan(7000)
    expect(noticedMs).toBeLessThanOrEqual(9500)
    expect(venue.feed.status().connections[0]?.lastCause).toMatch(/mute: pongs come, but no data: btcusdt@bookTicker/)
    venue.sockets[await venue.reconnect()]?.receive(quote('BTCUSDT', 900))
    expect(events.filter(event => event.kind === 'gap')).toMatchObject([{ reason: 'stale', healed: false }])
  })

  it('F:A15 consumers are told that a stream went stale, and a stale book cannot be read as synced', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['book'] }, push)
    const book = venue.feed.book(BTC)
    await venue.settle()
    let last = 101
    venue.sockets[0]?.receive(diff('BTCUSDT', 99, last, 98))
    for (let i = 0; i < 40; i++) {
      await venue.clock.advance(500)
      venue.sockets[0]?.receive(diff('BTCUSDT', last + 1, last + 2, last))
      last += 2
    }
    expect(book.state).toBe('synced')
    // A market that is merely quiet: REST has nothing newer, and the book stays readable.
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(last) }))
    await venue.clock.advance(12_000)
    expect(book.state).toBe('synced')
    venue.sockets[0]?.receive(diff('BTCUSDT', last + 1, last + 2, last))
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(last + 500) }))
    await venue.clock.advance(25_000)
    expect(book.state).not.toBe('synced')
    expect(book.best()).toBeUndefined()
    expect(states(events)).toContain('stale')
    expect(events.some(event => event.kind === 'gap' && event.channel === 'book' && event.reason === 'stale')).toBe(
      true,
    )
  })

  it('F:A03 F:C08 acknowledged and never fed: named within 15 s with its route, its neighbours untouched', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['markPrice', 'trade'] }, push)
    await venue.settle()
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 1))
    for (let id = 2; id < 10; id++) {
      await venue.clock.advance(1000)
      venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    }
    const stale = events.filter(
      (event): event is ConnectionEvent => event.kind === 'connection' && event.state === 'stale',
    )
    expect(stale.map(event => event.cause)).toEqual([
      expect.stringMatching(/btcusdt@markPrice@1s: no first event: acknowledged on the \/market path 1[45] s ago/),
    ])
    expect(venue.sockets[0]?.isEnded).toBe(false)
    expect(events.filter(event => event.kind === 'gap')).toEqual([])
    const byStream = venue.feed.status().streams.map(({ channel, state }) => [channel, state])
    expect(byStream.sort((a, b) => a.join().localeCompare(b.join()))).toEqual([
      ['markPrice', 'silent'],
      ['trade', 'delivering'],
    ])
  })

  it('F:A03 a trade stream that was never fed although REST shows trades is named as well', async () => {
    const venue = memoryVenue()
    const traded = (): unknown => [
      { a: 5, p: '1', q: '1', f: 5, l: 5, T: Math.round(venue.clock.nowUs() / 1000), m: true },
    ]
    venue.rest.set('/aggTrades', () => ({ status: 200, body: JSON.stringify(traded()) }))
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
    await venue.settle()
    await venue.clock.advance(9000)
    expect(venue.feed.status().streams[0]).toMatchObject({
      state: 'silent',
      reason: expect.stringContaining('/market'),
    })
  })

  it('F:A04 of 200 streams on a socket one falls silent: it alone is subscribed anew, with one message', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    const symbols = Array.from({ length: 200 }, (_, index) => `C${index}USDT`)
    venue.feed.observe({ instruments: symbols.map(symbol => `binance-usdm:${symbol}`), channels: ['trade'] }, push)
    await venue.settle()
    const before = venue.control(0).length
    let id = 0
    const turn = async (muted: string | undefined): Promise<void> => {
      id++
      for (const symbol of symbols) if (symbol !== muted) venue.sockets[0]?.receive(aggTrade(symbol, id))
      await venue.clock.advance(500)
      await venue.acknowledge()
    }
    for (let i = 0; i < 40; i++) await turn(undefined)
    const seenBefore = id
    venue.rest.set('/aggTrades', url => {
      const fromId = Number(url.searchParams.get('fromId'))
      const ids = Array.from({ length: Math.max(0, id - fromId + 1) }, (_, index) => fromId + index)
      const row = (a: number): unknown => ({ a, p: '100.5', q: '2', f: a, l: a, T: 1_790_000_000_000 + a, m: false })
      return { status: 200, body: JSON.stringify(ids.map(row)) }
    })
    for (let i = 0; i < 30; i++) await turn('C7USDT')
    const repairs = venue
      .control(0)
      .slice(before)
      .filter(({ method }) => method !== 'LIST_SUBSCRIPTIONS')
    expect(repairs.map(({ method, params }) => [method, ...params])).toEqual([['SUBSCRIBE', 'c7usdt@aggTrade']])
    for (let i = 0; i < 5; i++) await turn(undefined)
    expect(venue.sockets).toHaveLength(1)
    const muted = events.filter(event => event.kind === 'trade' && event.instrument === 'binance-usdm:C7USDT')
    expect(muted.map(event => (event.kind === 'trade' ? Number(event.id) : 0))).toEqual(
      Array.from({ length: id }, (_, index) => index + 1),
    )
    expect(seenBefore).toBeLessThan(id)
    const gaps = events.filter(event => event.kind === 'gap')
    expect(gaps.every(event => event.instrument === 'binance-usdm:C7USDT' && event.healed)).toBe(true)
  })

  it('F:A04 a stream that does not wake up where it is moves to another socket', async () => {
    const venue = memoryVenue()
    venue.feed.observe({ instruments: [BTC, 'binance-usdm:ETHUSDT'], channels: ['quote'] }, () => undefined)
    await venue.settle()
    for (let i = 1; i <= 160; i++) {
      const [first] = venue.sockets
      if (i < 40) first?.receive(quote('BTCUSDT', i))
      first?.receive(quote('ETHUSDT', i))
      await venue.clock.advance(500)
      await venue.acknowledge()
    }
    expect(venue.sockets).toHaveLength(2)
    expect(venue.control(1).map(({ method, params }) => [method, ...params])).toEqual([
      ['SUBSCRIBE', 'btcusdt@bookTicker'],
    ])
    venue.sockets[1]?.receive(quote('BTCUSDT', 900))
    venue.sockets[0]?.receive(quote('ETHUSDT', 900))
    await venue.clock.advance(1000)
    expect(venue.feed.status().streams.map(({ state }) => state)).toEqual(['delivering', 'delivering'])
  })

  it('F:A05 one event in 20 minutes: no reconnect and hardly a question within a day', async () => {
    const venue = memoryVenue()
    let id = 0
    venue.rest.set('/aggTrades', url => {
      const fromId = Number(url.searchParams.get('fromId'))
      const rows = fromId <= id ? [{ a: id, p: '1', q: '1', f: id, l: id, T: 1, m: true }] : []
      return { status: 200, body: JSON.stringify(rows) }
    })
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, () => undefined)
    await venue.settle()
    const before = venue.requests.length
    for (let turn = 0; turn < 19 * 3; turn++) {
      venue.sockets[0]?.receive(aggTrade('BTCUSDT', ++id))
      for (let minute = 0; minute < 20; minute++) {
        await venue.clock.advance(60_000)
        venue.sockets[0]?.serverPing()
        await venue.acknowledge()
      }
    }
    expect(venue.feed.status().connections[0]?.reconnects).toBe(0)
    expect(venue.requests.length - before).toBeLessThanOrEqual(19 * 6)
    expect(venue.feed.status().streams[0]?.gaps).toBe(0)
  })

  it('F:A11 F:I10 a stalled process judges nobody for the time in which it read nothing', async () => {
    const venue = memoryVenue()
    venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, () => undefined)
    await venue.settle()
    await feedQuotes(venue, 60, 250)
    for (const stallMs of [1000, 5000, 40_000, 60_000]) {
      venue.clock.stall(stallMs)
      await venue.clock.advance(0)
      await feedQuotes(venue, 40, 250, 1000 + stallMs)
    }
    expect(venue.sockets).toHaveLength(1)
    expect(venue.feed.status().streams[0]).toMatchObject({ state: 'delivering', gaps: 0 })
  })

  it('F:A14 after a sleep of the machine every socket proves within 3 s that it lives, or is replaced', async () => {
    const venue = memoryVenue()
    venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, () => undefined)
    await venue.settle()
    await feedQuotes(venue, 20, 250)
    const [socket] = venue.sockets
    venue.clock.stepWall(9 * 3_600_000)
    await feedQuotes(venue, 30, 250, 100)
    expect(venue.sockets).toHaveLength(1)
    if (socket !== undefined) socket.answersPings = false
    venue.clock.stepWall(20 * 60_000)
    await venue.clock.advance(5000)
    expect(socket?.isEnded).toBe(true)
  })

  it('F:G05 a clock that is set an hour back or forward makes nothing stale and sticks no timer', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, push)
    await venue.settle()
    await feedQuotes(venue, 40, 250)
    for (const jumpMs of [-3_600_000, 3_600_000, -1000]) {
      venue.clock.stepWall(jumpMs)
      await feedQuotes(venue, 60, 250, 10_000 + Math.abs(jumpMs))
    }
    expect(venue.sockets).toHaveLength(1)
    expect(states(events)).not.toContain('stale')
  })
})

describe('what the venue carries', () => {
  it('F:C13 F:B08 subscriptions that the venue lost without a word are found by its list, and only they are repeated', async () => {
    const venue = memoryVenue()
    venue.feed.observe(
      { instruments: [BTC, 'binance-usdm:ETHUSDT', 'binance-usdm:SOLUSDT'], channels: ['trade'] },
      () => undefined,
    )
    await venue.settle()
    await venue.clock.advance(30_000)
    const list = venue.control(0).find(({ method }) => method === 'LIST_SUBSCRIPTIONS')
    expect(list).toBeDefined()
    venue.sockets[0]?.receive({ result: ['btcusdt@aggTrade', 'dogeusdt@aggTrade'], id: list?.id })
    await venue.settle()
    const after = venue.control(0).slice(venue.control(0).findIndex(({ id }) => id === list?.id) + 1)
    expect(after.map(({ method, params }) => [method, ...[...params].sort()])).toEqual([
      ['UNSUBSCRIBE', 'dogeusdt@aggTrade'],
      ['SUBSCRIBE', 'ethusdt@aggTrade', 'solusdt@aggTrade'],
    ])
  })
})
