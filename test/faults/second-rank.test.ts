import { describe, expect, it } from 'vitest'
import type { HttpAnswer } from '../../src/net/http.ts'
import { aggTrade, collector, diff, memoryVenue, quote, snapshot } from '../feed/memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'
const ETH = 'binance-usdm:ETHUSDT'

describe('recovery', () => {
  it('F:B20 five hundred changes before the snapshot: one recovery per fault, and nothing is subscribed anew', async () => {
    const venue = memoryVenue()
    let newest = 100
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(newest) }))
    const book = venue.feed.book(BTC)
    await venue.settle()
    const [socket] = venue.sockets
    socket?.receive(diff('BTCUSDT', 99, 101, 98))
    await venue.clock.advance(200)
    expect(book.state).toBe('synced')
    const frames = venue.control(0).length
    const before = venue.requests.filter(({ url }) => url.includes('/depth')).length
    // One change is lost; every later one finds the book without a floor.
    for (let id = 103; id < 603; id++) {
      newest = id
      socket?.receive(diff('BTCUSDT', id, id, id - 1))
    }
    await venue.clock.advance(2000)
    socket?.receive(diff('BTCUSDT', 603, 603, 602))
    expect(book.state).toBe('synced')
    expect(book.stats).toMatchObject({ gaps: 1, snapshots: 2 })
    expect(venue.requests.filter(({ url }) => url.includes('/depth')).length - before).toBe(1)
    expect(venue.control(0)).toHaveLength(frames)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:B18 a thousand lost sockets leave no timer, socket or listener behind', async () => {
    const venue = memoryVenue()
    venue.feed.observe({ instruments: [BTC], channels: ['trade', 'quote'] }, () => undefined)
    await venue.settle()
    const pending = venue.clock.pending
    for (let round = 0; round < 1000; round++) {
      for (const socket of venue.sockets) if (!socket.isEnded) socket.fail()
      for (let step = 0; step < 100 && venue.sockets.every(socket => socket.isEnded); step++) {
        await venue.clock.advance(500)
      }
      await venue.acknowledge()
    }
    await venue.settle()
    expect(venue.clock.pending).toBeLessThanOrEqual(pending + 2)
    expect(venue.sockets.filter(socket => !socket.isEnded).length).toBeLessThanOrEqual(2)
    await venue.feed[Symbol.asyncDispose]()
    await venue.clock.advance(60_000)
    expect(venue.clock.pending).toBe(0)
  })
})

describe('consumers and neighbours', () => {
  it('F:E21 a consumer that does not keep up costs the book nothing: it stays synced and right', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const book = venue.feed.book(BTC)
    await using slow = venue.feed.subscribe({
      instruments: [BTC],
      channels: ['book'],
      capacity: 10,
      overflow: { book: 'fail' },
    })
    await venue.settle()
    const [socket] = venue.sockets
    socket?.receive(diff('BTCUSDT', 99, 101, 98))
    await venue.clock.advance(200)
    for (let id = 102; id < 1102; id++) socket?.receive(diff('BTCUSDT', id, id, id - 1, [['100.0', String(id)]]))
    expect(book.state).toBe('synced')
    expect(book.sequence).toBe(1101)
    expect(book.stats).toMatchObject({ gaps: 0, snapshots: 1 })
    expect(slow.stats().dropped).toBeGreaterThan(0)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:I09 a snapshot that takes ten seconds delays its own book only', async () => {
    const late: ((answer: HttpAnswer) => void)[] = []
    const venue = memoryVenue()
    const slow = memoryVenue({
      http: request => {
        if (!request.url.includes('/depth')) return Promise.resolve(answer(venue, request.url))
        return new Promise(resolve => late.push(resolve))
      },
    })
    const waiting = slow.feed.book(ETH)
    const { events, push } = collector()
    slow.feed.observe({ instruments: [BTC], channels: ['trade', 'quote'] }, push)
    await slow.settle()
    const counted = (): number => events.filter(({ kind }) => kind === 'trade' || kind === 'quote').length
    for (let id = 1; id <= 500; id++) {
      for (const socket of slow.sockets) {
        if (socket.sent.join().includes('@aggTrade')) socket.receive(aggTrade('BTCUSDT', id))
        if (socket.sent.join().includes('@bookTicker')) socket.receive(quote('BTCUSDT', id))
      }
      // Same tick: no wait of any book stands between a frame and its observer.
      expect(counted()).toBe(2 * id)
    }
    expect(waiting.state).toBe('syncing')
    await slow.feed[Symbol.asyncDispose]()
    await venue.feed[Symbol.asyncDispose]()
    expect(late.length).toBeGreaterThan(0)
  })
})

/** What the other venue's REST would say. */
function answer(venue: ReturnType<typeof memoryVenue>, text: string): HttpAnswer {
  const url = new URL(text)
  const found = [...venue.rest].find(([suffix]) => url.pathname.endsWith(suffix))
  const { status, body } = found?.[1](url) ?? { status: 404, body: '{}' }
  return { status, body, headers: { get: () => null } }
}
