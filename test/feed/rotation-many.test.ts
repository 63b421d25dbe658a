import { expect, it } from 'vitest'
import { seededRandom } from '../../src/net/random.ts'
import { aggTrade, collector, diff, memoryVenue, quote, snapshot } from './memory-venue.ts'

const ROTATIONS = 10_000
const BTC = 'binance-usdm:BTCUSDT'

it(`F:B15 F:B16 R06: ${ROTATIONS} planned replacements under load: nothing lost, doubled, out of order or fetched`, {
  timeout: 600_000,
}, async () => {
  const venue = memoryVenue()
  const random = seededRandom(6)
  venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
  const { events, push } = collector()
  venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
  const quotes = collector()
  venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, quotes.push)
  const book = venue.feed.book(BTC)
  await venue.settle()
  let id = 0
  let update = 99
  /** The next trade, quote and change on every socket that is subscribed, in any order of sockets. */
  const speak = (): void => {
    id++
    const frames = [aggTrade('BTCUSDT', id), quote('BTCUSDT', id), diff('BTCUSDT', update, update + 2, update - 1)]
    update += 3
    const open = venue.sockets.filter(socket => socket.isOpen && !socket.isEnded)
    const ordered = random() < 0.5 ? open : [...open].reverse()
    for (const socket of ordered) {
      const names = socket.sent.join()
      for (const frame of frames) {
        const { stream } = Object(frame)
        if (names.includes(String(stream))) socket.receive(frame)
      }
    }
  }
  speak()
  await venue.clock.advance(200)
  speak()
  expect(book.state).toBe('synced')
  const requests = venue.requests.length
  for (let round = 0; round < ROTATIONS; round++) {
    const [old] = venue.sockets.filter(socket => !socket.isEnded)
    old?.receive({ e: 'serverShutdown', E: 1_790_000_000_000 })
    for (let step = 0; step < 12 && old?.isEnded === false; step++) {
      speak()
      await venue.acknowledge()
      speak()
      await venue.clock.advance(300)
      for (const socket of venue.sockets) if (!socket.isEnded) socket.serverPing()
    }
    expect(old?.isEnded).toBe(true)
    // The venue allows 300 sockets in five minutes.
    speak()
    await venue.clock.advance(1500)
  }
  const trades = events.flatMap(event => (event.kind === 'trade' ? [Number(event.id)] : []))
  expect(trades).toEqual(Array.from({ length: id }, (_, index) => index + 1))
  const told = quotes.events.flatMap(event => (event.kind === 'quote' ? [event.sequence] : []))
  expect(told).toEqual(trades)
  expect([...events, ...quotes.events].filter(event => event.kind === 'gap')).toEqual([])
  expect(book.sequence).toBe(update - 1)
  expect(book.stats).toMatchObject({ gaps: 0, snapshots: 1 })
  expect(venue.requests.length).toBe(requests)
})
