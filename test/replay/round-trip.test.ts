import { describe, expect, it } from 'vitest'
import type { FeedOptions } from '../../src/feed/feed-options.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { createReplay, type EventSource, type RecordingSummary } from '../../src/replay/index.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { until } from '../support/sim-feed.ts'
import { Folder, recordedFeed } from './record.ts'

const INSTRUMENTS = ['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT', 'binance-spot:BTCUSDT']
const CHANNELS = ['trade', 'rawTrade', 'quote', 'book', 'kline:1m', 'ticker', 'liquidation', 'openInterest']
const FUTURES_ONLY = ['liquidation', 'openInterest']

/** What a consumer sees, in order, but for the life of sockets: a replay has its own. */
function collect(source: EventSource): MarketEvent[] {
  const events: MarketEvent[] = []
  for (const instrument of INSTRUMENTS) {
    const channels = CHANNELS.filter(
      channel => !FUTURES_ONLY.includes(channel) || instrument.startsWith('binance-usdm'),
    )
    source.observe({ instruments: [instrument], channels, levels: 20 }, event => {
      if (event.kind !== 'connection') events.push(event)
    })
  }
  return events
}

/**
 * What a frame brings bears the time at which it was read, to the microsecond. What the feed itself says (gaps, loaded books,
 * what was healed) bears the time of saying it: here that of the line which caused it, live some tenths of a millisecond later.
 */
function lines(events: readonly MarketEvent[]): readonly string[] {
  const isOwn = (event: MarketEvent): boolean =>
    ['book', 'resync', 'gap', 'openInterest'].includes(event.kind) || event.recovered === true
  return events.map(event => JSON.stringify(isOwn(event) ? { ...event, receiveTimeUs: 0 } : event))
}

function count(events: readonly MarketEvent[], kind: MarketEvent['kind']): number {
  return events.filter(event => event.kind === kind).length
}

function ofKind<K extends MarketEvent['kind']>(events: readonly MarketEvent[], kind: K) {
  return events.filter((event): event is Extract<MarketEvent, { kind: K }> => event.kind === kind)
}

interface Trip {
  readonly live: readonly MarketEvent[]
  readonly replayed: readonly MarketEvent[]
  readonly recording: RecordingSummary
}

/** Records a feed on the simulated exchange while `happen` goes on, and replays that. */
async function roundTrip(
  happen: (exchange: Simulator, live: readonly MarketEvent[]) => Promise<void>,
  options: Partial<FeedOptions> = {},
): Promise<Trip> {
  using folder = new Folder()
  await using exchange = await createSimulator({ venues: ['binance-usdm', 'binance-spot'], seed: 7 })
  const { 'binance-usdm': usdm, 'binance-spot': spot } = exchange.endpoints
  if (usdm === undefined || spot === undefined) throw new Error('the simulator serves both')
  const file = folder.file('both.jsonl.gz')
  const venues = [binanceUsdm({ endpoints: usdm }), binanceSpot({ endpoints: spot })]
  const { feed, finish } = await recordedFeed(venues, file, { backoff: { firstMs: 100, mostMs: 500 }, ...options })
  const live = collect(feed)
  await until('every kind of data', () => count(live, 'book') > 60 && count(live, 'trade') > 60)
  await happen(exchange, live)
  const atEnd = live.length
  await until('data behind it', () => live.length > atEnd + 200)
  await finish()
  await using replay = await createReplay({ file, venues: [binanceUsdm(), binanceSpot()] })
  const replayed = collect(replay)
  expect((await replay.ended).isComplete).toBe(true)
  return { live, replayed, recording: replay.recording }
}

describe('a feed, its recording, and the replay of that', () => {
  it('are the same events in the same order, receive times and snapshots included', async () => {
    const { live, replayed, recording } = await roundTrip(async () => {})
    expect(recording.notes).toEqual([])
    expect(
      recording.channels.filter(each => each.instrument === 'binance-usdm:BTCUSDT').map(each => each.channel),
    ).toEqual(expect.arrayContaining([...CHANNELS]))
    expect(count(replayed, 'gap')).toBe(0)
    expect(lines(replayed)).toEqual(lines(live))
  })

  it('lost sockets: the same gaps, healed or not, between the same events', async () => {
    const { live, replayed } = await roundTrip(async (exchange, events) => {
      for (let round = 1; round <= 2; round++) {
        exchange.faults.dropAll(round === 2 ? 1001 : undefined)
        const books = count(events, 'resync')
        await until('books are back', () => count(events, 'resync') >= books + 3)
        const quotes = count(events, 'quote')
        await until('quotes are back', () => count(events, 'quote') > quotes + 50)
      }
    })
    const gaps = ofKind(replayed, 'gap')
    expect(gaps.filter(gap => gap.channel === 'book' && gap.reason === 'disconnect').length).toBeGreaterThanOrEqual(6)
    expect(gaps.filter(gap => gap.channel === 'quote').length).toBeGreaterThanOrEqual(6)
    expect(count(replayed, 'resync')).toBe(count(live, 'resync'))
    expect(lines(replayed)).toEqual(lines(live))
  })

  it('lost messages: holes are healed by the recorded answers, and declared where nothing heals them', async () => {
    const { live, replayed } = await roundTrip(async (exchange, events) => {
      exchange.faults.skip(3, /^btcusdt@(aggTrade|trade|depth)/)
      await until('a healed hole', () => ofKind(events, 'gap').some(gap => gap.channel === 'trade' && gap.healed))
      await until('a declared hole', () => ofKind(events, 'gap').some(gap => gap.channel === 'rawTrade' && !gap.healed))
      await until('a book that is back', () => count(events, 'resync') > 0)
    })
    const recovered = ofKind(replayed, 'trade').filter(trade => trade.recovered)
    expect(recovered.length).toBeGreaterThanOrEqual(3)
    expect(lines(replayed)).toEqual(lines(live))
  })

  it('sockets that were replaced in time: no gap, each trade once', async () => {
    const { live, replayed } = await roundTrip(
      async exchange => {
        await until(
          'every socket was replaced',
          () => exchange.stats()['binance-spot']?.connectionsAccepted === 3,
          30_000,
        )
      },
      { rotation: { afterMs: 3000, spreadMs: 0 } },
    )
    expect(ofKind(live, 'gap')).toEqual([])
    expect(ofKind(replayed, 'gap')).toEqual([])
    expect(count(replayed, 'resync')).toBe(0)
    const ids = (events: readonly MarketEvent[]): readonly string[] =>
      ofKind(events, 'trade').map(trade => `${trade.instrument} ${trade.channel} ${trade.id} ${trade.price}`)
    const sorted = (events: readonly MarketEvent[]): readonly string[] => [...ids(events)].sort()
    expect(sorted(replayed)).toEqual(sorted(live))
    expect(new Set(ids(replayed)).size).toBe(ids(replayed).length)
  })

  it('two sockets for every stream: no gap, each trade once', async () => {
    const { live, replayed } = await roundTrip(
      async exchange => {
        await until('both are there', () => (exchange.stats()['binance-spot']?.connectionsAccepted ?? 0) >= 2)
      },
      { redundancy: 2 },
    )
    expect(ofKind(live, 'gap')).toEqual([])
    expect(ofKind(replayed, 'gap')).toEqual([])
    expect(count(replayed, 'trade')).toBe(count(live, 'trade'))
  })
})
