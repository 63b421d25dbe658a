import { AbortedError, ConfigError, errorLine } from '../model/error.ts'
import type { ConnectionState, MarketEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { Observation } from '../model/subscribe.ts'
import { type Clock, systemClock } from '../net/clock.ts'
import { createSignals, type NeededStream, type SignalEngine } from '../signal/engine.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutput } from '../signal/signal.ts'
import { signalInput } from '../signal/signal-input.ts'
import { streamKey } from '../signal/stream-key.ts'
import { candleHistory, type WantedHistory } from './candle-history.ts'
import type { BookHandle, BookOptions, Feed } from './feed.ts'
import { StreamDoubts } from './stream-doubts.ts'

/** Most inputs that wait while history is fetched; beyond that signals start without it. */
const MOST_WAITING = 500_000
const SECOND_US = 1_000_000

/** What a stream's socket says when it may have missed something. */
const LOST: ReadonlySet<ConnectionState> = new Set(['waiting', 'stale', 'closed'])

/** What signals are fed from: a feed, or a replay, which has no history to ask for. */
export type SignalSource = Pick<Feed, 'observe' | 'book'> & Partial<Pick<Feed, 'klines' | 'status'>>

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
  /**
   * Resolves when every stream is acknowledged or refused and history has been taken; rejects with what was refused when no
   * signal is left.
   */
  readonly ready: Promise<void>
  readonly engine: SignalEngine
  /** Signals that lack a stream, and why. Each has said so once, by a value with a `reason`; the others go on. */
  readonly refused: ReadonlyMap<Signal, string>
}

/** One channel of one instrument that is listened to. */
interface Stream extends NeededStream {
  readonly observation: Observation
  readonly book: BookHandle | undefined
}

/**
 * Runs signals on a live feed: observes what they need, keeps their books, brings candle history first, and tells them every
 * second of silence. A signal whose stream is refused says so and ends; the others go on.
 * @throws ConfigError before anything is sent, when the venues lack a stream of every signal
 * @example
 * await using live = liveSignals(feed, { signals: [createSignal('flow.cvd', btc)], onOutput: console.log })
 */
export function liveSignals(source: SignalSource, options: LiveSignalsOptions): LiveSignals {
  return new RunningSignals(source, options)
}

class RunningSignals implements LiveSignals {
  readonly ready: Promise<void>
  readonly engine: SignalEngine
  readonly refused = new Map<Signal, string>()
  private readonly source: SignalSource
  private readonly options: LiveSignalsOptions
  private readonly clock: Clock
  private readonly doubts: StreamDoubts
  private streams: readonly Stream[] = []
  private timer: Disposable | undefined
  private firstRefusal: unknown
  /** What came while history was fetched. */
  private waiting: SignalInput[] | undefined
  private isDisposed = false

  constructor(source: SignalSource, options: LiveSignalsOptions) {
    this.source = source
    this.options = options
    const { signals, onOutput, onError, clock = systemClock } = options
    this.clock = clock
    this.engine = createSignals({
      signals,
      onOutput,
      onError,
      behind: () => this.doubts.now(),
      nowUs: options.seconds === 'inputs' ? undefined : () => clock.nowUs(),
    })
    const needs = this.engine.needs()
    this.doubts = new StreamDoubts(
      source,
      options.seconds === 'inputs' ? undefined : clock,
      needs.map(({ instrument, need }) => streamKey(instrument, need)),
    )
    if (this.wantsHistory) this.waiting = []
    this.ready = this.start(this.observeAll(needs))
    // Whoever does not await it must not crash for it: the refusal stands in the feed's status, too.
    this.ready.catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    await Promise.resolve()
  }

  /** What was refused at once. @throws ConfigError when that leaves no signal */
  private observeAll(needs: readonly NeededStream[]): readonly Refusal[] {
    const refusals: Refusal[] = []
    for (const { instrument, need } of needs) {
      try {
        this.observe(instrument, need)
      } catch (error) {
        refusals.push({ instrument, need, error })
      }
    }
    const [first] = refusals
    const { signals } = this.options
    if (first !== undefined && signals.every(signal => refusals.some(refusal => isFedBy(signal, refusal)))) {
      this.release()
      throw first.error
    }
    return refusals
  }

  /**
   * An observer per stream, so that one that is refused leaves the others: they are called in the order of the events all the
   * same. Of a book no level is copied: the event only tells that it changed, and signals read the book itself.
   */
  private observe(instrument: InstrumentId, need: SignalNeed): void {
    const book = need === 'book' ? this.source.book(instrument, this.options.book) : undefined
    const request = { instruments: [instrument], channels: [need], levels: 0 }
    const observation = this.source.observe(request, event => this.take(event, instrument, need, book))
    this.streams = [...this.streams, { instrument, need, observation, book }]
  }

