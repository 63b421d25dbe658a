import { AbortedError, ConfigError } from '../model/error.ts'
import type { KlineEvent, MarketEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { Observation } from '../model/subscribe.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { type Clock, systemClock } from '../net/clock.ts'
import { createSignals, type SignalEngine } from '../signal/engine.ts'
import type { Signal, SignalHistory, SignalInput, SignalNeed, SignalOutput } from '../signal/signal.ts'
import type { BookHandle, BookOptions, Feed } from './feed.ts'

/** Rows of one page of candle history. */
const PAGE = 1000
/** Most inputs that wait while history is fetched; beyond that signals start without it. */
const MOST_WAITING = 500_000
const SECOND_US = 1_000_000

/** What signals are fed from: a feed, or a replay, which has no history to ask for. */
export type SignalSource = Pick<Feed, 'observe' | 'book'> & Partial<Pick<Feed, 'klines'>>

export interface LiveSignalsOptions {
  readonly signals: readonly Signal[]
  readonly onOutput: (output: SignalOutput) => void
  /** A signal threw (contained and counted), or candle history could not be had (signals then warm up from the stream). */
  readonly onError?: (error: unknown, signal: Signal | undefined) => void
  /** Candle history for signals that want it, where the source has it. @default true */
  readonly preload?: boolean
  /** What tells that seconds pass: the clock, or only the inputs themselves, as in a replay. @default 'clock' */
  readonly seconds?: 'clock' | 'inputs'
  readonly book?: BookOptions
  readonly clock?: Clock
}

export interface LiveSignals extends AsyncDisposable {
  /** Resolves when every stream is acknowledged and history has been taken; rejects with what was refused. */
  readonly ready: Promise<void>
  readonly engine: SignalEngine
}

/**
 * Runs signals on a live feed: observes what they need, keeps their books, brings candle history first, and tells them every
 * second of silence.
 * @throws ConfigError before anything is sent, for a stream that a venue does not have
 * @example
 * await using live = liveSignals(feed, { signals: [createSignal('flow.cvd', btc)], onOutput: console.log })
 */
export function liveSignals(source: SignalSource, options: LiveSignalsOptions): LiveSignals {
  return new RunningSignals(source, options)
}

class RunningSignals implements LiveSignals {
  readonly ready: Promise<void>
  readonly engine: SignalEngine
  private readonly source: SignalSource
  private readonly options: LiveSignalsOptions
  private readonly clock: Clock
  private readonly observations: Observation[] = []
  private readonly books: BookHandle[] = []
  private timer: Disposable | undefined
  /** What came while history was fetched. */
  private waiting: SignalInput[] | undefined
  private isDisposed = false

  constructor(source: SignalSource, options: LiveSignalsOptions) {
    this.source = source
    this.options = options
    this.clock = options.clock ?? systemClock
    this.engine = createSignals({ signals: options.signals, onOutput: options.onOutput, onError: options.onError })
    if (this.wantsHistory) this.waiting = []
    try {
      for (const [instrument, needs] of needsByInstrument(this.engine)) this.observe(instrument, needs)
    } catch (error) {
      this.release()
      throw error
    }
    this.ready = this.start()
    // Whoever does not await it must not crash for it: the refusal stands in the feed's status, too.
    this.ready.catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    await Promise.resolve()
  }

  /**
   * One observer per instrument, so that events keep their order. Of a book no level is copied: the event only tells that it
   * changed, and signals read the book itself.
   */
  private observe(instrument: InstrumentId, needs: readonly SignalNeed[]): void {
    const book = needs.includes('book') ? this.source.book(instrument, this.options.book) : undefined
    if (book !== undefined) this.books.push(book)
    const request = { instruments: [instrument], channels: needs, levels: 0 }
    this.observations.push(this.source.observe(request, event => this.take(event, book)))
  }

  private take(event: MarketEvent, book: BookHandle | undefined): void {
    switch (event.kind) {
      case 'trade':
      case 'quote':
      case 'kline':
      case 'markPrice':
      case 'openInterest':
      case 'liquidation':
      case 'gap':
      case 'resync':
        this.accept(event)
        return
      case 'book':
        // A book is read in place: what it was while history was fetched is past.
        if (book !== undefined && this.waiting === undefined) this.bookChanged(book)
        return
      case 'bookDelta':
      case 'depth':
      case 'ticker':
      case 'status':
      case 'raw':
      case 'connection':
    }
  }

  private bookChanged(book: BookHandle): void {
    const { instrument, exchangeTimeUs, receiveTimeUs } = book
    this.engine.accept({ kind: 'bookState', instrument, exchangeTimeUs, receiveTimeUs, book })
  }

  private accept(input: SignalInput): void {
    const { waiting } = this
    if (waiting === undefined) this.engine.accept(input)
    else if (waiting.push(input) >= MOST_WAITING) {
      this.report(new ConfigError(`preload: ${MOST_WAITING} events came before the history of candles did.`))
      this.flush()
    }
  }

  private get wantsHistory(): boolean {
    return (this.options.preload ?? true) && this.source.klines !== undefined && this.engine.history().length > 0
  }

  private async start(): Promise<void> {
    if (!this.wantsHistory) this.arm()
    await Promise.all(this.observations.map(observation => observation.ready))
    if (this.wantsHistory) {
      // Only what is fetched after the streams are acknowledged leaves no hole before their first event.
      for (const wanted of this.engine.history()) await this.preload(wanted)
    }
    if (this.isDisposed) throw new AbortedError('the signals were disposed before they had started')
    if (this.timer === undefined) this.arm()
    if (this.waiting !== undefined) this.flush()
  }

  private async preload(wanted: SignalHistory & { readonly instrument: InstrumentId }): Promise<void> {
    if (this.isDisposed || this.waiting === undefined) return
    try {
      const candles = await this.history(wanted)
      if (!this.isDisposed && this.waiting !== undefined) this.engine.preload(candles)
    } catch (error) {
      this.report(error)
    }
  }

  /** Page by page from the newest backwards; closed candles only, oldest first. */
  private async history(wanted: SignalHistory & { readonly instrument: InstrumentId }): Promise<readonly KlineEvent[]> {
    const { instrument, interval } = wanted
    let found: readonly KlineEvent[] = []
    let endTimeUs: EpochUs | undefined
    while (found.length < wanted.candles && !this.isDisposed) {
      // One more than needed, because the newest one may still be open.
      const limit = Math.min(PAGE, wanted.candles - found.length + 1)
      const until = endTimeUs === undefined ? {} : { endTimeUs }
      const rows = (await this.source.klines?.({ instrument, interval, limit, ...until })) ?? []
      const [first] = rows
      if (first === undefined) break
      const closed = rows.filter(row => row.closed && (endTimeUs === undefined || row.openTimeUs <= endTimeUs))
      found = [...closed, ...found]
      endTimeUs = epochUs(first.openTimeUs - 1)
      if (rows.length < limit) break
    }
    return found.slice(-wanted.candles).map(row => ({ ...row, recovered: true }))
  }

  private flush(): void {
    const waiting = this.waiting ?? []
    this.waiting = undefined
    for (const input of waiting) this.engine.accept(input)
    for (const book of this.books) if (book.state === 'synced') this.bookChanged(book)
  }

  /** At every whole second of the clock that also stamps events. */
  private arm(): void {
    if (this.isDisposed || this.options.seconds === 'inputs') return
    const untilNextMs = (SECOND_US - (this.clock.nowUs() % SECOND_US)) / 1000
    this.timer = this.clock.setTimer(untilNextMs, () => {
      this.engine.advance(this.clock.nowUs())
      this.arm()
    })
  }

  private report(error: unknown): void {
    this.options.onError?.(error, undefined)
  }

  private release(): void {
    if (this.isDisposed) return
    this.isDisposed = true
    this.timer?.[Symbol.dispose]()
    for (const observation of this.observations) observation[Symbol.dispose]()
    for (const book of this.books) void book[Symbol.asyncDispose]()
    this.waiting = undefined
  }
}

function needsByInstrument(engine: SignalEngine): ReadonlyMap<InstrumentId, readonly SignalNeed[]> {
  const found = new Map<InstrumentId, SignalNeed[]>()
  for (const { instrument, need } of engine.needs()) found.set(instrument, [...(found.get(instrument) ?? []), need])
  return found
}
