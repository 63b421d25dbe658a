import { describe, expect, it } from 'vitest'
import { rotationAge } from '../../src/feed/rotation.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { seededRandom } from '../../src/net/random.ts'
import { aggTrade, collector, diff, type MemoryVenue, memoryVenue, quote, snapshot } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'
const HOUR = 3_600_000

function told(events: readonly MarketEvent[]): readonly string[] {
  return events.flatMap(event => {
    if (event.kind === 'trade') return [event.id]
    if (event.kind === 'quote') return [`q${event.sequence}`]
    return event.kind === 'gap' ? [`gap ${event.channel} ${event.reason}`] : []
  })
}

const SHUTDOWN = { e: 'serverShutdown', E: 1_790_000_000_000 }

async function observing(venue: MemoryVenue, channels: readonly string[]): Promise<readonly MarketEvent[]> {
  const { events, push } = collector()
  venue.feed.observe({ instruments: [BTC], channels }, push)
  await venue.settle()
  return events
}

/** Lets the new socket open and be confirmed. */
async function successor(venue: MemoryVenue, before: number) {
  for (let step = 0; step < 20 && venue.sockets.length === before; step++) await venue.clock.advance(100)
  for (let step = 0; step < 10; step++) await venue.acknowledge()
  return venue.sockets.at(-1)
}

describe('planned replacement', () => {
  it('F:B15 F:A12 F:B16 the new socket brings everything before the old one is closed, and nothing twice', async () => {
    const venue = memoryVenue()
    const events = await observing(venue, ['trade'])
    const old = venue.sockets[0]
    old?.receive(aggTrade('BTCUSDT', 1))
    old?.receive(SHUTDOWN)
    const fresh = await successor(venue, 1)
    expect(old?.isEnded).toBe(false)
    old?.receive(aggTrade('BTCUSDT', 2))
    old?.receive(aggTrade('BTCUSDT', 3))
    fresh?.receive(aggTrade('BTCUSDT', 3))
    fresh?.receive(aggTrade('BTCUSDT', 4))
    old?.receive(aggTrade('BTCUSDT', 4))
    await venue.clock.advance(2000)
    expect(old?.isEnded).toBe(true)
    fresh?.receive(aggTrade('BTCUSDT', 5))
    expect(told(events)).toEqual(['1', '2', '3', '4', '5'])
    expect(venue.requests.some(request => request.url.includes('aggTrades'))).toBe(false)
    expect(venue.feed.status().streams[0]).toMatchObject({ gaps: 0, duplicates: 2 })
  })

  it('F:B15 a stream without ids changes its owner without a gap, a loss or a duplicate', async () => {
    const venue = memoryVenue()
    const events = await observing(venue, ['quote'])
    const old = venue.sockets[0]
    old?.receive(quote('BTCUSDT', 1))
    old?.receive(SHUTDOWN)
    const fresh = await successor(venue, 1)
    fresh?.receive(quote('BTCUSDT', 2))
    old?.receive(quote('BTCUSDT', 2))
    fresh?.receive(quote('BTCUSDT', 3))
    await venue.clock.advance(1500)
    expect(old?.isEnded).toBe(true)
    fresh?.receive(quote('BTCUSDT', 4))
    expect(told(events)).toEqual(['q1', 'q2', 'q3', 'q4'])
  })

  it('F:B15 F:E12 a book stays synced through a replacement, without a second snapshot', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const book = venue.feed.book(BTC)
    await venue.settle()
    const old = venue.sockets[0]
    old?.receive(diff('BTCUSDT', 99, 101, 98))
    await venue.clock.advance(200)
    old?.receive(diff('BTCUSDT', 102, 103, 101))
    expect(book.state).toBe('synced')
    old?.receive(SHUTDOWN)
    const fresh = await successor(venue, 1)
    fresh?.receive(diff('BTCUSDT', 104, 105, 103))
    old?.receive(diff('BTCUSDT', 104, 105, 103))
    fresh?.receive(diff('BTCUSDT', 106, 107, 105))
    await venue.clock.advance(2000)
    expect(old?.isEnded).toBe(true)
    expect(book.state).toBe('synced')
    expect(book.sequence).toBe(107)
    expect(book.stats).toMatchObject({ snapshots: 1, gaps: 0 })
  })

  it('a stream that is quiet meanwhile leaves no gap behind', async () => {
    const venue = memoryVenue()
    const events = await observing(venue, ['quote'])
    venue.sockets[0]?.receive(quote('BTCUSDT', 1))
    venue.sockets[0]?.receive(SHUTDOWN)
    const fresh = await successor(venue, 1)
    await venue.clock.advance(1500)
    venue.sockets[0]?.fail()
    await venue.clock.advance(10_000)
    fresh?.receive(quote('BTCUSDT', 2))
    expect(told(events)).toEqual(['q1', 'q2'])
    expect(venue.feed.status().connections).toHaveLength(1)
  })

  it('F:B15 F:C13 a stream that the venue had forgotten is no quiet one: its replacement begins behind a gap', async () => {
    const venue = memoryVenue()
    const events = await observing(venue, ['quote'])
    const [old] = venue.sockets
    old?.receive(quote('BTCUSDT', 1))
    if (old !== undefined) {
      old.onSent = text => {
        const { method, id }: { method?: unknown; id?: unknown } = Object(JSON.parse(text))
        if (method === 'LIST_SUBSCRIPTIONS') queueMicrotask(() => old.receive({ result: [], id }))
      }
    }
    old?.receive(SHUTDOWN)
    const fresh = await successor(venue, 1)
    await venue.clock.advance(12_000)
    expect(old?.isEnded).toBe(true)
    fresh?.receive(quote('BTCUSDT', 5))
    expect(told(events)).toEqual(['q1', 'gap quote disconnect', 'q5'])
  })

  it('F:B14 a socket that took over is replaced as well when it drops', async () => {
    const venue = memoryVenue()
    const events = await observing(venue, ['trade'])
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 1))
    venue.sockets[0]?.receive(SHUTDOWN)
    const fresh = await successor(venue, 1)
    fresh?.receive(aggTrade('BTCUSDT', 1))
    await venue.clock.advance(2000)
    fresh?.fail()
    venue.sockets[await venue.reconnect()]?.receive(aggTrade('BTCUSDT', 2))
    expect(told(events)).toEqual(['1', '2'])
  })

  it('F:B10 F:B17 a feed that is disposed in mid-replacement leaves no socket and no timer', async () => {
    const venue = memoryVenue()
    await observing(venue, ['trade', 'quote'])
    for (const socket of venue.sockets) socket.receive(SHUTDOWN)
    await venue.clock.advance(10)
    await venue.feed[Symbol.asyncDispose]()
    await venue.clock.advance(120_000)
    expect(venue.sockets.every(socket => socket.isEnded)).toBe(true)
    expect(venue.clock.pending).toBe(0)
  })

  it('F:B04 sockets that were opened together are replaced one by one, between 20 and 23.5 h of age', async () => {
    const random = seededRandom(7)
    const ages = Array.from({ length: 2000 }, () => rotationAge({}, 24 * HOUR, 0, random))
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(20 * HOUR)
    expect(Math.max(...ages)).toBeLessThanOrEqual(23.5 * HOUR)
    const venue = memoryVenue({ rotation: { afterMs: 60_000, spreadMs: 0 } })
    const symbols = Array.from({ length: 1200 }, (_, index) => `binance-usdm:C${index}USDT`)
    venue.feed.observe({ instruments: symbols, channels: ['trade', 'quote'] }, () => undefined)
    await venue.settle()
    const first = venue.sockets.length
    expect(first).toBe(4)
    const openedAt: number[] = []
    for (let second = 0; second < 80 && openedAt.length < first; second++) {
      const before = venue.sockets.length
      await venue.clock.advance(1000)
      await venue.acknowledge()
      for (let i = before; i < venue.sockets.length; i++) openedAt.push(venue.clock.monotonicMs())
    }
    expect(openedAt).toHaveLength(first)
    for (let i = 1; i < openedAt.length; i++) {
      expect((openedAt[i] ?? 0) - (openedAt[i - 1] ?? 0)).toBeGreaterThanOrEqual(1000)
    }
  })

  it('F:B04 a chosen hour of the day is kept where the life of the socket allows it', () => {
    const random = seededRandom(3)
    for (let openedHour = 0; openedHour < 24; openedHour++) {
      const age = rotationAge({ atHourUtc: 4 }, 24 * HOUR, openedHour * HOUR, random)
      expect(age).toBeLessThanOrEqual(23.5 * HOUR)
      const hour = ((openedHour * HOUR + age) / HOUR) % 24
      if (openedHour !== 4 && openedHour !== 3 && openedHour !== 5) expect(Math.floor(hour)).toBe(4)
    }
  })

  it('bad rules are named', () => {
    expect(() => memoryVenue({ rotation: { atHourUtc: 24 } })).toThrow(/rotation\.atHourUtc: expected a whole hour/)
    expect(() => memoryVenue({ rotation: { afterMs: -1 } })).toThrow(/rotation\.afterMs/)
  })
})

