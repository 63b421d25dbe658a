import { describe, expect, it } from 'vitest'
import { collector, diff, memoryVenue, snapshot } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'

describe('books on a feed', () => {
  it('joins snapshot and changes, and reads best, levels, depth and cost', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const book = venue.feed.book(BTC)
    await venue.settle()
    expect(book.state).toBe('syncing')
    expect(book.best()).toBeUndefined()
    venue.sockets[0]?.receive(diff('BTCUSDT', 95, 105, 90, [['100.2', '3']]))
    await book.ready
    expect(book.best()).toEqual({ bidPrice: 100.2, bidQuantity: 3, askPrice: 101, askQuantity: 4 })
    expect(book.levels(2)).toEqual({
      bids: [
        [100.2, 3],
        [100, 5],
      ],
      asks: [
        [101, 4],
        [101.5, 6],
      ],
    })
    expect(book.depthTo('buy', 101)).toMatchObject({ quantity: 4, notional: 404 })
    expect(book.costOf('buy', 6)).toMatchObject({
      averagePrice: (4 * 101 + 2 * 101.5) / 6,
      worstPrice: 101.5,
      isComplete: true,
    })
    expect(book.costOf('sell', 1000)).toMatchObject({ isComplete: false })
  })

  it('F:E02 F:E03 asks after the subscription is confirmed and holds a snapshot that is ahead', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(500) }))
    const book = venue.feed.book(BTC)
    await venue.settle()
    for (const last of [110, 120, 130]) venue.sockets[0]?.receive(diff('BTCUSDT', last - 9, last, last - 10))
    expect(book.state).toBe('syncing')
    venue.sockets[0]?.receive(diff('BTCUSDT', 491, 510, 130))
    await venue.settle()
    venue.sockets[0]?.receive(diff('BTCUSDT', 511, 520, 510))
    expect(book.state).toBe('synced')
    expect(venue.requests.filter(request => request.url.includes('/depth')).length).toBeLessThanOrEqual(2)
  })

  it('F:E04 F:E07 a missing change ends the book at once, and only its own; it comes back by itself', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC, 'binance-usdm:ETHUSDT'], channels: ['book'] }, push)
    await venue.settle()
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) venue.sockets[0]?.receive(diff(symbol, 95, 105, 90))
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(130) }))
    venue.sockets[0]?.receive(diff('BTCUSDT', 121, 125, 120))
    const states = (): readonly string[] => venue.feed.status().books.map(book => book.state)
    expect(states()).toEqual(['gapped', 'synced'])
    await venue.settle()
    venue.sockets[0]?.receive(diff('BTCUSDT', 126, 135, 125))
    expect(states()).toEqual(['synced', 'synced'])
    const told = events.flatMap(event =>
      event.kind === 'gap' || event.kind === 'resync' ? [`${event.instrument} ${event.kind}`] : [],
    )
    expect(told).toEqual([`${BTC} gap`, `${BTC} resync`])
    expect(events.find(event => event.kind === 'gap')).toMatchObject({
      channel: 'book',
      reason: 'sequence',
      from: '106',
    })
  })

  it('F:E08 F:E12 F:E14 after a reconnect nothing of the old book or of an old answer is left', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const book = venue.feed.book(BTC)
    await venue.settle()
    venue.sockets[0]?.receive(diff('BTCUSDT', 95, 105, 90, [['100.9', '9']]))
    expect(book.bestBid()).toBe(100.9)
    const before = book.stats.gaps
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(300) }))
    const socket = await venue.reconnect()
    expect(book.best()).toBeUndefined()
    expect(book.stats.gaps).toBe(before + 1)
    venue.sockets[0]?.receive(diff('BTCUSDT', 106, 110, 105))
    venue.sockets[socket]?.receive(diff('BTCUSDT', 295, 305, 290))
    expect(book.bestBid()).toBe(100)
  })

  it('F:E18 F:E19 hundreds of books at once: every touch first, then the depth behind it, within the weight of each minute', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const symbols = Array.from({ length: 300 }, (_, index) => `C${index}USDT`)
    const names = symbols.map(symbol => `binance-usdm:${symbol}`)
    venue.feed.observe({ instruments: names, channels: ['book'] }, () => undefined)
    await venue.settle()
    for (const symbol of symbols) venue.sockets[0]?.receive(diff(symbol, 99, 101, 98))
    await venue.clock.advance(1000)
    const limits = (): readonly string[] =>
      venue.requests.flatMap(({ url }) =>
        url.includes('/depth') ? [new URL(url).searchParams.get('limit') ?? ''] : [],
      )
    // 1,920 may be used a minute. Thirty whole snapshots of weight 20 are no hurry; all others begin with 100 levels (5).
    const first = limits().slice(0, 300)
    expect(first.filter(limit => limit === '1000').length).toBeLessThanOrEqual(30)
    expect(first.filter(limit => limit === '100').length).toBeGreaterThanOrEqual(270)
    expect(venue.feed.status().books.every(book => book.state === 'synced')).toBe(true)
    for (let minute = 0; minute < 6 && limits().length < 570; minute++) {
      venue.sockets[0]?.serverPing()
      const before = limits().filter(limit => limit === '1000').length
      await venue.clock.advance(60_000)
      expect(limits().filter(limit => limit === '1000').length - before).toBeLessThanOrEqual(96)
    }
    expect(limits().filter(limit => limit === '1000')).toHaveLength(300)
    expect(venue.feed.status().books.every(book => book.state === 'synced')).toBe(true)
  })

  it('a snapshot that cannot be had is told and asked for again', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 503, body: '<html>Service Unavailable</html>' }))
    const book = venue.feed.book(BTC)
    await venue.settle()
    expect(venue.feed.status().streams[0]?.reason).toMatch(/no snapshot: .*HTTP 503/)
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    await venue.clock.advance(10_000)
    venue.sockets[0]?.receive(diff('BTCUSDT', 95, 105, 90))
    await book.ready
  })

  it('hands out changes for consumers that keep their own book', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['book'], bookDeltas: true }, push)
    await venue.settle()
    venue.sockets[0]?.receive(diff('BTCUSDT', 95, 105, 90, [['100.2', '3']]))
    venue.sockets[0]?.receive(diff('BTCUSDT', 106, 110, 105, [['100.2', '0.000']]))
    const data = events.filter(event => event.kind === 'book' || event.kind === 'bookDelta')
    expect(data).toMatchObject([
      {
        kind: 'book',
        sequence: 105,
        synced: true,
        bids: [
          [100.2, 3],
          [100, 5],
          [99.5, 7],
        ],
      },
      { kind: 'bookDelta', first: 106, last: 110, previous: 105, bids: [[100.2, 0]], asks: [] },
    ])
  })

  it('F:I04 an observer of changes that was paused begins anew with the whole book', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const { events, push } = collector()
    let isBroken = false
    const request = { instruments: [BTC], channels: ['book' as const], bookDeltas: true }
    const observation = venue.feed.observe(request, event => {
      push(event)
      if (isBroken && event.kind === 'bookDelta') throw new Error('user code')
    })
    await venue.settle()
    venue.sockets[0]?.receive(diff('BTCUSDT', 95, 105, 90))
    isBroken = true
    for (let last = 106; last <= 230; last++) venue.sockets[0]?.receive(diff('BTCUSDT', last, last, last - 1))
    expect(observation.isPaused).toBe(true)
    const told = events.length
    isBroken = false
    observation.resume()
    venue.sockets[0]?.receive(diff('BTCUSDT', 231, 231, 230))
    expect(events.slice(told)).toMatchObject([
      { kind: 'gap', channel: 'book', reason: 'overflow', healed: false },
      { kind: 'book', sequence: 230, synced: true },
      { kind: 'bookDelta', first: 231 },
    ])
    await venue.feed[Symbol.asyncDispose]()
  })
})
