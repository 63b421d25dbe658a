import { ConfigError } from '../model/error.ts'
import type { KlineEvent, MarketEvent, TradeEvent } from '../model/event.ts'
import type { FundingSettlement, OpenInterestSample } from '../model/history.ts'
import { type Instrument, type InstrumentId, instrumentId } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { Observation, StreamRequest, SubscribeRequest, Subscription } from '../model/subscribe.ts'
import { AttemptBudget } from '../net/attempt-budget.ts'
import { systemClock } from '../net/clock.ts'
import { fetchHttp } from '../net/http.ts'
import { systemRandom } from '../net/random.ts'
import { socketDial } from '../net/socket-dial.ts'
import { WeightBudget } from '../net/weight-budget.ts'
import type { KlineRange, VenueAdapter } from '../venue/adapter.ts'
import { FeedBookHandle } from './book-handle.ts'
import type { BookHandle, BookOptions, Feed, FeedStatus, PastRange } from './feed.ts'
import { FeedObservation } from './feed-observation.ts'
import type { FeedOptions, FeedTools } from './feed-options.ts'
import { feedStatus } from './feed-status.ts'
import { FeedSubscription } from './feed-subscription.ts'
import { runtimeOf } from './membership.ts'
import { PRIORITY } from './rest-client.ts'
import { VenueRuntime } from './venue-runtime.ts'

const OPEN_INTEREST_PERIOD = '5m'

/**
 * Opens a feed over the given venues. Nothing is connected until something is subscribed.
 * @throws ConfigError when no venue is given, or one twice, or an endpoint is no URL
 * @example
 * await using feed = createFeed({ venues: [binanceUsdm()] })
 * await using trades = feed.subscribe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] })
 * for await (const batch of trades) for (const event of batch) console.log(event)
 */
export function createFeed(options: FeedOptions): Feed {
  return new LiveFeed(options)
}

/** A feed, and what its accounts share with it. */
export interface OpenFeed extends Feed {
  readonly tools: FeedTools
  venue(id: string): VenueRuntime | undefined
  /** The request weight of whoever has this host; undefined when none of the venues does. */
  weightOf(url: string): WeightBudget | undefined
  /** The attempts towards a host, which belong to every socket that leads there. */
  attemptsTo(host: string, adapter: VenueAdapter): AttemptBudget
}

/** As {@link createFeed}, for those who build on a feed. @throws ConfigError */
export function openFeed(options: FeedOptions): OpenFeed {
  return new LiveFeed(options)
}

class LiveFeed implements OpenFeed {
  readonly tools: FeedTools
  private readonly venues = new Map<string, VenueRuntime>()
  private readonly attempts = new Map<string, AttemptBudget>()
  private readonly options: FeedOptions
  private readonly owned = new Set<{ dispose(): void }>()
  private readonly pauseAfterErrors: number
  private observerErrors = 0
  private droppedByEnded = 0
  private isDisposed = false

  constructor(options: FeedOptions) {
    this.options = options
    this.tools = {
      dial: options.dial ?? socketDial,
      http: options.http ?? fetchHttp,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      log: options.log ?? (() => undefined),
    }
    this.pauseAfterErrors = options.pauseAfterErrors ?? 100
    if (!(this.pauseAfterErrors >= 1)) {
      throw new ConfigError(`pauseAfterErrors: expected a number of at least 1, was ${this.pauseAfterErrors}.`)
    }
    if (options.venues.length === 0) throw new ConfigError('venues: expected at least one adapter, received none.')
    const { clock, random } = this.tools
    const store = options.budgets
    const weights = new Map<string, WeightBudget>()
    for (const adapter of options.venues) {
      if (this.venues.has(adapter.id)) throw new ConfigError(`venues: "${adapter.id}" was given twice.`)
      const pool = `${adapter.environment}|${adapter.limits.weightPool}`
      const budgets = {
        weight: entry(weights, pool, () => {
          return new WeightBudget(clock, adapter.limits.weightPerMinute, { store, pool, random })
        }),
        attempts: this.attemptsTo(hostOf(adapter), adapter),
      }
      this.venues.set(adapter.id, new VenueRuntime(adapter, this.tools, options, budgets))
    }
  }

  venue(id: string): VenueRuntime | undefined {
    return this.venues.get(id)
  }

  weightOf(url: string): WeightBudget | undefined {
    const { origin } = new URL(url)
    const owner = [...this.venues.values()].find(({ adapter }) => new URL(adapter.endpoints.rest).origin === origin)
    return owner?.budgets.weight
  }

  attemptsTo(host: string, { limits }: VenueAdapter): AttemptBudget {
    const { clock, random } = this.tools
    return entry(this.attempts, host, () => {
      const shared = { store: this.options.budgets, host, random }
      return new AttemptBudget(clock, limits.connectsPerWindow, limits.connectWindowMs, shared)
    })
  }

  subscribe(request: SubscribeRequest): Subscription {
    this.mustBeOpen()
    const subscription = new FeedSubscription(request, this.venues, this.tools.clock, ended => {
      this.owned.delete(ended)
      this.droppedByEnded += ended.stats().dropped
    })
    this.owned.add(subscription)
    return subscription
  }

