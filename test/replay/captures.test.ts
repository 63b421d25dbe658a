import { describe, expect, it } from 'vitest'
import type { MarketEvent } from '../../src/model/event.ts'
import { createReplay } from '../../src/replay/index.ts'
import type { VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceCoinm, binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { binanceRecordings } from '../support/capture-files.ts'
import { expectCounts, expectTops, Tops } from '../support/recorded-facts.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'

const isAbsent = isMissing(capturesFolder)
const recordings = isAbsent ? [] : binanceRecordings().connections
/** As a command line has them: which of them a recording belongs to is found out. */
const venues = (): readonly VenueAdapter[] => [binanceSpot(), binanceUsdm(), binanceCoinm()]

interface Seen {
  readonly counts: Map<string, number>
  readonly gaps: MarketEvent[]
  readonly tops: Tops
  crossed: number
  /** Changes of a synced book whose best price lies beyond what its only snapshot covered. */
  unknown: number
  lastUs: number
  isOrdered: boolean
}

function see(seen: Seen, event: MarketEvent): void {
  if (event.receiveTimeUs < seen.lastUs) seen.isOrdered = false
  seen.lastUs = event.receiveTimeUs
  if (event.kind === 'gap') seen.gaps.push(event)
  const name = event.kind === 'trade' ? event.channel : event.kind
  seen.counts.set(name, (seen.counts.get(name) ?? 0) + 1)
  if (event.kind === 'quote') seen.tops.quote(event.instrument, event.sequence ?? 0, event)
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
        tops: new Tops(),
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
          seen.tops.book(instrument, book.sequence, best)
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
      expectCounts(seen.counts, entry)
      for (const [symbol, book] of Object.entries(entry.books ?? {})) {
        const count = applied.get(symbol)?.() ?? 0
        if (book.sync === 'exact')
          expect(count, `updates applied to ${symbol}`).toBeGreaterThan(0.9 * book.updates - 50)
        else expect(count, `${symbol} has no snapshot`).toBe(0)
      }
      expectTops(seen.tops, entry, seen.unknown)
    },
    60_000,
  )
})
