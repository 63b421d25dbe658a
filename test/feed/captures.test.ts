import { describe, expect, it } from 'vitest'
import { createFeed } from '../../src/feed/create-feed.ts'
import type { Feed } from '../../src/feed/feed.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import type { InstrumentId } from '../../src/model/instrument.ts'
import { createSimulator } from '../../src/sim/index.ts'
import type { VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceCoinm, binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { binanceRecordings, type Recording } from '../support/capture-files.ts'
import { expectCounts, expectTops, recorded, Tops } from '../support/recorded-facts.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'

const ADAPTERS: Readonly<Record<string, typeof binanceSpot>> = {
  'binance-spot': binanceSpot,
  'binance-us': binanceSpot,
  'binance-usdm': binanceUsdm,
  'binance-coinm': binanceCoinm,
}

const isAbsent = isMissing(capturesFolder)
/** Files of single messages are replayed by captures-messages.test.ts. */
const recordings = isAbsent ? [] : binanceRecordings().connections

function folderOf(entry: Recording): string {
  return entry.file.split('/')[0] ?? ''
}

interface Seen {
  readonly counts: Map<string, number>
  readonly gaps: MarketEvent[]
  readonly tops: Tops
  crossed: number
}

function watchStreams(feed: Feed, instruments: readonly InstrumentId[], entry: Recording, seen: Seen): Promise<void> {
  const wants = [
    ['trade', recorded(entry, '@aggTrade', 'aggTrade')],
    ['rawTrade', recorded(entry, '@trade')],
    ['quote', recorded(entry, '@bookTicker')],
    ['kline:1m', recorded(entry, '@kline_1m')],
    ['markPrice', recorded(entry, '@markPrice@1s')],
  ] as const
  const channels = wants.filter(([, count]) => count > 0).map(([channel]) => channel)
  if (channels.length === 0) return Promise.resolve()
  const observation = feed.observe({ instruments, channels }, event => {
    if (event.kind === 'connection') return
    if (event.kind === 'gap' && event.reason !== 'disconnect') seen.gaps.push(event)
    const name = event.kind === 'trade' ? event.channel : event.kind
    seen.counts.set(name, (seen.counts.get(name) ?? 0) + 1)
    if (event.kind === 'quote') seen.tops.quote(event.instrument, event.sequence ?? 0, event)
  })
  return observation.ready
}

async function watchBook(feed: Feed, instrument: InstrumentId, seen: Seen): Promise<() => number> {
  const book = feed.book(instrument)
  book.onChange(() => {
    const best = book.best()
    if (best === undefined) return
    if (best.bidPrice >= best.askPrice) seen.crossed++
    seen.tops.book(instrument, book.sequence, best)
  })
  await expect.poll(() => feed.status().books.find(status => status.instrument === instrument)?.state).toBeDefined()
  return () => book.stats.applied
}

async function replay(
  entry: Recording,
): Promise<{ readonly seen: Seen; readonly feed: Feed; readonly applied: Map<string, number> }> {
  const simulator = await createSimulator({
    captures: [`${capturesFolder}/${entry.file}`],
    speed: Number.POSITIVE_INFINITY,
    autoStart: false,
  })
  const [[venue, endpoints] = []] = Object.entries(simulator.endpoints)
  if (venue === undefined || endpoints === undefined) throw new Error('the recording serves no venue')
  const adapter: VenueAdapter | undefined = ADAPTERS[folderOf(entry)]?.({ endpoints })
  if (adapter === undefined) throw new Error(`no adapter for ${entry.file}`)
  const feed = createFeed({ venues: [adapter] })
  const seen: Seen = { counts: new Map(), gaps: [], tops: new Tops(), crossed: 0 }
  const instruments = (await feed.instruments()).map(instrument => instrument.id)
  const synced = Object.entries(entry.books ?? {})
    .filter(([, book]) => book.sync === 'exact')
    .map(([symbol]) => symbol)
  await watchStreams(feed, instruments, entry, seen)
  const reads = new Map<string, () => number>()
  for (const instrument of instruments) {
    const symbol = instrument.slice(instrument.indexOf(':') + 1)
    if (synced.includes(symbol)) reads.set(symbol, await watchBook(feed, instrument, seen))
  }
  await expect
    .poll(() => feed.status().streams.every(stream => stream.state !== 'wanted' && stream.state !== 'subscribed'), {
      timeout: 20_000,
    })
    .toBe(true)
  simulator.play()
  await simulator.ended
  // What is still on its way through the sockets arrives before their close frames.
  await expect
    .poll(() => feed.status().connections.every(connection => connection.state !== 'delivering'), { timeout: 20_000 })
    .toBe(true)
  const applied = new Map([...reads].map(([symbol, read]) => [symbol, read()]))
  const failures = feed
    .status()
    .connections.reduce((sum, connection) => sum + connection.decodeFailures + connection.ignored, 0)
  expect(failures, 'frames that could not be read or belong to nobody').toBe(0)
  await feed[Symbol.asyncDispose]()
  await simulator[Symbol.asyncDispose]()
  return { seen, feed, applied }
}

describe.skipIf(isAbsent)('recordings through real sockets', () => {
  it.each(recordings.map(entry => [entry.file, entry] as const))(
    '%s: every event, no gap, true books',
    async (_file, entry) => {
      const { seen, applied } = await replay(entry)
      expect(seen.gaps).toEqual([])
      expect(seen.crossed).toBe(0)
      expectCounts(seen.counts, entry)
      for (const [symbol, book] of Object.entries(entry.books ?? {})) {
        if (book.sync === 'exact')
          expect(applied.get(symbol), `updates applied to ${symbol}`).toBeGreaterThan(0.9 * book.updates - 50)
      }
      expectTops(seen.tops, entry)
    },
    120_000,
  )
})
