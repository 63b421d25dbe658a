import { setMaxListeners } from 'node:events'
import type { Channel } from '../model/channel.ts'
import { errorLine, SubscriptionRejected } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import type { AttemptBudget } from '../net/attempt-budget.ts'
import type { HeartbeatSettings } from '../net/heartbeat.ts'
import type { WeightBudget } from '../net/weight-budget.ts'
import type { PollSpec, StreamSpec, VenueAdapter } from '../venue/adapter.ts'
import { BookRunner, type SnapshotQueue } from './book-runner.ts'
import type { VenueStatus } from './feed.ts'
import type { FeedOptions, FeedTools } from './feed-options.ts'
import { DEFAULT_HEALING, type Healing, type HealingRules, healingOf } from './healing.ts'
import { InstrumentTable } from './instrument-table.ts'
import { Listings } from './listings.ts'
import { LiveStream } from './live-stream.ts'
import { MarkPrices } from './mark-prices.ts'
import { Poller } from './poller.ts'
import { Pool } from './pool.ts'
import { PRIORITY, RestClient } from './rest-client.ts'
import { checkRotation } from './rotation.ts'
import type { Consumer } from './topic.ts'
import { Watchdog } from './watchdog.ts'

const FAST_PING_MS = 1500

/** A consumer's hold on one channel of one instrument. */
export interface Attachment {
  /** Resolves at the venue's acknowledgement. @throws SubscriptionRejected */
  readonly acknowledged: Promise<void>
  readonly book: BookRunner | undefined
  release(): void
}

export interface VenueBudgets {
  readonly weight: WeightBudget
  readonly attempts: AttemptBudget
}

/** Everything that runs for one venue: its sockets, streams, books, polls, instrument table and REST. */
export class VenueRuntime {
  readonly adapter: VenueAdapter
  readonly rest: RestClient
  readonly pool: Pool
  readonly table: InstrumentTable
  readonly streams = new Map<string, LiveStream>()
  readonly pollers = new Map<string, Poller>()
  readonly books = new Map<InstrumentId, BookRunner>()
  /** The newest mark prices of whatever streams of them somebody listens to. */
  readonly marks = new MarkPrices()
  readonly budgets: VenueBudgets
  private readonly tools: FeedTools
  private readonly controller = new AbortController()
  private readonly watchdog: Watchdog
  private readonly listings: Listings
  private readonly snapshots: SnapshotQueue = { waiting: 0 }
  private readonly healingRules: HealingRules | undefined
  private clockOffsetMs: number | undefined
  private isClockMeasured = false

