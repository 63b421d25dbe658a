import type { BookDelta, BookSnapshot } from '../model/book-levels.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import type { BookEffect, BookGapCause } from './book-effect.ts'
import { APPLIED, gapEffect, NOTHING } from './book-effect.ts'
import { DeltaBuffer } from './delta-buffer.ts'
import { GuardedBook } from './guarded-book.ts'
import type { OrderBookOptions } from './order-book.ts'
import type { BookState } from './readable-book.ts'
import { RestartWatch } from './restart-watch.ts'
import type { JoinRules } from './snapshot-join.ts'
import { joinBuffer } from './snapshot-join.ts'

export interface BookSyncOptions extends OrderBookOptions {
  /** Most changes kept while a snapshot is awaited; then the oldest go. @default 10000 */
  readonly mostBuffered?: number
  /** The same in bytes. @default 16 MiB */
  readonly mostBufferedBytes?: number
}

/** Waits before the second, third, … snapshot of one synchronisation. */
const FIRST_RETRY_MS = 250
const MOST_RETRY_MS = 8000
/** A book that stayed synced this long starts its retries from the beginning. */
const STABLE_US = 60_000_000
/** Snapshots that only move the horizon are at least this far apart. */
const REFRESH_EVERY_US = 5_000_000

/**
 * Keeps a book equal to the venue's: buffers changes, joins them to a snapshot, checks that every later one follows the
 * one before, and gives the book up the moment that cannot be proven. Pure: it is fed, and answers with what is to be done.
 */
export class BookSync extends GuardedBook {
  private readonly rules: JoinRules
  private readonly buffer: DeltaBuffer
  private readonly restart = new RestartWatch()
  private epoch = 0
  private isFetching = false
  private retries = 0
  /** A snapshot that is newer than every change seen so far. */
  private held: BookSnapshot | undefined
  private refreshedAtUs = Number.NEGATIVE_INFINITY

  constructor(instrument: InstrumentId, rules: JoinRules, options: BookSyncOptions = {}) {
    super(instrument, options)
    this.rules = rules
    this.buffer = new DeltaBuffer(options.mostBuffered ?? 10_000, options.mostBufferedBytes ?? 16 * 1024 * 1024)
  }

  /** The stream is subscribed: changes are on their way, so that a snapshot can be asked for. */
  start(): readonly BookEffect[] {
    if (this.state === 'closed' || this.state === 'synced' || this.isFetching) return NOTHING
    return [this.fetch()]
  }

  /** A change from the stream. The object may be reused afterwards. */
  onDelta(delta: BookDelta, receiveTimeUs: EpochUs): readonly BookEffect[] {
    switch (this.state) {
      case 'synced':
        return this.follow(delta, receiveTimeUs)
      case 'syncing':
      case 'gapped':
        return this.collect(delta, receiveTimeUs)
      case 'closed':
        return NOTHING
    }
  }

  /**
   * A deeper snapshot is about to be asked for, while the book stays readable: the epoch to answer with. Undefined when
   * the book is not synced, or a snapshot is on its way already.
   */
  beginRefresh(nowUs: EpochUs): number | undefined {
    if (this.state !== 'synced' || this.isFetching || this.held !== undefined) return undefined
    this.refreshedAtUs = nowUs
    this.isFetching = true
    this.epoch++
    this.buffer.clear()
    return this.epoch
  }

  /** The answer to `fetchSnapshot` or `refresh` of an epoch. */
  onSnapshot(snapshot: BookSnapshot, epoch: number, receiveTimeUs: EpochUs): readonly BookEffect[] {
    if (epoch !== this.epoch || !this.isFetching || this.state === 'closed') {
      this.counts.lateAnswers++
      return NOTHING
    }
    this.isFetching = false
    this.counts.snapshots++
    const join = joinBuffer(this.rules, snapshot.sequence, this.buffer)
    if (join.kind === 'tooOld') return this.refuse()
    if (join.kind === 'ahead' && !join.isExact) {
      this.held = snapshot
      return NOTHING
    }
    return this.take(snapshot, join.kind === 'joins' ? join.index : this.buffer.size, receiveTimeUs)
  }

  /** The request of an epoch came to nothing for good; ask again, later each time. */
  onSnapshotFailed(epoch: number): readonly BookEffect[] {
    if (epoch !== this.epoch || !this.isFetching || this.state === 'closed') return NOTHING
    this.isFetching = false
    return this.refuse()
  }

  /** A snapshot that the venue sent inside the stream: it replaces the book, wherever it stands. */
  onStreamSnapshot(snapshot: BookSnapshot, receiveTimeUs: EpochUs): readonly BookEffect[] {
    if (this.state === 'closed') return NOTHING
    this.counts.snapshots++
    this.epoch++
    this.isFetching = false
    this.buffer.clear()
    return this.take(snapshot, 0, receiveTimeUs)
  }

  /** The connection is lost: whatever comes next does not follow what was. Call `start` when it is subscribed again. */
  onDisconnect(): readonly BookEffect[] {
    if (this.state === 'closed') return NOTHING
    const wasSynced = this.state === 'synced'
    if (wasSynced) this.counts.gaps++
    this.reset('gapped')
    return wasSynced ? [gapEffect('disconnect', this.sequence + 1)] : NOTHING
  }

  /** Ends the book; late answers and changes are dropped. */
  close(): void {
    this.reset('closed')
  }