  observe(request: StreamRequest, fn: (event: MarketEvent) => void): Observation {
    this.mustBeOpen()
    const report = {
      observerError: (error: unknown) => this.observerFailed(error),
      observerPaused: () => {
        const names = request.instruments.map(String).join(', ')
        this.tools.log('error', `an observer of ${names} failed ${this.pauseAfterErrors} times in a row: it is paused`)
      },
    }
    const { pauseAfterErrors, venues } = this
    const ended = (done: FeedObservation): unknown => this.owned.delete(done)
    const observation = new FeedObservation(request, fn, venues, report, pauseAfterErrors, ended)
    this.owned.add(observation)
    return observation
  }

  book(instrument: InstrumentId | string, options: BookOptions = {}): BookHandle {
    this.mustBeOpen()
    const report = { observerError: (error: unknown) => this.observerFailed(error) }
    const handle = new FeedBookHandle(instrumentId(instrument), options, this.venues, report, ended =>
      this.owned.delete(ended),
    )
    this.owned.add(handle)
    return handle
  }

  status(): FeedStatus {
    return feedStatus([...this.venues.values()], this.tools.clock, {
      owned: [...this.owned],
      droppedByEnded: this.droppedByEnded,
      observerErrors: this.observerErrors,
    })
  }

  async instruments(venue?: string): Promise<readonly Instrument[]> {
    const wanted = venue === undefined ? [...this.venues.values()] : [this.venueNamed(venue)]
    const tables = await Promise.all(wanted.map(runtime => runtime.table.load(runtime.signal)))
    return tables.flatMap(table => [...table.values()])
  }

  async klines(
    range: { readonly instrument: InstrumentId | string } & Omit<KlineRange, 'instrument'>,
  ): Promise<readonly KlineEvent[]> {
    const instrument = instrumentId(range.instrument)
    const runtime = runtimeOf(instrument, this.venues)
    runtime.adapter.resolve(instrument, `kline:${range.interval}`, runtime.table.known)
    return await runtime.rest.read(runtime.adapter.klines, { ...range, instrument }, PRIORITY.history, runtime.signal)
  }

  async recentTrades(instrument: InstrumentId | string, limit: number): Promise<readonly TradeEvent[]> {
    const id = instrumentId(instrument)
    const runtime = runtimeOf(id, this.venues)
    const args = { instrument: id, limit }
    return await runtime.rest.read(runtime.adapter.recentTrades, args, PRIORITY.history, runtime.signal)
  }

  async settledFunding({ instrument, limit }: PastRange): Promise<readonly FundingSettlement[]> {
    const id = instrumentId(instrument)
    const { adapter, rest, signal } = runtimeOf(id, this.venues)
    const { settledFunding } = adapter
    if (settledFunding === undefined) throw new ConfigError(`${adapter.id} has no funding.`)
    return await rest.read(settledFunding, { instrument: id, limit }, PRIORITY.history, signal)
  }

  async openInterestHistory({ instrument, limit }: PastRange): Promise<readonly OpenInterestSample[]> {
    const id = instrumentId(instrument)
    const { adapter, rest, table, signal } = runtimeOf(id, this.venues)
    const { openInterestHistory } = adapter
    if (openInterestHistory === undefined) throw new ConfigError(`${adapter.id} keeps no history of open interest.`)
    const found = (await table.load(signal)).get(id)
    if (found === undefined) throw new ConfigError(`unknown symbol "${id}".`)
    const range = { instrument: found, period: OPEN_INTEREST_PERIOD, limit }
    return await rest.read(openInterestHistory, range, PRIORITY.history, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isDisposed) return
    this.isDisposed = true
    for (const owned of this.owned) owned.dispose()
    for (const runtime of this.venues.values()) runtime.dispose()
    await Promise.resolve()
  }

  private venueNamed(venue: string): VenueRuntime {
    const runtime = this.venues.get(venue)
    if (runtime !== undefined) return runtime
    const known = [...this.venues.keys()]
    throw new ConfigError(`unknown venue "${venue}", this feed has ${known.join(', ')}.`, nearest(venue, known))
  }

  private observerFailed(error: unknown): void {
    this.observerErrors++
    if (this.observerErrors === 1 || this.observerErrors % 1000 === 0) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.tools.log('error', `an observer threw (${this.observerErrors} so far): ${text}`)
    }
  }

  private mustBeOpen(): void {
    if (this.isDisposed) throw new ConfigError('the feed has been disposed.')
  }
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const existing = map.get(key)
  if (existing !== undefined) return existing
  const made = make()
  map.set(key, made)
  return made
}

function hostOf(adapter: VenueAdapter): string {
  const { stream, rest } = adapter.endpoints
  if (!URL.canParse(rest))
    throw new ConfigError(`${adapter.id}: endpoint "rest" expected a URL such as "https://…", was "${rest}".`)
  if (!URL.canParse(stream) || !/^wss?:$/.test(new URL(stream).protocol)) {
    throw new ConfigError(`${adapter.id}: endpoint "stream" expected a URL such as "wss://…", was "${stream}".`)
  }
  return new URL(stream).host
}
