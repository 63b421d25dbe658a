import type {
  BestQuote,
  BookLevelsView,
  BookState,
  BookStats,
  CostOf,
  DepthTo,
  ReadableBook,
} from '../book/readable-book.ts'
import { AbortedError } from '../model/error.ts'
import type { Side } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { BookRunner } from './book-runner.ts'
import type { BookHandle, BookOptions } from './feed.ts'
import { runtimeOf } from './membership.ts'
import type { ErrorReport } from './observer.ts'
import type { Consumer } from './topic.ts'
import type { Attachment, VenueRuntime } from './venue-runtime.ts'

const NOT_STARTED: BookStats = { applied: 0, snapshots: 0, gaps: 0, syncedSinceUs: undefined, etaMs: undefined }

/** A user's hold on a maintained book; the book itself is shared by all handles of its instrument. */
export class FeedBookHandle implements BookHandle, Consumer {
  readonly instrument: InstrumentId
  readonly ready: Promise<void>
  private readonly report: ErrorReport
  private readonly ended: (handle: FeedBookHandle) => void
  private readonly listeners = new Set<(book: ReadableBook) => void>()
  private attachment: Attachment | undefined
  private runner: BookRunner | undefined
  private isDisposed = false
  private becomeReady: (() => void) | undefined
  private failReady: ((error: Error) => void) | undefined

  constructor(
    instrument: InstrumentId,
    options: BookOptions,
    venues: ReadonlyMap<string, VenueRuntime>,
    report: ErrorReport,
    ended: (handle: FeedBookHandle) => void,
  ) {
    this.instrument = instrument
    this.report = report
    this.ended = ended
    const runtime = runtimeOf(instrument, venues)
    runtime.adapter.resolve(instrument, 'book', runtime.table.known)
    this.ready = new Promise((resolve, reject) => {
      this.becomeReady = resolve
      this.failReady = reject
    })
    this.ready.catch(() => undefined)
    void this.attach(runtime, options.depth).catch((error: unknown) => {
      this.failReady?.(error instanceof Error ? error : new Error(String(error)))
    })
  }

  get state(): BookState {
    return this.isDisposed ? 'closed' : (this.runner?.book.state ?? 'syncing')
  }

  get sequence(): number {
    return this.runner?.book.sequence ?? -1
  }

  get exchangeTimeUs(): EpochUs {
    return this.runner?.book.exchangeTimeUs ?? epochUs(0)
  }

  get receiveTimeUs(): EpochUs {
    return this.runner?.book.receiveTimeUs ?? epochUs(0)
  }

  get stats(): BookStats {
    return this.runner?.book.stats ?? NOT_STARTED
  }

  bestBid(): number | undefined {
    return this.runner?.book.bestBid()
  }

  bestAsk(): number | undefined {
    return this.runner?.book.bestAsk()
  }

  best(): BestQuote | undefined {
    return this.runner?.book.best()
  }

  levels(count: number): BookLevelsView | undefined {
    return this.runner?.book.levels(count)
  }

  depthTo(side: Side, price: number): DepthTo | undefined {
    return this.runner?.book.depthTo(side, price)
  }

  costOf(side: Side, quantity: number): CostOf | undefined {
    return this.runner?.book.costOf(side, quantity)
  }

  horizon(): { readonly bid: number | undefined; readonly ask: number | undefined } | undefined {
    return this.runner?.book.horizon()
  }

  size(): { readonly bids: number; readonly asks: number } {
    return this.runner?.book.size() ?? { bids: 0, asks: 0 }
  }

  onChange(fn: (book: ReadableBook) => void): Disposable {
    this.listeners.add(fn)
    return { [Symbol.dispose]: () => this.listeners.delete(fn) }
  }

  event(): void {}

  lifecycle(): void {
    this.changed()
  }

  book(runner: BookRunner): void {
    if (this.becomeReady !== undefined && runner.book.state === 'synced') {
      this.becomeReady()
      this.becomeReady = undefined
    }
    this.changed()
  }

  dispose(): void {
    if (this.isDisposed) return
    this.isDisposed = true
    this.attachment?.release()
    this.runner = undefined
    this.listeners.clear()
    this.failReady?.(new AbortedError(`the book of ${this.instrument} was disposed before it was synced`))
    this.ended(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await Promise.resolve()
  }

  private async attach(runtime: VenueRuntime, depth: number | undefined): Promise<void> {
    const table = await runtime.proof()
    if (this.isDisposed) return
    this.attachment = runtime.attach(this.instrument, 'book', this, table, depth)
    this.runner = this.attachment.book
    if (this.runner?.book.state === 'synced') this.becomeReady?.()
    await this.attachment.acknowledged
  }

  private changed(): void {
    for (const fn of this.listeners) {
      try {
        const returned: unknown = fn(this)
        if (returned instanceof Promise) void returned.catch((error: unknown) => this.report.observerError(error))
      } catch (error) {
        this.report.observerError(error)
      }
    }
  }
}
