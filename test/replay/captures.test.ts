import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../src/model/event.ts'
import { createReplay } from '../../src/replay/index.ts'
import type { VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceCoinm, binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { binanceRecordings, type Recording } from '../support/capture-files.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'

const isAbsent = isMissing(capturesFolder)
const recordings = isAbsent ? [] : binanceRecordings().connections
/** As a command line has them: which of them a recording belongs to is found out. */
const venues = (): readonly VenueAdapter[] => [binanceSpot(), binanceUsdm(), binanceCoinm()]

function recorded(entry: Recording, ...names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (entry.streams[name] ?? 0), 0)
}

/** Newest quotes and book tops of one instrument, by update id. */
interface Tops {
  readonly quotes: Map<number, string>
  readonly tops: Map<number, string>
}

interface Seen {
  readonly counts: Map<string, number>
  readonly gaps: MarketEvent[]
  readonly tops: Map<string, Tops>
  crossed: number
  /** Changes of a synced book whose best price lies beyond what its only snapshot covered. */
  unknown: number
  lastUs: number
  isOrdered: boolean
}

function topsOf(seen: Seen, instrument: string): Tops {
  let tops = seen.tops.get(instrument)
  if (tops === undefined) seen.tops.set(instrument, (tops = { quotes: new Map(), tops: new Map() }))
  return tops
}

/** A quote is sent at every change of the best prices: the newest one inside the ids of a book's update is the top after it. */
function compareTops(seen: Seen): { readonly compared: number; readonly equal: number } {
  let compared = 0
  let equal = 0
  for (const { quotes, tops } of seen.tops.values()) {
    const sorted = [...quotes].sort((a, b) => a[0] - b[0])
    let at = 0
    let previous = Number.NEGATIVE_INFINITY
    for (const [sequence, top] of tops) {
      while (at + 1 < sorted.length && (sorted[at + 1]?.[0] ?? 0) <= sequence) at++
      const [id, quote] = sorted[at] ?? [Number.NaN, '']
      if (id > previous && id <= sequence) {
        compared++
        if (quote === top) equal++
      }
      previous = sequence
    }
  }
  return { compared, equal }
}

function see(seen: Seen, event: MarketEvent): void {
  if (event.receiveTimeUs < seen.lastUs) seen.isOrdered = false
  seen.lastUs = event.receiveTimeUs
  if (event.kind === 'gap') seen.gaps.push(event)
  const name = event.kind === 'trade' ? event.channel : event.kind
  seen.counts.set(name, (seen.counts.get(name) ?? 0) + 1)
  if (event.kind !== 'quote') return
  const top = `${event.bidPrice} ${event.bidQuantity} ${event.askPrice} ${event.askQuantity}`
  topsOf(seen, event.instrument).quotes.set(event.sequence ?? 0, top)
}

describe.skipIf(isAbsent)('recordings without sockets', () => {
  it.each(recordings.map(entry => [entry.file, entry] as const))(
    '%s: every event, no gap, true books',
    async (_file, entry) => {
      await using replay = await createReplay({
        file: `${capturesFolder}/${entry.file}`,
        venues: venues(),
        autoStart: false,
      })
      const seen: Seen = {
        counts: new Map(),
        gaps: [],
        tops: new Map(),
        crossed: 0,
        unknown: 0,
        lastUs: 0,
        isOrdered: true,
      }
      const applied = new Map<string, () => number>()
      for (const { instrument, channel } of replay.recording.channels) {
        if (channel !== 'book') {
          replay.observe({ instruments: [instrument], channels: [channel] }, event => see(seen, event))
          continue
        }
        const book = replay.book(instrument)
        book.ready.catch(() => undefined)
        applied.set(instrument.slice(instrument.indexOf(':') + 1), () => book.stats.applied)
        book.onChange(() => {
          const best = book.best()
          if (best === undefined && book.state === 'synced') seen.unknown++
          if (best === undefined) return
          if (best.bidPrice >= best.askPrice) seen.crossed++
          const top = `${best.bidPrice} ${best.bidQuantity} ${best.askPrice} ${best.askQuantity}`
          topsOf(seen, instrument).tops.set(book.sequence, top)
        })
      }
      replay.play()
      const report = await replay.ended
      expect(report.isComplete).toBe(true)
      expect(report.lines).toBe(replay.recording.lines)
      const { connections } = replay.status()
      expect(connections.reduce((sum, each) => sum + each.decodeFailures + each.ignored, 0)).toBe(0)
      expect(seen.gaps).toEqual([])
      expect(seen.crossed).toBe(0)
      expect(seen.isOrdered).toBe(true)
      expect(seen.counts.get('trade') ?? 0).toBe(recorded(entry, '@aggTrade', 'aggTrade'))
      expect(seen.counts.get('rawTrade') ?? 0).toBe(recorded(entry, '@trade'))
      expect(seen.counts.get('quote') ?? 0).toBe(recorded(entry, '@bookTicker'))
      expect(seen.counts.get('kline') ?? 0).toBe(recorded(entry, '@kline_1m'))
      expect(seen.counts.get('markPrice') ?? 0).toBe(recorded(entry, '@markPrice@1s'))
      for (const [symbol, book] of Object.entries(entry.books ?? {})) {
        const count = applied.get(symbol)?.() ?? 0
        if (book.sync === 'exact')
          expect(count, `updates applied to ${symbol}`).toBeGreaterThan(0.9 * book.updates - 50)
        else expect(count, `${symbol} has no snapshot`).toBe(0)
      }
      const { compared, equal } = compareTops(seen)
      const books = Object.values(entry.books ?? {})
      const expected = books.reduce((sum, book) => sum + (book.top_match ?? 0), 0)
      const different = books.reduce((sum, book) => sum + (book.top_mismatch ?? 0), 0)
      expect(compared - equal, 'tops that differ from the quote of the same update id').toBeLessThanOrEqual(different)
      expect(equal + seen.unknown).toBeGreaterThanOrEqual(expected - different)
    },
    60_000,
  )
})