  constructor(adapter: VenueAdapter, tools: FeedTools, options: FeedOptions, budgets: VenueBudgets) {
    const { clock, random, http, dial } = tools
    // Every request of the venue listens: their number is bounded by the request weight, not by the default of 10.
    setMaxListeners(0, this.controller.signal)
    this.adapter = adapter
    this.tools = tools
    this.budgets = budgets
    this.rest = new RestClient({ adapter, http, clock, random, budget: budgets.weight })
    this.table = new InstrumentTable(adapter, this.rest, clock)
    this.healingRules = options.healing === false ? undefined : { ...DEFAULT_HEALING, ...options.healing }
    this.pool = new Pool({
      adapter,
      dial,
      clock,
      random,
      attempts: budgets.attempts,
      lanes: options.redundancy ?? 1,
      rotation: checkRotation(options.rotation ?? {}),
      heartbeat: heartbeatOf(adapter, options.liveness ?? 'normal'),
      ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
    })
    const log = (message: string): void => this.tools.log('warn', message)
    this.listings = new Listings({
      venue: adapter.id,
      clock,
      table: this.table,
      signal: this.controller.signal,
      log,
      end: (stream, cause) => this.end(stream, cause),
      revive: stream => this.revive(stream),
    })
    this.watchdog = new Watchdog({ clock, pool: this.pool, log, silent: stream => this.listings.suspect(stream) })
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** The instruments that symbols are proved by; undefined when REST cannot be reached. */
  async proof(): Promise<ReadonlyMap<InstrumentId, Instrument> | undefined> {
    const table = await this.table.forProof(this.signal, error => {
      this.tools.log('warn', `${this.adapter.id}: going on without the instrument table: ${errorLine(error)}`)
    })
    if (!this.isClockMeasured && table !== undefined) void this.measureClock()
    return table
  }

  /** @throws ConfigError, SubscriptionRejected; nothing is sent then */
  attach(
    instrument: InstrumentId,
    channel: Channel,
    consumer: Consumer,
    table: ReadonlyMap<InstrumentId, Instrument> | undefined,
    bookDepth?: number,
  ): Attachment {
    const source = this.adapter.resolve(instrument, channel, table)
    if (source.kind === 'poll') return this.attachPoll(source.poll, consumer)
    const attachment = this.attachStream(source.stream, instrument, consumer, bookDepth)
    const known = source.stream.channel === 'status' ? table?.get(instrument) : undefined
    if (known !== undefined) this.tellStatus(known, source.stream, consumer)
    return attachment
  }

  /** Server clock minus ours, from one question. */
  async measureClock(): Promise<number | undefined> {
    this.isClockMeasured = true
    const beforeUs = this.tools.clock.nowUs()
    try {
      const serverUs = await this.rest.call(this.adapter.time, undefined, PRIORITY.table, this.signal)
      this.clockOffsetMs = (serverUs - (beforeUs + this.tools.clock.nowUs()) / 2) / 1000
    } catch (error) {
      if (this.signal.aborted) return undefined
      this.tools.log('warn', `${this.adapter.id}: the server time could not be read: ${errorLine(error)}`)
    }
    return this.clockOffsetMs
  }

  status(): VenueStatus {
    const { usedWeight, blockedForMs, queued } = this.budgets.weight.snapshot()
    const { id, environment, limits } = this.adapter
    const rest = { usedWeight, weightPerMinute: limits.weightPerMinute, blockedForMs, queued }
    return { venue: id, environment, rest, clockOffsetMs: this.clockOffsetMs }
  }

  dispose(): void {
    this.controller.abort()
    this.watchdog[Symbol.dispose]()
    this.listings[Symbol.dispose]()
    for (const stream of this.streams.values()) stream.close()
    for (const poller of this.pollers.values()) poller.stop()
    for (const book of this.books.values()) book.close()
    this.pool.closeAll()
  }

  /** The stream speaks only when a status changes: what it is now stands in the instrument table. */
  private tellStatus(known: Instrument, spec: StreamSpec, consumer: Consumer): void {
    const topic = this.streams.get(streamKey(spec))?.topic(known.id)
    const { id: instrument, status, isTrading } = known
    const receiveTimeUs = this.tools.clock.nowUs()
    if (topic !== undefined) consumer.event({ kind: 'status', instrument, status, isTrading, receiveTimeUs }, topic)
  }

  private attachPoll(spec: PollSpec, consumer: Consumer): Attachment {
    const key = `${spec.channel}|${spec.instrument}`
    let poller = this.pollers.get(key)
    const isNew = poller === undefined
    poller ??= new Poller(spec, this.rest, this.tools.clock)
    this.pollers.set(key, poller)
    poller.topic.add(consumer)
    if (isNew) poller.start()
    const held = poller
    const release = (): void => {
      held.topic.remove(consumer)
      if (!held.topic.isEmpty) return
      held.stop()
      if (this.pollers.get(key) === held) this.pollers.delete(key)
    }
    return { acknowledged: held.answered, book: undefined, release }
  }

  private attachStream(spec: StreamSpec, instrument: InstrumentId, consumer: Consumer, bookDepth?: number): Attachment {
    const key = streamKey(spec)
    let stream = this.streams.get(key)
    const isNew = stream === undefined
    stream ??= new LiveStream(this.adapter.id, spec, this.healing(spec.instrument ?? instrument))
    if (stream.state === 'rejected')
      throw new SubscriptionRejected(stream.reason ?? 'the stream was refused', [spec.name])
    this.streams.set(key, stream)
    const topic = stream.topic(instrument)
    topic.add(consumer)
    this.marks.attach(topic)
    if (spec.channel === 'book' && stream.book === undefined) this.startBook(stream, instrument, bookDepth)
    if (isNew) this.pool.add(stream)
    this.watchdog.start()
    const held = stream
    const release = (): void => {
      topic.remove(consumer)
      this.marks.detach(topic)
      held.release(topic)
      if (held.isWanted) return
      held.close()
      this.listings.forget(held)
      this.pool.remove(held)
      if (this.streams.get(key) === held) this.streams.delete(key)
      if (held.book !== undefined) this.stopBook(held.book)
    }
    return { acknowledged: held.whenAcknowledged(), book: held.book, release }
  }

  /** The venue took the instrument away. */
  private end(stream: LiveStream, cause: string): void {
    const [leg] = stream.legs
    this.pool.remove(stream)
    stream.end(leg, cause)
    this.tools.log('warn', `${stream.name}: ${cause}`)
  }

  private revive(stream: LiveStream): void {
    stream.revive()
    this.pool.add(stream)
    this.watchdog.start()
    this.tools.log('warn', `${stream.name}: ${this.adapter.id} lists it again`)
  }

  private healing(instrument: InstrumentId): Healing {
    const { adapter, rest, tools, budgets, signal, healingRules: rules } = this
    const { clock, random } = tools
    return healingOf(instrument, { adapter, rest, budget: budgets.weight, clock, random, signal, rules })
  }

  private startBook(stream: LiveStream, instrument: InstrumentId, depth: number | undefined): void {
    const { adapter, rest, tools, budgets, signal } = this
    const { clock, random } = tools
    const runner = new BookRunner({
      adapter,
      rest,
      clock,
      random,
      budget: budgets.weight,
      stream,
      instrument,
      depth,
      signal,
      queue: this.snapshots,
    })
    stream.book = runner
    this.books.set(instrument, runner)
  }

  private stopBook(runner: BookRunner): void {
    runner.close()
    if (this.books.get(runner.instrument) === runner) this.books.delete(runner.instrument)
  }
}

/** Two misses end a socket: after 12 to 15 s in the ordinary way, after at most 5 s in the fast one. */
function heartbeatOf(adapter: VenueAdapter, liveness: 'normal' | 'fast'): HeartbeatSettings {
  const { pingEveryMs, pongWithinMs, deadAfterMs } = adapter.heartbeat
  if (liveness === 'normal') return { pingEveryMs, pongWithinMs, deadAfterMs }
  return { pingEveryMs: FAST_PING_MS, pongWithinMs: FAST_PING_MS, deadAfterMs }
}

/** A native stream that is wanted raw and unified is two streams here, on two connections. */
function streamKey(spec: StreamSpec): string {
  return `${spec.route}|${spec.name}|${spec.channel.startsWith('raw:') ? 'raw' : spec.channel}`
}