  private take(event: MarketEvent, instrument: InstrumentId, need: SignalNeed, book: BookHandle | undefined): void {
    if (event.kind === 'connection' && LOST.has(event.state)) this.doubts.lost(instrument, need)
    const input = signalInput(event, book)
    if (input === undefined) return
    const { waiting } = this
    if (waiting === undefined) this.engine.accept(input)
    // A book is read in place: what it was while history was fetched is past.
    else if (input.kind !== 'bookState' && waiting.push(input) >= MOST_WAITING) {
      this.report(new ConfigError(`preload: ${MOST_WAITING} events came before the history of candles did.`))
      this.flush()
    }
    this.doubts.spoke(instrument, need, input.receiveTimeUs, isLive(input))
  }

  private get wantsHistory(): boolean {
    return (this.options.preload ?? true) && this.source.klines !== undefined && this.engine.history().length > 0
  }

  private async start(refusals: readonly Refusal[]): Promise<void> {
    if (!this.wantsHistory) this.arm()
    // Whoever listens has not got this object yet.
    await Promise.resolve()
    for (const refusal of refusals) this.refuse(refusal)
    await Promise.all(this.streams.map(stream => this.acknowledged(stream)))
    if (this.engine.status().length === 0 && this.firstRefusal !== undefined) {
      this.release()
      throw this.firstRefusal
    }
    if (this.waiting !== undefined) {
      // Only what is fetched after the streams are acknowledged leaves no hole before their first event.
      for (const wanted of this.engine.history()) await this.preload(wanted)
    }
    if (this.isDisposed) throw new AbortedError('the signals were disposed before they had started')
    if (this.timer === undefined) this.arm()
    if (this.waiting !== undefined) this.flush()
  }

  private async acknowledged({ instrument, need, observation }: Stream): Promise<void> {
    try {
      await observation.ready
    } catch (error) {
      this.refuse({ instrument, need, error })
    }
  }

  /** Ends the signals that need the stream, and what only they needed. */
  private refuse(refusal: Refusal): void {
    if (this.isDisposed) return
    this.firstRefusal ??= refusal.error
    const { instrument, need, error } = refusal
    const reason = `${instrument} ${need} was refused: ${errorLine(error)}`
    for (const { signal } of this.engine.status()) {
      if (!isFedBy(signal, refusal)) continue
      this.refused.set(signal, reason)
      this.engine.refuse(signal, reason, this.clock.nowUs())
    }
    const needed = new Set(this.engine.needs().map(stream => streamKey(stream.instrument, stream.need)))
    const isNeeded = (stream: Stream): boolean => needed.has(streamKey(stream.instrument, stream.need))
    for (const stream of this.streams) if (!isNeeded(stream)) close(stream)
    this.streams = this.streams.filter(isNeeded)
  }

  private async preload(wanted: WantedHistory): Promise<void> {
    if (this.isDisposed || this.waiting === undefined) return
    try {
      const candles = await candleHistory(this.source, wanted, () => this.isDisposed)
      if (!this.isDisposed && this.waiting !== undefined) this.engine.preload(candles)
    } catch (error) {
      this.report(error)
    }
  }

  private flush(): void {
    const waiting = this.waiting ?? []
    this.waiting = undefined
    for (const input of waiting) this.engine.accept(input)
    for (const { book } of this.streams) {
      if (book?.state !== 'synced') continue
      const { instrument, exchangeTimeUs, receiveTimeUs } = book
      this.engine.accept({ kind: 'bookState', instrument, exchangeTimeUs, receiveTimeUs, book })
    }
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
    for (const stream of this.streams) close(stream)
    this.streams = []
    this.waiting = undefined
  }
}

interface Refusal extends NeededStream {
  readonly error: unknown
}

/** Read from the socket just now, unlike what is fetched and what is said of it. */
function isLive(input: SignalInput): boolean {
  if (input.kind === 'gap' || input.kind === 'resync') return false
  return !('recovered' in input && input.recovered === true)
}

function isFedBy(signal: Signal, { instrument, need }: NeededStream): boolean {
  return signal.instruments.includes(instrument) && signal.needs.includes(need)
}

function close({ observation, book }: Stream): void {
  observation[Symbol.dispose]()
  if (book !== undefined) void book[Symbol.asyncDispose]()
}
