import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../src/model/event.ts'
import { aggTrade, memoryVenue, quote } from './memory-venue.ts'

const BTC = 'binance-usdm:BTCUSDT'
const ETH = 'binance-usdm:ETHUSDT'

async function nextBatch(iterator: AsyncIterator<readonly MarketEvent[]>): Promise<readonly MarketEvent[]> {
  const { value, done } = await iterator.next()
  return done === true ? [] : value
}

describe('queues', () => {
  it('gives everything since the last read in one batch', async () => {
    const venue = memoryVenue()
    await using subscription = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'] })
    await venue.settle()
    for (let id = 1; id <= 500; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const batch = await nextBatch(subscription[Symbol.asyncIterator]())
    expect(batch.filter(event => event.kind === 'trade')).toHaveLength(500)
    expect(subscription.stats()).toMatchObject({ queued: 0, dropped: 0 })
  })

  it('F:I05 quotes keep the newest value per instrument when the consumer is slow, and count what they merged', async () => {
    const venue = memoryVenue()
    await using subscription = venue.feed.subscribe({ instruments: [BTC, ETH], channels: ['quote'], capacity: 10 })
    await venue.settle()
    for (let id = 1; id <= 1000; id++)
      for (const symbol of ['BTCUSDT', 'ETHUSDT']) venue.sockets[0]?.receive(quote(symbol, id))
    expect(subscription.stats().queued).toBeLessThanOrEqual(12)
    const batch = await nextBatch(subscription[Symbol.asyncIterator]())
    const quotes = batch.filter(event => event.kind === 'quote')
    expect(quotes.filter(event => event.instrument === BTC).at(-1)?.sequence).toBe(1000)
    expect(quotes.filter(event => event.instrument === ETH).at(-1)?.sequence).toBe(1000)
    expect(quotes.length + subscription.stats().conflated).toBe(2000)
  })

  it('F:I06 trades that do not fit end the subscription with a gap and an error, never silently', async () => {
    const venue = memoryVenue()
    const subscription = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'], capacity: 10 })
    await venue.settle()
    for (let id = 1; id <= 20; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const iterator = subscription[Symbol.asyncIterator]()
    const batch = await nextBatch(iterator)
    expect(batch.at(-1)).toMatchObject({ kind: 'gap', reason: 'overflow', healed: false })
    await expect(iterator.next()).rejects.toMatchObject({ code: 'OVERFLOW' })
    expect(venue.feed.status().streams).toHaveLength(0)
  })

  it('F:I05 dropOldest leaves one gap where something is missing, with exact counts', async () => {
    const venue = memoryVenue()
    await using subscription = venue.feed.subscribe({
      instruments: [BTC],
      channels: ['trade'],
      capacity: 100,
      overflow: { trade: 'dropOldest' },
    })
    await venue.settle()
    for (let id = 1; id <= 1000; id++) venue.sockets[0]?.receive(aggTrade('BTCUSDT', id))
    const batch = await nextBatch(subscription[Symbol.asyncIterator]())
    const trades = batch.flatMap(event => (event.kind === 'trade' ? [Number(event.id)] : []))
    const gaps = batch.filter(event => event.kind === 'gap')
    expect(gaps).toHaveLength(1)
    const missing = Number(gaps[0]?.to) - Number(gaps[0]?.from) + 1
    expect(subscription.stats().dropped).toBe(missing)
    expect(trades).toEqual(Array.from({ length: trades.length }, (_, index) => 1000 - trades.length + 1 + index))
    expect(missing + trades.length).toBe(1000)
  })

  it('aborting, breaking and disposing end a pending read and release the stream', async () => {
    const venue = memoryVenue()
    const controller = new AbortController()
    const aborted = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'], signal: controller.signal })
    const disposed = venue.feed.subscribe({ instruments: [BTC], channels: ['trade'] })
    await venue.settle()
    const drain = async (subscription: typeof aborted): Promise<number> => {
      let batches = 0
      for await (const _batch of subscription) batches++
      return batches
    }
    const reads = Promise.all([drain(aborted), drain(disposed)])
    await venue.settle()
    controller.abort()
    await disposed[Symbol.asyncDispose]()
    await disposed[Symbol.asyncDispose]()
    await reads
    expect(venue.feed.status().streams).toHaveLength(0)
    await venue.feed[Symbol.asyncDispose]()
    expect(venue.clock.pending).toBe(0)
    expect(venue.sockets.every(socket => socket.isEnded)).toBe(true)
  })

  it('F:I02 disposing the feed in any state leaves no timer and no socket', async () => {
    for (const steps of [0, 1, 2, 3]) {
      const venue = memoryVenue()
      venue.feed.observe({ instruments: [BTC], channels: ['trade', 'book', 'openInterest'] }, () => undefined)
      venue.rest.set('/depth', () => ({ status: 500, body: '' }))
      if (steps > 0) await venue.clock.advance(0)
      if (steps > 1) await venue.settle()
      if (steps > 2) venue.sockets[0]?.fail()
      await venue.feed[Symbol.asyncDispose]()
      await venue.feed[Symbol.asyncDispose]()
      await venue.clock.advance(60_000)
      expect(venue.clock.pending, `after step ${steps}`).toBe(0)
      expect(venue.sockets.every(socket => socket.isEnded)).toBe(true)
      expect(() => venue.feed.subscribe({ instruments: [BTC], channels: ['trade'] })).toThrow(/disposed/)
    }
  })
})