describe('two sockets per stream', () => {
  it('F:B16 the first copy wins, and the loss of one socket costs nothing', async () => {
    const venue = memoryVenue({ redundancy: 2 })
    const events = await observing(venue, ['trade'])
    const [a, b] = venue.sockets
    a?.receive(aggTrade('BTCUSDT', 1))
    b?.receive(aggTrade('BTCUSDT', 1))
    b?.receive(aggTrade('BTCUSDT', 2))
    a?.receive(aggTrade('BTCUSDT', 2))
    a?.receive(aggTrade('BTCUSDT', 3))
    expect(venue.feed.status().streams[0]?.sockets).toBe(2)
    a?.fail()
    b?.receive(aggTrade('BTCUSDT', 3))
    b?.receive(aggTrade('BTCUSDT', 4))
    expect(told(events)).toEqual(['1', '2', '3', '4'])
    expect(venue.feed.status().streams[0]).toMatchObject({ sockets: 1, gaps: 0 })
  })

  it('what one socket lost, the other brings', async () => {
    const venue = memoryVenue({ redundancy: 2 })
    const events = await observing(venue, ['trade'])
    const [a, b] = venue.sockets
    a?.receive(aggTrade('BTCUSDT', 1))
    b?.receive(aggTrade('BTCUSDT', 1))
    a?.receive(aggTrade('BTCUSDT', 3))
    await venue.clock.advance(50)
    expect(told(events)).toEqual(['1'])
    b?.receive(aggTrade('BTCUSDT', 2))
    expect(told(events)).toEqual(['1', '2', '3'])
    await venue.clock.advance(1000)
    expect(venue.requests.some(request => request.url.includes('aggTrades'))).toBe(false)
  })

  it('a stream without ids goes over to the socket that still brings it', async () => {
    const venue = memoryVenue({ redundancy: 2 })
    const events = await observing(venue, ['quote'])
    const [a, b] = venue.sockets
    a?.receive(quote('BTCUSDT', 1))
    b?.receive(quote('BTCUSDT', 1))
    b?.receive(quote('BTCUSDT', 2))
    a?.fail()
    b?.receive(quote('BTCUSDT', 3))
    expect(told(events)).toEqual(['q1', 'q2', 'q3'])
  })
})
