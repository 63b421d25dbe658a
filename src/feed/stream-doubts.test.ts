import { describe, expect, it } from 'vitest'
import { instrumentId } from '../model/instrument.ts'
import { epochUs } from '../model/time.ts'
import { FakeClock } from '../testing/index.ts'
import type { FeedStatus, StreamState, StreamStatus } from './feed.ts'
import { StreamDoubts } from './stream-doubts.ts'

const BTC = instrumentId('binance-usdm:BTCUSDT')
const NOW = epochUs(1_790_000_000_000_000)
const TRADES = 'binance-usdm:BTCUSDT trade'
const QUOTES = 'binance-usdm:BTCUSDT quote'

function statusOf(states: Readonly<Record<string, StreamState>>): () => FeedStatus {
  return () => ({
    venues: [],
    connections: [],
    books: [],
    consumers: { observers: 0, paused: 0, queues: 0, dropped: 0, observerErrors: 0 },
    streams: Object.entries(states).map(([channel, state]) => streamOf(channel, state)),
  })
}

function streamOf(text: string, state: StreamState): StreamStatus {
  const channel = text === 'quote' ? 'quote' : 'trade'
  const counts = { events: 0, missing: 0, gaps: 0, duplicates: 0, sockets: 1 }
  const unknown = { connectionId: undefined, lastEventAgeMs: undefined, reason: undefined }
  return { venue: 'binance-usdm', stream: text, route: '', channel, instrument: BTC, state, ...counts, ...unknown }
}

describe('streams of which silence proves nothing', () => {
  it('I7: are those that the feed holds back or has lost, each until it speaks again', () => {
    const states: Record<string, StreamState> = { trade: 'healing', quote: 'delivering' }
    const doubts = new StreamDoubts({ status: statusOf(states) }, undefined, [TRADES, QUOTES])
    expect([...doubts.now()]).toEqual([TRADES])
    states['trade'] = 'delivering'
    // What it held back has not come yet.
    expect([...doubts.now()]).toEqual([TRADES])
    doubts.spoke(BTC, 'quote', NOW, true)
    expect([...doubts.now()]).toEqual([TRADES])
    doubts.spoke(BTC, 'trade', NOW, true)
    expect([...doubts.now()]).toEqual([])
    for (const state of ['wanted', 'subscribed', 'silent', 'stale', 'rejected'] as const) {
      states['quote'] = state
      expect([...doubts.now()]).toEqual([QUOTES])
      states['quote'] = 'acknowledged'
      doubts.spoke(BTC, 'quote', NOW, true)
    }
    expect([...doubts.now()]).toEqual([])
  })

  it('F:A14 are all of them when the process stood still, and none while it is called in time', async () => {
    const clock = new FakeClock()
    const doubts = new StreamDoubts({}, clock, [TRADES, QUOTES])
    for (let second = 0; second < 5; second++) {
      expect(doubts.now().size).toBe(0)
      await clock.advance(1000)
    }
    await clock.advance(4000)
    expect(new Set(doubts.now())).toEqual(new Set([TRADES, QUOTES]))
    doubts.spoke(BTC, 'trade', clock.nowUs(), true)
    await clock.advance(1000)
    expect([...doubts.now()]).toEqual([QUOTES])
  })

  it('I7: what was read before a standstill or an outage, or fetched behind it, ends no doubt', async () => {
    const clock = new FakeClock()
    const doubts = new StreamDoubts({ status: statusOf({ trade: 'acknowledged' }) }, clock, [TRADES])
    expect(doubts.now().size).toBe(0)
    const beforeUs = clock.nowUs()
    await clock.advance(500)
    // The socket is back before anybody asks.
    doubts.lost(BTC, 'trade')
    expect([...doubts.now()]).toEqual([TRADES])
    doubts.spoke(BTC, 'trade', beforeUs, true)
    doubts.spoke(BTC, 'trade', clock.nowUs(), false)
    expect([...doubts.now()]).toEqual([TRADES])
    doubts.spoke(BTC, 'trade', clock.nowUs(), true)
    expect(doubts.now().size).toBe(0)
    await clock.advance(4000)
    expect([...doubts.now()]).toEqual([TRADES])
    doubts.spoke(BTC, 'trade', beforeUs, true)
    expect([...doubts.now()]).toEqual([TRADES])
    await clock.advance(500)
    doubts.spoke(BTC, 'trade', clock.nowUs(), true)
    expect(doubts.now().size).toBe(0)
  })
})
