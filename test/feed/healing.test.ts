import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../src/model/event.ts'
import { aggTrade, collector, type MemoryVenue, memoryVenue } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'

/** One word per event: a trade's id, `r` before a recovered one, and gaps with their ids. */
function told(events: readonly MarketEvent[]): readonly string[] {
  return events.flatMap(event => {
    if (event.kind === 'trade') return [`${event.recovered ? 'r' : ''}${event.id}`]
    if (event.kind !== 'gap') return []
    return [`${event.healed ? 'healed' : 'lost'} ${event.reason} ${event.from}-${event.to}`]
  })
}

/** REST knows the trades up to `newest()`, less those in `holes`. */
function serveTrades(venue: MemoryVenue, newest: () => number, holes: readonly number[] = []): () => number {
  let calls = 0
  venue.rest.set('/aggTrades', url => {
    calls++
    const fromId = Number(url.searchParams.get('fromId') ?? newest())
    const rows: unknown[] = []
    for (let id = fromId; id <= newest() && rows.length < 1000; id++) {
      if (holes.includes(id)) continue
      rows.push({ a: id, p: '100.5', q: '2', f: id, l: id, T: 1_790_000_000_000 + id, m: false })
    }
    return { status: 200, body: JSON.stringify(rows) }
  })
  return () => calls
}

async function trading(venue: MemoryVenue): Promise<readonly MarketEvent[]> {
  const { events, push } = collector()
  venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
  await venue.settle()
  return events
}

describe('healing from REST', () => {
  it('F:D01 fetches the trades of an outage and delivers them in order, before the live ones that waited', async () => {
    const venue = memoryVenue()
    let newest = 10
    serveTrades(venue, () => newest)
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    const socket = venue.sockets[await venue.reconnect()]
    newest = 50
    socket?.receive(aggTrade('BTCUSDT', 14))
    socket?.receive(aggTrade('BTCUSDT', 15))
    await venue.clock.advance(100)
    socket?.receive(aggTrade('BTCUSDT', 22))
    await venue.clock.advance(300)
    expect(told(events)).toEqual([
      '10',
      'healed disconnect 11-13',
      'r11',
      'r12',
      'r13',
      '14',
      '15',
      'healed sequence 16-21',
      'r16',
      'r17',
      'r18',
      'r19',
      'r20',
      'r21',
      '22',
    ])
    expect(venue.feed.status().streams[0]).toMatchObject({ state: 'delivering', missing: 0 })
  })

  it('F:D02 what REST and the stream both bring arrives once', async () => {
    const venue = memoryVenue()
    serveTrades(venue, () => 40)
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 13))
    for (let id = 11; id <= 42; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    await venue.clock.advance(100)
    const ids = told(events).flatMap(word => (/^r?\d/.test(word) ? [Number(word.replace('r', ''))] : []))
    expect(ids).toEqual(Array.from({ length: 33 }, (_, index) => 10 + index))
  })

  it('F:D03 F:K06 waits for a REST index that lags, and declares exactly what it does not have', async () => {
    const venue = memoryVenue()
    let newest = 10
    serveTrades(venue, () => newest, [13, 14])
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 16))
    await venue.clock.advance(5000)
    expect(told(events)).toEqual(['10'])
    expect(venue.feed.status().streams[0]?.state).toBe('healing')
    newest = 16
    await venue.clock.advance(12_000)
    expect(told(events)).toEqual([
      '10',
      'healed sequence 11-12',
      'r11',
      'r12',
      'lost sequence 13-14',
      'healed sequence 15-15',
      'r15',
      '16',
    ])
    expect(venue.feed.status().streams[0]).toMatchObject({ state: 'delivering', missing: 2 })
  })

  it('a hole beyond the limit is declared at its older end and healed at the newer one', async () => {
    const venue = memoryVenue({ healing: { mostIds: 5 } })
    serveTrades(venue, () => 100)
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 30))
    await venue.clock.advance(100)
    expect(told(events).slice(0, 3)).toEqual(['10', 'lost sequence 11-24', 'healed sequence 25-29'])
    expect(told(events).at(-1)).toBe('30')
  })

  it('F:D01 a stream that stays quiet after an outage is looked up', async () => {
    const venue = memoryVenue()
    const calls = serveTrades(venue, () => 12)
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    await venue.reconnect()
    expect(told(events)).toEqual(['10', 'healed disconnect 11-12', 'r11', 'r12'])
    expect(calls()).toBe(1)
  })

  it('F:G06 REST errors while healing are repeated, then the hole is declared and the stream lives on', async () => {
    const venue = memoryVenue()
    venue.rest.set('/aggTrades', () => ({ status: 502, body: '<html>bad gateway</html>' }))
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 12))
    await venue.clock.advance(11_000)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 13))
    expect(told(events)).toEqual(['10', 'lost sequence 11-11', '12', '13'])
  })

  it('ids that begin anew after a reset of the venue are not ignored for ever', async () => {
    const venue = memoryVenue()
    serveTrades(venue, () => 0)
    const events = await trading(venue)
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 5000))
    for (let id = 1; id <= 10; id++) {
      const frame = aggTrade('BTCUSDT', id)
      const text = JSON.stringify(frame).replace(/"T":\d+/, `"T":${1_790_000_010_000 + id}`)
      venue.sockets[0]?.receive(text)
    }
    expect(told(events)).toEqual(['5000', 'lost venue undefined-undefined', '8', '9', '10'])
  })
})

