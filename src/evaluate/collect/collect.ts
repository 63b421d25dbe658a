import type { BookHandle } from '../../feed/feed.ts'
import type { MarketEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import type { EventSource } from '../../replay/event-source.ts'
import { signalInput } from '../../signal/signal-input.ts'
import type { SignalInstrument } from '../../signal/signal-kind.ts'
import type { EvaluationConfig } from '../evaluation-config.ts'
import { FundingTrack } from '../market/funding-track.ts'
import { PriceTrack } from '../market/price-track.ts'
import { trackBook, trackQuote } from '../market/quote-gauge.ts'
import { Listener } from './listener.ts'
import type { Onset } from './onset.ts'
import type { OutputTrail } from './output-trail.ts'
import { type HeldChannels, type InstrumentPlan, planChannels } from './plan-channels.ts'
import { signalOf } from './subject-signal.ts'
import type { ValueSeries } from './value-series.ts'

const SECOND_US = 1_000_000

/** What one reading of a recording gave. */
export interface Collected {
  readonly prices: ReadonlyMap<InstrumentId, PriceTrack>
  readonly funding: ReadonlyMap<InstrumentId, FundingTrack>
  readonly onsets: readonly Onset[]
  /** By `subject instrument`. */
  readonly values: ReadonlyMap<string, ValueSeries>
  readonly trails: readonly OutputTrail[]
  /** Gaps of any stream that was read. */
  readonly gaps: number
  /** Errors of signals: contained, and told. */
  readonly errors: readonly string[]
  readonly fromUs: number
  readonly untilUs: number
}

export interface CollectOptions {
  /** Not started yet. */
  readonly source: Pick<EventSource, 'observe' | 'book'> & { play(): void; readonly ended: Promise<unknown> }
  readonly held: HeldChannels
  readonly instruments: readonly SignalInstrument[]
  /** The recording was cut off here: up to here it is known that nothing came. */
  readonly untilUs?: number | undefined
  readonly config: Pick<
    EvaluationConfig,
    'subjects' | 'side' | 'cross' | 'sizeQuote' | 'mostPriceAgeMs' | 'latencyMs' | 'computeMs'
  >
}

/** Reads a recording once, to its end. @throws ConfigError when it lacks what a signal or a price needs */
export async function collect(options: CollectOptions): Promise<Collected> {
  const reading = new Reading(options)
  try {
    options.source.play()
    await options.source.ended
    if (options.untilUs !== undefined) reading.moveTo(epochUs(options.untilUs))
    return reading.result()
  } finally {
    await reading[Symbol.asyncDispose]()
  }
}

class Reading implements AsyncDisposable {
  private readonly options: CollectOptions
  private readonly listeners: readonly Listener[]
  private readonly prices = new Map<InstrumentId, PriceTrack>()
  private readonly funding = new Map<InstrumentId, FundingTrack>()
  private readonly books = new Map<InstrumentId, BookHandle>()
  private readonly onsets: Onset[] = []
  private fromUs: number | undefined
  private nowUs = 0
  private gaps = 0

  constructor(options: CollectOptions) {
    this.options = options
    const { config, instruments } = options
    this.listeners = config.subjects.flatMap((subject, number) =>
      instruments.map(instrument => {
        const signal = signalOf(subject, instrument, instruments)
        return new Listener({ subject: number, signal, config, onsets: this.onsets })
      }),
    )
    const needs = this.listeners.flatMap(listener => listener.needs)
    const plans = planChannels(instruments, needs, options.held, config.sizeQuote !== undefined)
    for (const plan of plans) this.observe(plan)
  }

  result(): Collected {
    const { prices, funding, onsets, gaps, listeners } = this
    for (const track of prices.values()) track.reach(this.nowUs)
    return {
      prices,
      funding,
      onsets,
      values: new Map(listeners.map(listener => [listener.key, listener.values] as const)),
      trails: listeners.map(listener => listener.trail),
      errors: [...new Set(listeners.flatMap(listener => listener.errors))],
      gaps,
      fromUs: this.fromUs ?? 0,
      untilUs: this.nowUs,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.books.values()].map(book => book[Symbol.asyncDispose]()))
  }

  private observe(plan: InstrumentPlan): void {
    const { id, channels, traded } = plan
    const { source, config } = this.options
    if (channels.includes('book')) this.books.set(id, source.book(id))
    if (traded !== undefined) {
      this.prices.set(id, new PriceTrack(config.mostPriceAgeMs))
      this.funding.set(id, new FundingTrack())
    }
    source.observe({ instruments: [id], channels, levels: 0 }, event => this.take(event, plan))
  }

  private take(event: MarketEvent, plan: InstrumentPlan): void {
    this.moveTo(event.receiveTimeUs)
    this.price(event, plan)
    const input = signalInput(event, this.books.get(plan.id))
    if (input === undefined) return
    for (const listener of this.listeners) listener.accept(input, this.nowUs)
  }

  /** Time has passed, with or without an event. */
  moveTo(receiveTimeUs: EpochUs): void {
    const before = Math.floor(this.nowUs / SECOND_US)
    this.fromUs ??= receiveTimeUs
    const previousUs = this.nowUs
    this.nowUs = Math.max(this.nowUs, receiveTimeUs)
    if (Math.floor(this.nowUs / SECOND_US) === before) return
    for (const listener of this.listeners) listener.advance(receiveTimeUs, previousUs)
  }

  private price(event: MarketEvent, { id, traded }: InstrumentPlan): void {
    if (event.kind === 'gap' && !event.healed) this.gaps++
    const track = this.prices.get(id)
    if (traded === undefined || track === undefined) return
    const { priceFrom, instrument } = traded
    const book = this.books.get(id)
    if (event.kind === 'gap' && event.channel === priceFrom) track.lose(this.nowUs)
    else if (event.kind === 'markPrice') this.funding.get(id)?.add(this.nowUs, event.fundingTimeUs, event.fundingRate)
    else if (event.kind === 'quote' && priceFrom === 'quote') trackQuote(track, event)
    else if (event.kind === 'book' && priceFrom === 'book' && book !== undefined)
      trackBook(track, book, this.nowUs, instrument, this.options.config.sizeQuote)
  }
}
