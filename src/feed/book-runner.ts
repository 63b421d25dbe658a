import type { BookEffect } from '../book/book-effect.ts'
import { BookSync } from '../book/book-sync.ts'
import type { ReadableBook } from '../book/readable-book.ts'
import type { BookDelta, BookLevels, BookSnapshot } from '../model/book-levels.ts'
import { errorLine } from '../model/error.ts'
import type { BookDeltaEvent, BookEvent, GapReason, Level } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { fromUnits } from '../model/number.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Random } from '../net/random.ts'
import type { WeightBudget } from '../net/weight-budget.ts'
import type { Join, VenueAdapter } from '../venue/adapter.ts'
import { bookEvent } from './book-event.ts'
import type { LiveStream } from './live-stream.ts'
import { PRIORITY, type RestClient } from './rest-client.ts'

export interface BookRunnerOptions {
  readonly adapter: VenueAdapter
  readonly rest: RestClient
  readonly budget: WeightBudget
  readonly clock: Clock
  readonly random: Random
  readonly stream: LiveStream
  readonly instrument: InstrumentId
  /** Levels per side of the snapshot; the venue's next greater depth is taken. */
  readonly depth: number | undefined
  readonly signal: AbortSignal
  readonly queue: SnapshotQueue
}

/** What the books of one venue know of each other: when many start at once, each gets its touch before any gets its depth. */
export interface SnapshotQueue {
  /** Books that wait for a snapshot. */
  waiting: number
}

/** Books show so many levels first while others wait. */
const TOUCH_LEVELS = 100
/** So many full snapshots are waited for in one minute without a second thought: part of the usable weight. */
const UNHURRIED_SHARE = 0.25

/** Performs what the pure book machine asks for: snapshots, within the request weight, and the news to whoever listens. */
export class BookRunner {
  readonly instrument: InstrumentId
  /** Why the last snapshot could not be had. */
  reason: string | undefined
  private readonly options: BookRunnerOptions
  private readonly sync: BookSync
  private readonly limit: number
  private readonly touchLimit: number
  /** Levels of the snapshot that the book stands on. */
  private loadedLimit = 0
  private deepening: AbortController | undefined
  private running: AbortController | undefined
  private lastDelta: BookDelta | undefined
  private hasGap = false
  private lossReason: GapReason | undefined

  constructor(options: BookRunnerOptions) {
    this.options = options
    this.instrument = options.instrument
    this.sync = new BookSync(options.instrument, options.adapter.book)
    this.limit = depthOf(options.adapter, options.depth)
    this.touchLimit = Math.min(this.limit, depthOf(options.adapter, TOUCH_LEVELS))
  }

  get book(): ReadableBook {
    return this.sync
  }

  /** The stream is confirmed: changes are on their way. */
  subscribed(): void {
    this.perform(this.sync.start())
  }

  delta(delta: BookDelta, receiveTimeUs: EpochUs): void {
    this.lastDelta = delta
    this.perform(this.sync.onDelta(delta, receiveTimeUs))
    this.lastDelta = undefined
  }

  /** How a change would join the book as it is; undefined while it is not synced. */
  joins(delta: BookDelta): Join | undefined {
    return this.sync.state === 'synced' ? this.options.adapter.book.join(this.sync.sequence, delta) : undefined
  }

  /** True when REST knows of changes that the stream did not bring; undefined when that cannot be told. */
  async probe(): Promise<boolean | undefined> {
    const { adapter, rest } = this.options
    const { sequence } = this.sync
    const [least] = adapter.book.depths
    if (this.sync.state !== 'synced' || least === undefined) return undefined
    try {
      const args = { instrument: this.instrument, limit: least.limit }
      const snapshot = await rest.call(adapter.book.snapshot, args, PRIORITY.history, this.options.signal)
      return snapshot.sequence > sequence
    } catch {
      // It was a question only: no answer is no proof of anything.
      return undefined
    }
  }

  /** What comes next need not follow what was. */
  disconnected(reason: GapReason): void {
    this.running?.abort()
    this.deepening?.abort()
    this.lossReason = reason
    this.perform(this.sync.onDisconnect())
    this.lossReason = undefined
  }

  /** The stream itself told consumers of a gap: a resync has to follow, whatever ends it. */
  gapTold(): void {
    this.hasGap = true
  }

  /** The stream goes on after all: the book, while it is synced, misses nothing. */
  goesOn(): void {
    if (this.sync.state === 'synced') this.endGap(this.sync.sequence)
  }

  close(): void {
    this.running?.abort()
    this.deepening?.abort()
    this.sync.close()
  }

  /** What changed, for consumers that keep a book of their own: the change itself, or the whole book after a snapshot. */
  lastChange(): readonly (BookDeltaEvent | BookEvent)[] {
    const delta = this.lastDelta
    if (delta === undefined) return [bookEvent(this.sync, Number.MAX_SAFE_INTEGER)]
    return [
      {
        kind: 'bookDelta',
        instrument: this.instrument,
        exchangeTimeUs: delta.exchangeTimeUs === 0 ? undefined : epochUs(delta.exchangeTimeUs),
        receiveTimeUs: this.sync.receiveTimeUs,
        first: delta.first,
        last: delta.last,
        previous: delta.previous < 0 ? undefined : delta.previous,
        bids: levelsOf(delta.bids, delta.scale),
        asks: levelsOf(delta.asks, delta.scale),
      },
    ]
  }