function kline(openMs: number, closed: boolean, close = '100'): unknown {
  const k = { t: openMs, T: openMs + 59_999, s: 'BTCUSDT', i: '1m', f: 1, L: 2, o: '100', c: close, h: '101', l: '99' }
  const more = { v: '5', n: 3, x: closed, q: '500', V: '2', Q: '200', B: '0' }
  return { stream: 'btcusdt@kline_1m', data: { e: 'kline', E: openMs + 30_000, s: 'BTCUSDT', k: { ...k, ...more } } }
}

/** REST has every candle up to the one that runs now. */
function serveKlines(venue: MemoryVenue): void {
  venue.rest.set('/klines', url => {
    const startMs = Number(url.searchParams.get('startTime'))
    const limit = Number(url.searchParams.get('limit'))
    const rows: unknown[] = []
    for (let open = startMs; open <= venue.clock.nowUs() / 1000 && rows.length < limit; open += 60_000)
      rows.push([open, '100', '103', '98', '102', '7', open + 59_999, '700', 9, '3', '300', '0'])
    return { status: 200, body: JSON.stringify(rows) }
  })
}

describe('candles', () => {
  const MINUTE = 60_000
  const candles = (events: readonly MarketEvent[], startMs: number): readonly string[] =>
    events.flatMap(event => {
      if (event.kind === 'gap') return [`gap ${event.healed}`]
      if (event.kind !== 'kline') return []
      const minute = (event.openTimeUs / 1000 - startMs) / MINUTE
      return [`${minute}${event.closed ? ' closed' : ''}${event.recovered ? ' recovered' : ''}`]
    })

  it('F:D06 a close that fell into an outage is fetched, in order, and no candle is final twice', async () => {
    const venue = memoryVenue()
    serveKlines(venue)
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['kline:1m'] }, push)
    await venue.settle()
    const start = Math.floor(venue.clock.nowUs() / 1000 / MINUTE) * MINUTE
    venue.sockets[0]?.receive(kline(start, false))
    venue.sockets[0]?.fail()
    await venue.clock.advance(2 * MINUTE)
    for (let wait = 0; wait < 4; wait++) await venue.settle()
    const socket = venue.sockets.at(-1)
    socket?.receive(kline(start + 2 * MINUTE, false))
    await venue.clock.advance(1000)
    socket?.receive(kline(start, true))
    socket?.receive(kline(start + 2 * MINUTE, true))
    const seen = candles(events, start)
    expect(seen.filter(word => word.includes('closed'))).toEqual([
      '0 closed recovered',
      '1 closed recovered',
      '2 closed',
    ])
    expect(seen).not.toContain('gap false')
  })

  it('F:D06 F:A02 a stream that falls silent in mid-candle still brings the final one within 5 s of its end', async () => {
    const venue = memoryVenue()
    serveKlines(venue)
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['kline:1m'] }, push)
    await venue.settle()
    const start = Math.floor(venue.clock.nowUs() / 1000 / MINUTE) * MINUTE
    venue.sockets[0]?.receive(kline(start, false))
    const leftMs = start + MINUTE - venue.clock.nowUs() / 1000
    await venue.clock.advance(leftMs + 5000)
    expect(candles(events, start)).toEqual(['0', 'gap true', '0 closed recovered'])
  })

  it('F:D07 updates never go back to an earlier candle', async () => {
    const venue = memoryVenue()
    serveKlines(venue)
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['kline:1m'] }, push)
    await venue.settle()
    const start = Math.floor(venue.clock.nowUs() / 1000 / MINUTE) * MINUTE
    for (const [minute, closed] of [
      [0, false],
      [0, true],
      [1, false],
      [0, true],
      [0, false],
      [1, false],
    ] as const)
      venue.sockets[0]?.receive(kline(start + minute * MINUTE, closed))
    expect(candles(events, start)).toEqual(['0', '0 closed', '1', '1'])
  })
})
