import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../src/model/event.ts'
import type { MemorySocket } from '../../src/testing/index.ts'
import { collector, diff, exchangeInfo, type MemoryVenue, memoryVenue, quote, snapshot } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'
const ETH = 'binance-usdm:ETHUSDT'

/** What the venue's table says of ETHUSDT from now on; undefined: it is gone. */
function list(venue: MemoryVenue, status: string | undefined): void {
  const body = exchangeInfo(symbol => (symbol === 'ETHUSDT' ? status : 'TRADING'))
  venue.rest.set('/exchangeInfo', () => ({ status: 200, body }))
}

/** The open sockets that are to bring a symbol's quotes, by what was asked of each last. */
function carriers(venue: MemoryVenue, symbol: string): readonly MemorySocket[] {
  const name = `${symbol.toLowerCase()}@bookTicker`
  return venue.sockets.filter((socket, index) => {
    const frames = venue.control(index).filter(frame => frame.params.includes(name))
    return !socket.isEnded && frames.at(-1)?.method === 'SUBSCRIBE'
  })
}

/** Quotes of BTCUSDT every 250 ms; `both` brings those of ETHUSDT, too. */
async function run(venue: MemoryVenue, seconds: number, from: number, both: boolean): Promise<number> {
  let id = from
  for (let i = 0; i < seconds * 4; i++) {
    id++
    for (const socket of venue.sockets) if (!socket.isEnded) socket.serverPing()
    for (const symbol of both ? ['BTCUSDT', 'ETHUSDT'] : ['BTCUSDT'])
      for (const socket of carriers(venue, symbol)) socket.receive(quote(symbol, id))
    await venue.clock.advance(250)
    if (i % 8 === 0) await venue.acknowledge()
  }
  return id
}

function stateOf(venue: MemoryVenue, instrument: string) {
  return venue.feed.status().streams.find(stream => stream.instrument === instrument)
}

function closings(events: readonly MarketEvent[]): readonly (string | undefined)[] {
  return events.flatMap(event =>
    event.kind === 'connection' && event.state === 'closed' && event.instrument === ETH ? [event.cause] : [],
  )
}

function asked(venue: MemoryVenue, method: string): number {
  return venue.sockets.reduce((sum, _, index) => {
    const frames = venue.control(index).filter(frame => frame.method === method)
    return sum + frames.filter(frame => frame.params.includes('ethusdt@bookTicker')).length
  }, 0)
}

function tables(venue: MemoryVenue): number {
  return venue.requests.filter(request => request.url.endsWith('/exchangeInfo')).length
}

describe('instruments that a venue takes away', () => {
  it('F:H08 a delisted instrument ends within five minutes, is told once and asked for no more; listed again, it comes back', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC, ETH], channels: ['quote'] }, push)
    await venue.settle()
    let id = await run(venue, 30, 1, true)
    list(venue, undefined)
    const beganMs = venue.clock.monotonicMs()
    while (stateOf(venue, ETH)?.state !== 'ended' && venue.clock.monotonicMs() - beganMs < 300_000)
      id = await run(venue, 5, id, false)
    expect(stateOf(venue, ETH)).toMatchObject({
      state: 'ended',
      reason: 'ETHUSDT is no longer listed by binance-usdm',
      sockets: 0,
    })
    expect(closings(events)).toEqual(['ETHUSDT is no longer listed by binance-usdm'])
    expect(asked(venue, 'UNSUBSCRIBE')).toBeGreaterThan(0)
    expect(stateOf(venue, BTC)?.state).toBe('delivering')
    expect(events.some(event => event.kind === 'gap' && event.instrument === BTC)).toBe(false)

    const subscribed = asked(venue, 'SUBSCRIBE')
    const tablesBefore = tables(venue)
    id = await run(venue, 900, id, false)
    expect(asked(venue, 'SUBSCRIBE')).toBe(subscribed)
    expect(closings(events)).toHaveLength(1)
    expect(tables(venue) - tablesBefore).toBeLessThanOrEqual(3)

    list(venue, 'TRADING')
    id = await run(venue, 301, id, false)
    expect(asked(venue, 'SUBSCRIBE')).toBe(subscribed + 1)
    await run(venue, 5, id, true)
    expect(stateOf(venue, ETH)).toMatchObject({ state: 'delivering', reason: undefined })
    expect(events.filter(event => event.kind === 'gap')).toMatchObject([{ instrument: ETH, healed: false }])
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:H08 one that is listed and does not trade stays subscribed, with the venue’s word for it as the reason', async () => {
    const venue = memoryVenue()
    const { push } = collector()
    venue.feed.observe({ instruments: [BTC, ETH], channels: ['quote'] }, push)
    await venue.settle()
    let id = await run(venue, 30, 1, true)
    list(venue, 'SETTLING')
    id = await run(venue, 60, id, false)
    expect(stateOf(venue, ETH)).toMatchObject({
      state: expect.stringMatching(/^(stale|silent)$/),
      reason: 'binance-usdm lists ETHUSDT as SETTLING: it does not trade',
    })
    await run(venue, 5, id, true)
    expect(stateOf(venue, ETH)).toMatchObject({ state: 'delivering', reason: undefined })
    await venue.feed[Symbol.asyncDispose]()
  })

  it('F:H08 its book cannot be read any more and asks for no snapshots', async () => {
    const venue = memoryVenue()
    venue.rest.set('/depth', () => ({ status: 200, body: snapshot(100) }))
    const { push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, push)
    const book = venue.feed.book(ETH)
    await venue.settle()
    const receive = (first: number, last: number, previous: number): void =>
      venue.sockets.find(one => !one.isEnded)?.receive(diff('ETHUSDT', first, last, previous))
    receive(99, 101, 98)
    for (let last = 101; last < 161; last += 2) {
      await venue.clock.advance(250)
      receive(last + 1, last + 2, last)
    }
    expect(book.state).toBe('synced')
    list(venue, undefined)
    venue.rest.set('/depth', () => ({ status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' }))
    const id = await run(venue, 400, 1, false)
    expect(stateOf(venue, ETH)?.state).toBe('ended')
    expect(book.state).not.toBe('synced')
    expect(book.best()).toBeUndefined()
    const snapshots = venue.requests.filter(request => request.url.includes('/depth')).length
    await run(venue, 300, id, false)
    expect(venue.requests.filter(request => request.url.includes('/depth'))).toHaveLength(snapshots)
    await venue.feed[Symbol.asyncDispose]()
  })

  it('a table with less than half of what was there proves nothing', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC, ETH], channels: ['quote'] }, push)
    await venue.settle()
    const id = await run(venue, 30, 1, true)
    const body = exchangeInfo(symbol => (symbol === 'BTCUSDT' ? 'TRADING' : undefined))
    venue.rest.set('/exchangeInfo', () => ({ status: 200, body }))
    await run(venue, 400, id, false)
    expect(stateOf(venue, ETH)?.state).not.toBe('ended')
    expect(closings(events)).toEqual([])
    await venue.feed[Symbol.asyncDispose]()
  })
})