  private perform(effects: readonly BookEffect[]): void {
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]
      if (effect !== undefined) this.performOne(effect)
    }
  }

  private performOne(effect: BookEffect): void {
    switch (effect.do) {
      case 'applied':
        this.publish()
        return
      case 'synced':
        this.synced(effect.sequence)
        return
      case 'gap':
        this.hasGap = true
        this.options.stream.declareGap(this.lossReason ?? effect.reason, textOf(effect.from), textOf(effect.to))
        return
      case 'fetchSnapshot':
        this.deepening?.abort()
        void this.fetch(effect.epoch, effect.delayMs, this.isCrowded() ? this.touchLimit : this.limit)
        return
      case 'refresh':
        void this.fetch(effect.epoch, effect.delayMs, this.limit)
    }
  }

  private synced(sequence: number): void {
    this.lastDelta = undefined
    this.endGap(sequence)
    this.publish()
    if (this.loadedLimit < this.limit && this.deepening === undefined) void this.deepen()
  }

  private endGap(sequence: number): void {
    if (!this.hasGap) return
    this.hasGap = false
    const { instrument } = this
    const receiveTimeUs = this.options.clock.nowUs()
    this.options.stream.announce({ kind: 'resync', instrument, channel: 'book', sequence, receiveTimeUs })
  }

  /** True when the full snapshots of all books that wait would take too much of what is left of this minute's weight. */
  private isCrowded(): boolean {
    const { adapter, queue, budget } = this.options
    const weight = adapter.book.depths.find(depth => depth.limit === this.limit)?.weight ?? 0
    return (
      budget.snapshot().usedWeight + (queue.waiting + 1) * weight > adapter.limits.weightPerMinute * UNHURRIED_SHARE
    )
  }

  /** The depth behind the touch, when nobody waits for a touch any more; the book stays readable meanwhile. */
  private async deepen(): Promise<void> {
    const { adapter, rest, clock } = this.options
    const controller = new AbortController()
    this.deepening = controller
    let epoch: number | undefined
    try {
      const args = { instrument: this.instrument, limit: this.limit }
      const snapshot = await rest.call(adapter.book.snapshot, args, PRIORITY.deepBook, controller.signal, () => {
        epoch = this.sync.beginRefresh(clock.nowUs())
        if (epoch === undefined) controller.abort()
      })
      if (epoch !== undefined) this.take(snapshot, epoch, this.limit)
    } catch (error) {
      if (!controller.signal.aborted) this.reason = `no deeper snapshot: ${errorLine(error)}`
      if (epoch !== undefined) this.perform(this.sync.onSnapshotFailed(epoch))
    } finally {
      if (this.deepening === controller) this.deepening = undefined
    }
  }

  private take(snapshot: BookSnapshot, epoch: number, limit: number): void {
    this.reason = undefined
    this.loadedLimit = limit
    this.perform(this.sync.onSnapshot(snapshot, epoch, this.options.clock.nowUs()))
  }

  private publish(): void {
    for (const topic of this.options.stream.topics.values()) topic.bookChanged(this)
  }

  private async fetch(epoch: number, delayMs: number, limit: number): Promise<void> {
    const { adapter, rest, clock, random, budget, queue } = this.options
    this.running?.abort()
    const running = new AbortController()
    this.running = running
    const onAbort = (): void => running.abort()
    this.options.signal.addEventListener('abort', onAbort, { once: true })
    queue.waiting++
    try {
      if (delayMs > 0) await sleep(clock, delayMs * (0.5 + 0.5 * random()), running.signal)
      if (running.signal.aborted) return
      this.sync.setEta(budget.etaMs(PRIORITY.book))
      const args = { instrument: this.instrument, limit }
      const snapshot = await rest.call(adapter.book.snapshot, args, PRIORITY.book, running.signal)
      this.take(snapshot, epoch, limit)
    } catch (error) {
      if (running.signal.aborted) return
      this.reason = `no snapshot: ${errorLine(error)}`
      this.perform(this.sync.onSnapshotFailed(epoch))
    } finally {
      queue.waiting--
      this.sync.setEta(undefined)
      this.options.signal.removeEventListener('abort', onAbort)
      if (this.running === running) this.running = undefined
    }
  }
}

function depthOf(adapter: VenueAdapter, asked: number | undefined): number {
  const wanted = asked ?? adapter.book.defaultDepth
  const { depths } = adapter.book
  return (depths.find(depth => depth.limit >= wanted) ?? depths.at(-1))?.limit ?? wanted
}

function levelsOf(levels: BookLevels, scale: number): readonly Level[] {
  return Array.from({ length: levels.count }, (_, index) => {
    return [fromUnits(levels.prices[index] ?? 0, scale), levels.quantities[index] ?? 0] as const
  })
}

function textOf(id: number | undefined): string | undefined {
  return id === undefined ? undefined : String(id)
}
