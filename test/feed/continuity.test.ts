import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../src/model/event.ts'
import { aggTrade, collector, memoryVenue, quote } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'

function tradeIds(events: readonly MarketEvent[]): readonly string[] {
  return events.flatMap(event =>
    event.kind === 'trade' ? [event.id] : event.kind === 'gap' ? [`gap ${event.reason} ${event.from}-${event.to}`] : [],
  )
}

describe('continuity', () => {
  it('declares a hole in dense ids in order with the data', async () => {
    const venue = memoryVenue({ healing: false })
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    await venue.settle()
    for (const id of [10, 11, 15, 16]) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    expect(tradeIds(events)).toEqual(['10', '11', 'gap sequence 12-14', '15', '16'])
    expect(venue.feed.status().streams[0]).toMatchObject({ missing: 3, gaps: 1 })
  })

  it('F:D02 drops what was already delivered', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    await venue.settle()
    for (const id of [10, 11, 10, 11, 12]) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    expect(tradeIds(events)).toEqual(['10', '11', '12'])
  })

  it('F:D04 first and last match ids may be sparse', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    await venue.settle()
    for (const id of [1, 2, 3]) {
      const data = {
        e: 'aggTrade',
        E: 1_790_000_000_000,
        a: id,
        s: 'BTCUSDT',
        p: '1',
        q: '1',
        f: id * 100,
        l: id * 100 + 7,
        T: 1_790_000_000_000,
        m: true,
      }
      venue.sockets[0]?.receive({ stream: 'btcusdt@aggTrade', data })
    }
    expect(tradeIds(events)).toEqual(['1', '2', '3'])
  })

  it('a reconnect that missed nothing leaves no gap, one that did names the ids', async () => {
    const venue = memoryVenue({ healing: false })
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    await venue.settle()
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    venue.sockets[await venue.reconnect()]?.receive(aggTrade('BTCUSDT', 11))
    venue.sockets[await venue.reconnect()]?.receive(aggTrade('BTCUSDT', 20))
    expect(tradeIds(events)).toEqual(['10', '11', 'gap disconnect 12-19', '20'])
  })

  it('a stream without dense ids declares the whole interruption', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['quote'] }, push)
    await venue.settle()
    venue.sockets[0]?.receive(quote('BTCUSDT', 5))
    const lostAtUs = venue.clock.nowUs()
    venue.sockets[await venue.reconnect()]?.receive(quote('BTCUSDT', 9))
    const gap = events.find(event => event.kind === 'gap')
    expect(gap).toMatchObject({ channel: 'quote', reason: 'disconnect', healed: false, from: String(lostAtUs) })
    expect(Number(gap?.kind === 'gap' ? gap.to : 0)).toBe(venue.clock.nowUs())
  })

  it('F:C09 F:C11 F:H14 frames that cannot be read are counted, set aside, and the stream goes on', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    await venue.settle()
    const socket = venue.sockets[0]
    socket?.receive(aggTrade('BTCUSDT', 1))
    const hostile = [
      'not json',
      '{"stream":"btcusdt@aggTrade","data":{"e":"aggTr',
      '',
      '[[[[',
      '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","a":"x"}}',
      '['.repeat(1_000_000),
    ]
    for (const text of hostile) socket?.receive(text)
    const unknown = [
      { e: 'newEvent', E: 1 },
      { stream: 'xyz@aggTrade', data: { e: 'aggTrade' } },
      { stream: 'btcusdt@aggTrade', data: { e: 'somethingNew', s: 'BTCUSDT' } },
    ]
    for (const message of unknown) socket?.receive(message)
    socket?.receive(aggTrade('BTCUSDT', 2))
    expect(tradeIds(events)).toEqual(['1', '2'])
    const [connection] = venue.feed.status().connections
    expect(connection?.decodeFailures).toBe(hostile.length)
    expect(connection?.ignored).toBe(unknown.length)
    expect(connection?.state).toBe('delivering')
  })

  it('F:I04 an observer that throws hurts nobody else and is counted', async () => {
    const venue = memoryVenue()
    const { events, push } = collector()
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, event => {
      if (event.kind === 'trade') throw new Error('user code')
    })
    venue.feed.observe({ instruments: [BTC], channels: ['trade'] }, push)
    await venue.settle()
    for (let id = 1; id <= 5; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    expect(tradeIds(events)).toEqual(['1', '2', '3', '4', '5'])
    expect(venue.feed.status().consumers.observerErrors).toBe(5)
    expect(venue.log.some(line => line.includes('user code'))).toBe(true)
  })
})
