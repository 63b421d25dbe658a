import { describe, expect, it } from 'vitest'
import type { OrderBook } from '../../src/book/index.ts'
import { BookSync } from '../../src/book/index.ts'
import type { BookDelta, BookSnapshot } from '../../src/model/book-levels.ts'
import type { QuoteEvent } from '../../src/model/event.ts'
import type { InstrumentId } from '../../src/model/instrument.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import type { EpochUs } from '../../src/model/time.ts'
import { epochUsFromMs } from '../../src/model/time.ts'
import type { InboundSink, StreamSpec, VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceAdapter } from '../../src/venue/binance/binance-adapter.ts'
import { decodeWhole } from '../support/decode-whole.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import type { CaptureFile, CaptureLine } from '../venue/capture-lines.ts'
import { binanceCaptures, captureLines, streamsIn } from '../venue/capture-lines.ts'

interface Expected {
  readonly books: number
  readonly updates: number
  /** Tops equal to the quote of the same update id, and how many such pairs there are. */
  readonly equal: number
  readonly compared: number
}

/**
 * Updates as the captures' README counts them; tops compared with the last recorded quote whose id lies inside the
 * update. The three that differ end on a change whose quote is not in the recording. Single messages and recordings
 * without a snapshot have no book.
 */
const EXPECTED: ReadonlyMap<string, Expected> = new Map([
  ['binance-coinm/btcusd_perp-20240808', { books: 1, updates: 44795, equal: 13808, compared: 13808 }],
  ['binance-coinm/multi10-20210721', { books: 10, updates: 2047, equal: 647, compared: 648 }],
  ['binance-spot/btcusdt-20240808', { books: 1, updates: 6495, equal: 5735, compared: 5737 }],
  ['binance-spot/ethbtc-20201101T09', { books: 1, updates: 3600, equal: 0, compared: 0 }],
  ['binance-spot/multi3-20210404', { books: 3, updates: 2688, equal: 0, compared: 0 }],
  ['binance-spot/multi4-20211011', { books: 4, updates: 177, equal: 51, compared: 51 }],
  ['binance-spot/nexousdt-20240723-24', { books: 1, updates: 68182, equal: 18413, compared: 18413 }],
  ['binance-us/multi10-20210405', { books: 10, updates: 3196, equal: 1507, compared: 1507 }],
  ['binance-usdm/btcusdt-20230404', { books: 1, updates: 16110, equal: 9698, compared: 9698 }],
  ['binance-usdm/btcusdt-20240808', { books: 1, updates: 6551, equal: 5702, compared: 5702 }],
  ['binance-usdm/multi4-20210722', { books: 4, updates: 764, equal: 237, compared: 237 }],
  ['binance-usdm/multi5-20210405', { books: 5, updates: 4423, equal: 1436, compared: 1436 }],
])

/** Lets the test see the touch that is held even where the book itself calls it unknown. */
class OpenBook extends BookSync {
  get touch(): OrderBook {
    return this.book
  }
}

/** One recorded symbol: its book, the snapshot it asked for, and how often its touch equalled the recorded quote. */
class RecordedBook {
  readonly sync: OpenBook
  epoch: number | undefined
  updates = 0
  gaps = 0
  equal = 0
  compared = 0
  /** Synced, while what can be read contradicted the recorded quote. */
  wrong = 0
  /** Every quote of the recording, ascending by update id. */
  quotes: readonly QuoteEvent[] = []
  private at = 0
  private newest: Pick<BookDelta, 'first' | 'last'> | undefined

  constructor(instrument: InstrumentId, adapter: VenueAdapter) {
    this.sync = new OpenBook(instrument, adapter.book)
  }

  onDelta(delta: BookDelta, receiveTimeUs: EpochUs): void {
    this.updates++
    for (const effect of this.sync.onDelta(delta, receiveTimeUs)) {
      if (effect.do === 'fetchSnapshot') this.epoch = effect.epoch
      if (effect.do === 'gap') this.gaps++
    }
    this.newest = { first: delta.first, last: delta.last }
    if (this.sync.state === 'synced') this.compareNewest()
  }

  onSnapshot(snapshot: BookSnapshot, receiveTimeUs: EpochUs): void {
    if (this.epoch === undefined) {
      for (const effect of this.sync.start()) if (effect.do === 'fetchSnapshot') this.epoch = effect.epoch
    }
    for (const effect of this.sync.onSnapshot(snapshot, this.epoch ?? -1, receiveTimeUs)) {
      if (effect.do === 'synced') this.compareNewest()
    }
  }

  private compareNewest(): void {
    const quote = this.newest === undefined ? undefined : this.lastQuoteWithin(this.newest)
    if (quote !== undefined) this.compare(quote)
  }

