import type { Account } from '../account/account.ts'
import type { Feed } from '../feed/feed.ts'
import { type LiveSignals, liveSignals } from '../feed/live-signals.ts'
import { ConfigError } from '../model/error.ts'
import { type Instrument, type InstrumentId, venueOf } from '../model/instrument.ts'
import type { Observation } from '../model/subscribe.ts'
import { epochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { EventSource } from '../replay/event-source.ts'
import { createSignal } from '../signal/catalogue.ts'
import type { SignalOutput } from '../signal/signal.ts'
import { accountReading } from './account-readings.ts'
import { healthValue } from './health-readings.ts'
import type { Reading } from './reading.ts'
import { signalReading } from './signal-readings.ts'
import type { AlertSource } from './source.ts'
import { channelOf, readingOf } from './stream-readings.ts'

/** What alerts are read from: a live feed (with its accounts), or a recording. */
export type AlertFeed = EventSource & Partial<Pick<Feed, 'klines'>> & { readonly account?: (name?: string) => Account }

/** A source on an instrument; without one for what belongs to none. */
export interface WantedSource {
  readonly source: AlertSource
  readonly instrument: InstrumentId | undefined
}

export interface SourceHubOptions {
  readonly feed: AlertFeed
  readonly clock: Clock
  readonly onReading: (source: string, instrument: string | undefined, reading: Reading) => void
  readonly onProblem: (error: unknown) => void
}

type SignalSource = Extract<AlertSource, { readonly kind: 'signal' }>

interface OpenSignal {
  readonly running: LiveSignals
  /** Paths of it that rules read. */
  sources: readonly SignalSource[]
}

interface OpenStream {
  readonly observation: Observation
  sources: readonly AlertSource[]
}

/** Keeps open what rules read, and turns all of it into readings. What several rules read is opened once. */
export class SourceHub implements AsyncDisposable {
  private readonly options: SourceHubOptions
  private readonly streams = new Map<string, OpenStream>()
  private readonly signals = new Map<string, OpenSignal>()
  private readonly accounts = new Map<string, { readonly stop: Disposable; sources: readonly WantedSource[] }>()
  private health: readonly WantedSource[] = []
  private readonly tables = new Map<string, Promise<readonly Instrument[]>>()

  constructor(options: SourceHubOptions) {
    this.options = options
  }

  /**
   * Opens what is missing and closes what nobody reads any more. Resolves when everything is asked for; `ready` when it is
   * acknowledged.
   * @throws ConfigError for what a venue, or a signal, does not have
   */
  async set(wanted: readonly WantedSource[]): Promise<{ readonly ready: Promise<void> }> {
    this.health = wanted.filter(({ source }) => source.kind === 'health')
    this.setAccounts(wanted)
    const all = this.setStreams(wanted)
    // A refusal while signals are still opened belongs to whoever awaits all of it.
    for (const each of all) each.catch(() => undefined)
    const ready = Promise.all([...all, ...(await this.setSignals(wanted))]).then(() => undefined)
    ready.catch(() => undefined)
    return { ready }
  }

  /** A second has passed: figures of the feed are read, and signals hear of it. */
  tick(atUs: number): void {
    for (const { running } of this.signals.values()) running.engine.advance(epochUs(atUs))
    if (this.health.length === 0) return
    const status = this.options.feed.status()
    for (const { source, instrument } of this.health) {
      if (source.kind !== 'health') continue
      const value = healthValue(source, status, instrument)
      this.options.onReading(source.text, instrument, { atUs, timeUs: atUs, value })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { observation } of this.streams.values()) observation[Symbol.dispose]()
    for (const { stop } of this.accounts.values()) stop[Symbol.dispose]()
    for (const { running } of this.signals.values()) await running[Symbol.asyncDispose]()
    this.streams.clear()
    this.accounts.clear()
    this.signals.clear()
  }

  private setStreams(wanted: readonly WantedSource[]): readonly Promise<void>[] {
    const groups = new Map<string, { instrument: InstrumentId; channel: string; sources: AlertSource[] }>()
    for (const { source, instrument } of wanted) {
      const channel = channelOf(source)
      if (channel === undefined || instrument === undefined) continue
      const key = `${instrument} ${channel}`
      const group = groups.get(key) ?? { instrument, channel, sources: [] }
      groups.set(key, group)
      if (!group.sources.some(other => other.text === source.text)) group.sources.push(source)
    }
    for (const [key, open] of this.streams) {
      if (groups.has(key)) continue
      open.observation[Symbol.dispose]()
      this.streams.delete(key)
    }
    return [...groups].map(([key, group]) => this.openStream(key, group.instrument, group.channel, group.sources))
  }

  private openStream(
    key: string,
    instrument: InstrumentId,
    channel: string,
    sources: readonly AlertSource[],
  ): Promise<void> {
    const known = this.streams.get(key)
    if (known !== undefined) {
      known.sources = sources
      return known.observation.ready
    }
    const request = { instruments: [instrument], channels: [channel], levels: 1 }
    const observation = this.options.feed.observe(request, event => {
      for (const source of this.streams.get(key)?.sources ?? sources) {
        const reading = readingOf(source, event)
        if (reading !== undefined) this.options.onReading(source.text, instrument, reading)
      }
    })
    this.streams.set(key, { observation, sources })
    return observation.ready
  }

  private async setSignals(wanted: readonly WantedSource[]): Promise<readonly Promise<void>[]> {
    const groups = new Map<string, { instrument: InstrumentId; sources: SignalSource[] }>()
    for (const { source, instrument } of wanted) {
      if (source.kind !== 'signal' || instrument === undefined) continue
      const key = JSON.stringify([instrument, source.signal, Object.entries(source.params).sort(byName)])
      const group = groups.get(key) ?? { instrument, sources: [] }
      groups.set(key, group)
      if (!group.sources.some(other => other.text === source.text)) group.sources.push(source)
    }
    for (const [key, open] of this.signals) {
      if (groups.has(key)) continue
      this.signals.delete(key)
      await open.running[Symbol.asyncDispose]()
    }
    const ready: Promise<void>[] = []
    for (const [key, { instrument, sources }] of groups) {
      const known = this.signals.get(key)
      if (known !== undefined) known.sources = sources
      else await this.openSignal(key, instrument, sources)
      const opened = this.signals.get(key)
      if (opened !== undefined) ready.push(opened.running.ready)
    }
    return ready
  }

  private async openSignal(key: string, instrument: InstrumentId, sources: readonly SignalSource[]): Promise<void> {
    const [first] = sources
    if (first === undefined) return
    const signal = createSignal(first.signal, await this.instrument(instrument), first.params)
    const { clock, feed, onProblem } = this.options
    const onOutput = (output: SignalOutput): void => {
      for (const source of this.signals.get(key)?.sources ?? sources) {
        // Until it is fitted, the micro-price says the weighted mid in its place: that is another figure.
        if (output.kind === 'signal' && output.signal !== source.signal) continue
        this.options.onReading(source.text, instrument, signalReading(source, output))
      }
    }
    const running = liveSignals(wholeFeed(feed), {
      signals: [signal],
      onOutput,
      onError: onProblem,
      preload: feed.klines !== undefined,
      clock,
    })
    this.signals.set(key, { running, sources })
  }

  private async instrument(id: InstrumentId): Promise<Instrument> {
    const venue = venueOf(id)
    const table = this.tables.get(venue) ?? this.options.feed.instruments(venue)
    this.tables.set(venue, table)
    const found = (await table).find(each => each.id === id)
    if (found === undefined) throw new ConfigError(`instrument "${id}" is not in the table of ${venue}.`)
    return found
  }

  private setAccounts(wanted: readonly WantedSource[]): void {
    const groups = new Map<string, WantedSource[]>()
    for (const each of wanted) {
      if (each.source.kind !== 'account') continue
      const name = each.source.account ?? ''
      groups.set(name, [...(groups.get(name) ?? []), each])
    }
    for (const [name, open] of this.accounts) {
      if (groups.has(name)) continue
      open.stop[Symbol.dispose]()
      this.accounts.delete(name)
    }
    for (const [name, sources] of groups) {
      const known = this.accounts.get(name)
      if (known !== undefined) known.sources = sources
      else this.openAccount(name, sources)
    }
  }

  private openAccount(name: string, sources: readonly WantedSource[]): void {
    const { feed, onReading } = this.options
    if (feed.account === undefined)
      throw new ConfigError(`source "${sources[0]?.source.text ?? ''}": there are no accounts here.`)
    const account = feed.account(name === '' ? undefined : name)
    const stop = account.observe(event => {
      for (const { source, instrument } of this.accounts.get(name)?.sources ?? sources) {
        if (source.kind !== 'account') continue
        if (instrument !== undefined && (!('instrument' in event) || event.instrument !== instrument)) continue
        const reading = accountReading(source, event, account)
        if (reading !== undefined) onReading(source.text, instrument, reading)
      }
    })
    this.accounts.set(name, { stop, sources })
  }
}

/** Signals ask for history only where there is some. */
function wholeFeed(feed: AlertFeed): Feed {
  return {
    observe: (request, fn) => feed.observe(request, fn),
    subscribe: request => feed.subscribe(request),
    book: (instrument, options) => feed.book(instrument, options),
    status: () => feed.status(),
    instruments: venue => feed.instruments(venue),
    klines: async range => (feed.klines === undefined ? [] : await feed.klines(range)),
    recentTrades: async () => [],
    settledFunding: async () => [],
    openInterestHistory: async () => [],
    // The feed stays the caller's.
    async [Symbol.asyncDispose]() {},
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
