import type { BookState, ReadableBook } from '../../book/readable-book.ts'
import type { BookHandle } from '../../feed/feed.ts'
import type { Verdict } from './state-machine.ts'
import type { ViewContext } from './view.ts'

const STALE_MS = 2000
const ALIVE_MS = 5000
/** A book that usually changes within this time is busy: two seconds of silence are suspicious. */
const BUSY_SPACING_MS = 400
const SPACING_WEIGHT = 0.05
const GAP_SHOWN_MS = 2000

/** Judges a maintained book by its own state, its last change and the connection that feeds it. */
export class BookWatch {
  private readonly context: ViewContext
  private readonly book: BookHandle
  private readonly openedMs: number
  private lastState: BookState = 'syncing'
  private lastChangeMs = 0
  private lastChangeUs = 0
  private spacingMs: number | undefined
  private refusal: string | undefined
  private isSynced = false
  private gap: { readonly fromUs: number; toUs: number; shownUntilMs: number } | undefined

  constructor(context: ViewContext, book: BookHandle) {
    this.context = context
    this.book = book
    this.openedMs = context.clock.monotonicMs()
    if (book.state === 'synced') this.changed(book)
  }

  refused(reason: string): void {
    this.refusal = reason
  }

  changed(book: ReadableBook): void {
    const nowMs = this.context.clock.monotonicMs()
    const nowUs = this.context.clock.nowUs()
    if (book.state === 'synced') {
      if (this.gap !== undefined && this.lastState !== 'synced') {
        this.gap.toUs = nowUs
        this.gap.shownUntilMs = nowMs + GAP_SHOWN_MS
      }
      if (this.isSynced) {
        const spacing = Math.min(10_000, nowMs - this.lastChangeMs)
        this.spacingMs =
          this.spacingMs === undefined ? spacing : this.spacingMs + (spacing - this.spacingMs) * SPACING_WEIGHT
      }
      this.isSynced = true
      this.lastChangeMs = nowMs
      this.lastChangeUs = nowUs
      this.refusal = undefined
    } else if (this.isSynced && this.lastState === 'synced') {
      this.gap = { fromUs: this.lastChangeUs, toUs: nowUs, shownUntilMs: Number.POSITIVE_INFINITY }
    }
    this.lastState = book.state
  }

  verdict(): Verdict {
    const { book } = this
    const lastEventUs = this.lastChangeUs > 0 ? this.lastChangeUs : undefined
    if (this.refusal !== undefined && !this.isSynced) return { kind: 'error', text: this.refusal }
    const stream = this.context.probe.stream(book.instrument, 'book')
    const connection = this.context.probe.connection(stream)
    const nowUs = this.context.clock.nowUs()
    const heardMs = connection?.lastMessageAgeMs
    const heardUs = heardMs === undefined ? undefined : nowUs - Math.round(heardMs * 1000)
    if (connection?.state === 'waiting' || connection?.state === 'closed' || book.state === 'closed') {
      const retryAtUs = connection?.retryInMs === undefined ? undefined : nowUs + connection.retryInMs * 1000
      const text = connection?.lastCause ?? 'The connection to the venue is lost.'
      return { kind: 'disconnected', text, retryAtUs, lastEventUs, heardUs }
    }
    if (book.state !== 'synced') return this.unsynced(nowUs, lastEventUs, stream?.reason)
    const nowMs = this.context.clock.monotonicMs()
    if (this.gap !== undefined && nowMs < this.gap.shownUntilMs) return this.gapped(this.gap.toUs, lastEventUs)
    if (nowMs - this.lastChangeMs <= STALE_MS) return { kind: 'live', text: 'book', lastEventUs, heardUs }
    const isBusy = (this.spacingMs ?? 0) < BUSY_SPACING_MS
    const isAlive = heardMs !== undefined && heardMs < ALIVE_MS
    return { kind: isBusy || !isAlive ? 'stale' : 'quiet', text: 'book changes', lastEventUs, heardUs }
  }

  private unsynced(nowUs: number, lastEventUs: number | undefined, reason: string | undefined): Verdict {
    if (this.isSynced) return this.gapped(nowUs, lastEventUs)
    const waitedMs = this.context.clock.monotonicMs() - this.openedMs
    const eta = this.book.stats.etaMs
    const wait = eta === undefined ? '' : `, snapshot expected in ${Math.ceil(eta / 1000)} s`
    if (waitedMs < 5000) return { kind: 'loading', text: `Loading book${wait}` }
    return {
      kind: 'loading',
      text: `Waiting for the book's snapshot${wait}${reason === undefined ? '' : ` (${reason})`}`,
    }
  }

  private gapped(toUs: number, lastEventUs: number | undefined): Verdict {
    const fromUs = this.gap?.fromUs ?? toUs
    const gap = { fromUs, toUs, reason: 'resync' }
    return { kind: 'gapped', text: 'The book lost a change and is read anew; the rows are frozen.', gap, lastEventUs }
  }
}