  /** The last quote inside an update's ids must be the touch after it, whichever of the two arrived first. */
  private lastQuoteWithin(delta: Pick<BookDelta, 'first' | 'last'>): QuoteEvent | undefined {
    while ((this.quotes[this.at]?.sequence ?? Number.POSITIVE_INFINITY) <= delta.last) this.at++
    const quote = this.quotes[this.at - 1]
    return quote !== undefined && (quote.sequence ?? -1) >= delta.first ? quote : undefined
  }

  private compare(quote: QuoteEvent): void {
    const { touch } = this.sync
    if (this.sync.state !== 'synced') return
    this.compared++
    const isSame =
      touch.bidPrice === quote.bidPrice &&
      touch.bidQuantity === quote.bidQuantity &&
      touch.askPrice === quote.askPrice &&
      touch.askQuantity === quote.askQuantity
    if (isSame) this.equal++
    const best = this.sync.best()
    if (isSame && best !== undefined && best.bidPrice !== quote.bidPrice) this.wrong++
  }
}

const NO_SINK: InboundSink = {
  event() {},
  delta() {},
  ack() {},
  rejected() {},
  reply() {},
  goingAway() {},
  ignored() {},
}

class Replay implements InboundSink {
  readonly books = new Map<InstrumentId, RecordedBook>()
  receiveTimeUs: EpochUs = epochUsFromMs(0)
  private readonly adapter: VenueAdapter

  constructor(file: CaptureFile) {
    this.adapter = binanceAdapter(file.market, {})
  }

  run(lines: readonly CaptureLine[], streams: readonly StreamSpec[]): void {
    const decoder = this.adapter.openDecoder('')
    for (const stream of streams) {
      decoder.add(stream)
      if (stream.channel === 'book' && stream.instrument !== undefined) {
        this.books.set(stream.instrument, new RecordedBook(stream.instrument, this.adapter))
      }
    }
    this.collectQuotes(lines, streams)
    for (const line of lines) {
      if (line.dir !== 'in' || line.msg === '') continue
      this.receiveTimeUs = epochUsFromMs(line.receiveTimeMs)
      if (line.conn === 'rest') this.rest(line)
      else decodeWhole(decoder, Buffer.from(line.msg), this.receiveTimeUs, this)
    }
  }

  private collectQuotes(lines: readonly CaptureLine[], streams: readonly StreamSpec[]): void {
    const decoder = this.adapter.openDecoder('')
    for (const stream of streams) if (stream.channel === 'quote') decoder.add(stream)
    const quotes = new Map<InstrumentId, QuoteEvent[]>()
    const sink: InboundSink = {
      ...NO_SINK,
      event(_, event) {
        if (event.kind !== 'quote') return
        const list = quotes.get(event.instrument)
        if (list === undefined) quotes.set(event.instrument, [event])
        else list.push(event)
      },
    }
    for (const { conn, dir, msg } of lines) {
      if (dir === 'in' && conn !== 'rest' && msg.includes('ookTicker'))
        decodeWhole(decoder, Buffer.from(msg), this.receiveTimeUs, sink)
    }
    for (const [instrument, book] of this.books) {
      book.quotes = (quotes.get(instrument) ?? []).sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0))
    }
  }

  private rest(line: CaptureLine): void {
    const url = new URL(line.url)
    if (!url.pathname.endsWith('/depth')) return
    const instrument = instrumentId(`${this.adapter.id}:${url.searchParams.get('symbol') ?? ''}`)
    const book = this.books.get(instrument)
    if (book === undefined) return
    const args = { instrument, limit: Number(url.searchParams.get('limit')) }
    const snapshot = this.adapter.book.snapshot.parse(line.msg, this.receiveTimeUs, args)
    book.onSnapshot(snapshot, this.receiveTimeUs)
  }

  event(): void {}

  delta(stream: StreamSpec, delta: BookDelta): void {
    if (stream.instrument !== undefined) this.books.get(stream.instrument)?.onDelta(delta, this.receiveTimeUs)
  }

  ack(): void {}
  rejected(): void {}
  reply(): void {}
  goingAway(): void {}
  ignored(): void {}
}

describe.skipIf(isMissing(capturesFolder))('recorded books (needs the captures folder)', () => {
  for (const file of binanceCaptures()) {
    const expected = EXPECTED.get(file.name)
    if (expected === undefined) continue
    it(`F:E04 ${file.name}: follows every update, never crossed, top as quoted`, () => {
      const lines = captureLines(file.name)
      const replay = new Replay(file)
      replay.run(lines, streamsIn(lines, file.market))
      const books = [...replay.books.values()]
      const sum = (of: (book: RecordedBook) => number): number => books.reduce((total, book) => total + of(book), 0)
      expect({
        books: books.length,
        updates: sum(book => book.updates),
        gaps: sum(book => book.gaps),
        synced: books.filter(book => book.sync.state === 'synced').length,
        equal: sum(book => book.equal),
        compared: sum(book => book.compared),
      }).toEqual({ ...expected, gaps: 0, synced: expected.books })
    })
  }
})
