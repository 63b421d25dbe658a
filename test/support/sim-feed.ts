import { createFeed } from '../../src/feed/create-feed.ts'
import type { BookHandle, Feed, StreamStatus } from '../../src/feed/feed.ts'
import type { FeedOptions } from '../../src/feed/feed-options.ts'
import type { EventKind, MarketEvent } from '../../src/model/event.ts'
import type { StreamRequest } from '../../src/model/subscribe.ts'
import type { SimulatorOptions } from '../../src/sim/index.ts'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import type { VenueAdapter, VenueEndpoints } from '../../src/venue/adapter.ts'
import { type BinanceSpotOptions, binanceVenues } from '../../src/venue/binance/index.ts'
import { HeldClock } from './held-clock.ts'

export interface SimFeedOptions {
  readonly venues: readonly string[]
  /** How much faster than real time the market runs. @default 1 */
  readonly rate?: number
  readonly simulator?: SimulatorOptions
  readonly adapter?: BinanceSpotOptions
  /** Adapters are values: a test may bend one. */
  readonly bend?: (adapter: VenueAdapter) => VenueAdapter
  readonly feed?: Partial<FeedOptions>
}

/** Resolves when the condition holds; looked at every few milliseconds. Fails with `what` after `withinMs`. */
export async function until(what: string, condition: () => boolean, withinMs = 20_000): Promise<void> {
  const failAt = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > failAt) throw new Error(`waited ${withinMs} ms in vain for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 15))
  }
}

/** What one observer heard, in order. */
export class Heard {
  readonly events: MarketEvent[] = []
  readonly push = (event: MarketEvent): void => {
    this.events.push(event)
  }

  of<K extends EventKind>(kind: K, instrument?: string): readonly Extract<MarketEvent, { kind: K }>[] {
    const isOfKind = (event: MarketEvent): event is Extract<MarketEvent, { kind: K }> => event.kind === kind
    return this.events.filter(isOfKind).filter(event => instrument === undefined || event.instrument === instrument)
  }
}

/** The real feed on the simulated exchange, over real sockets. */
export class SimFeed implements AsyncDisposable {
  readonly sim: Simulator
  readonly feed: Feed
  readonly clock: HeldClock
  readonly log: string[] = []

  private constructor(sim: Simulator, clock: HeldClock, options: SimFeedOptions) {
    this.sim = sim
    this.clock = clock
    this.feed = createFeed({
      venues: options.venues.map(venue => {
        const adapter = adapterOf(venue, this.endpoints(venue), options.adapter)
        return options.bend?.(adapter) ?? adapter
      }),
      backoff: { firstMs: 100, mostMs: 500 },
      log: (level, message) => this.log.push(`${level}: ${message}`),
      ...options.feed,
    })
  }

  static async open(options: SimFeedOptions): Promise<SimFeed> {
    const clock = new HeldClock(options.rate)
    const sim = await createSimulator({ venues: options.venues, clock, seed: 3, ...options.simulator })
    return new SimFeed(sim, clock, options)
  }

  endpoints(venue: string): VenueEndpoints {
    const endpoints = this.sim.endpoints[venue]
    if (endpoints === undefined) throw new Error(`no ${venue} in this simulator`)
    return endpoints
  }

  /** Observes, and waits until everything is acknowledged. */
  async hear(request: StreamRequest): Promise<Heard> {
    const heard = new Heard()
    await this.feed.observe(request, heard.push).ready
    return heard
  }

  streams(): readonly StreamStatus[] {
    return this.feed.status().streams
  }

  async book(instrument: string): Promise<BookHandle> {
    const book = this.feed.book(instrument)
    await book.ready
    return book
  }

  /** A REST answer of the simulated venue. */
  async rest(venue: string, path: string): Promise<unknown> {
    const response = await fetch(`${this.endpoints(venue).rest}${path}`)
    const body: unknown = await response.json()
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${JSON.stringify(body)}`)
    return body
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.feed[Symbol.asyncDispose]()
    await this.sim[Symbol.asyncDispose]()
  }
}

function adapterOf(venue: string, endpoints: VenueEndpoints, options: BinanceSpotOptions = {}): VenueAdapter {
  const make = binanceVenues.get(venue)
  if (make === undefined) throw new Error(`no adapter for ${venue}`)
  return make({ endpoints, ...options })
}

/** Symbols of the options that are closest to the money, the call first. */
export async function optionsAtTheMoney(on: SimFeed): Promise<readonly string[]> {
  const instruments = await on.feed.instruments('binance-options')
  const strikes = instruments.map(({ symbol }) => Number(symbol.split('-')[2])).sort((a, b) => a - b)
  const middle = strikes[Math.floor(strikes.length / 2)]
  return instruments.filter(({ symbol }) => Number(symbol.split('-')[2]) === middle).map(({ symbol }) => symbol)
}

/** Ids that a stream of dense ids gave, and those that its gaps name, in order. */
export function accounting(heard: Heard, instrument: string, channel = 'trade'): Accounting {
  const delivered: number[] = []
  const missing: number[] = []
  const reasons = new Set<string>()
  for (const event of heard.events) {
    if (event.instrument !== instrument) continue
    if (event.kind === 'trade' && event.channel === channel) delivered.push(Number(event.id))
    if (event.kind !== 'gap' || event.channel !== channel) continue
    reasons.add(event.reason)
    if (!event.healed) for (let id = Number(event.from); id <= Number(event.to); id++) missing.push(id)
  }
  return { delivered, missing, reasons }
}

export interface Accounting {
  readonly delivered: readonly number[]
  readonly missing: readonly number[]
  readonly reasons: ReadonlySet<string>
}

/** True when delivered and missing ids together are every id from the first to the last, each once, in order. */
export function isComplete({ delivered, missing }: Accounting): boolean {
  const all = [...delivered, ...missing].sort((a, b) => a - b)
  const isOrdered = delivered.every((id, index) => index === 0 || id > (delivered[index - 1] ?? id))
  return isOrdered && all.every((id, index) => index === 0 || id === (all[index - 1] ?? 0) + 1)
}