  private follow(delta: BookDelta, receiveTimeUs: EpochUs): readonly BookEffect[] {
    switch (this.rules.join(this.sequence, delta)) {
      case 'apply':
        break
      case 'stale':
        this.counts.stale++
        return this.restart.sees(delta, this.exchangeTimeUs) ? this.lose('restart', delta) : NOTHING
      case 'gap':
        return this.lose('sequence', delta)
    }
    this.restart.clear()
    if (this.isFetching || this.held !== undefined) this.buffer.push(delta)
    this.apply(delta, receiveTimeUs)
    if (this.book.isCrossed) return this.lose('crossed')
    if (this.held !== undefined) this.swapHeld(receiveTimeUs)
    if (this.isNearHorizon() && !this.isFetching) return this.refresh(receiveTimeUs)
    return APPLIED
  }

  /** Keeps a change until a snapshot is there; what cannot follow the kept ones begins anew. */
  private collect(delta: BookDelta, receiveTimeUs: EpochUs): readonly BookEffect[] {
    const newest = this.buffer.newest
    if (newest !== undefined) {
      const join = this.rules.join(newest.last, delta)
      if (join === 'stale') {
        this.counts.stale++
        if (!this.restart.sees(delta, newest.exchangeTimeUs)) return NOTHING
      }
      if (join !== 'apply') this.startOver()
    }
    this.restart.clear()
    this.buffer.push(delta)
    if (this.held !== undefined) return this.joinHeld(this.held, receiveTimeUs)
    return this.isFetching ? NOTHING : [this.fetch()]
  }

  /** The kept changes have a hole, or the venue's ids went back: only a snapshot newer than that can be used. */
  private startOver(): void {
    this.counts.gaps++
    this.buffer.clear()
    this.held = undefined
  }

  private joinHeld(snapshot: BookSnapshot, receiveTimeUs: EpochUs): readonly BookEffect[] {
    const join = joinBuffer(this.rules, snapshot.sequence, this.buffer)
    if (join.kind === 'ahead' && !join.isExact) return NOTHING
    this.held = undefined
    if (join.kind === 'tooOld') return this.refuse()
    return this.take(snapshot, join.kind === 'joins' ? join.index : this.buffer.size, receiveTimeUs)
  }

  /** Replaces the book by the snapshot and the buffered changes from `from` on. */
  private take(snapshot: BookSnapshot, from: number, receiveTimeUs: EpochUs): readonly BookEffect[] {
    const wasSynced = this.state === 'synced'
    this.load(snapshot, receiveTimeUs)
    for (let index = from; index < this.buffer.size; index++) {
      const delta = this.buffer.get(index)
      if (delta !== undefined) this.apply(delta, receiveTimeUs)
    }
    this.buffer.clear()
    this.held = undefined
    this.restart.clear()
    if (this.book.isCrossed) return this.lose('crossed')
    if (wasSynced) return APPLIED
    this.enterSynced(receiveTimeUs)
    return [{ do: 'synced', sequence: this.sequence }]
  }

  /** A refresh snapshot that was ahead of the stream takes over once the stream has reached it. */
  private swapHeld(receiveTimeUs: EpochUs): void {
    const snapshot = this.held
    if (snapshot === undefined) return
    const join = joinBuffer(this.rules, snapshot.sequence, this.buffer)
    if (join.kind === 'ahead' && !join.isExact) return
    this.held = undefined
    if (join.kind === 'tooOld') this.buffer.clear()
    else this.take(snapshot, join.kind === 'joins' ? join.index : this.buffer.size, receiveTimeUs)
  }

  private lose(cause: BookGapCause, delta?: BookDelta): readonly BookEffect[] {
    const from = cause === 'sequence' ? this.sequence + 1 : undefined
    const to = cause === 'sequence' && delta !== undefined ? delta.first - 1 : undefined
    this.counts.gaps++
    this.reset('gapped')
    if (delta !== undefined) this.buffer.push(delta)
    return [gapEffect(cause, from, to), this.fetch()]
  }

  /** The snapshot could not be used: the next one, later. A refresh is simply tried again when it is still wanted. */
  private refuse(): readonly BookEffect[] {
    if (this.state !== 'synced') return [this.fetch()]
    this.buffer.clear()
    return NOTHING
  }

  private fetch(): BookEffect {
    const delayMs = this.retries === 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (this.retries - 1), MOST_RETRY_MS)
    this.retries++
    this.isFetching = true
    this.epoch++
    return { do: 'fetchSnapshot', epoch: this.epoch, delayMs }
  }

  private refresh(nowUs: EpochUs): readonly BookEffect[] {
    if (nowUs - this.refreshedAtUs < REFRESH_EVERY_US) return APPLIED
    const epoch = this.beginRefresh(nowUs)
    return epoch === undefined ? APPLIED : [...APPLIED, { do: 'refresh', epoch, delayMs: 0 }]
  }

  private enterSynced(nowUs: EpochUs): void {
    this.enter('synced')
    this.counts.syncedSinceUs = nowUs
    this.refreshedAtUs = Number.NEGATIVE_INFINITY
  }

  private reset(state: BookState): void {
    this.enter(state)
    if (this.receiveTimeUs - (this.counts.syncedSinceUs ?? this.receiveTimeUs) >= STABLE_US) this.retries = 0
    this.counts.syncedSinceUs = undefined
    this.epoch++
    this.isFetching = false
    this.held = undefined
    this.buffer.clear()
    this.restart.clear()
    this.forget()
  }
}
