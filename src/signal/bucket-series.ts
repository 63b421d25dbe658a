import type { EpochUs } from '../model/time.ts'
import type { TimeBuckets } from './time-bucket.ts'

/** Most slices that are over and can still be corrected. */
const MOST_KEPT = 4096

/** What is collected in one slice of time. */
export interface Slice {
  readonly openUs: EpochUs
}

export interface SliceNews<S extends Slice> {
  /** The slice is over: everything that was on time is in it. */
  closed(slice: S): void
}

/**
 * Slices of time, one after the other. The newest is open until an input of a later one comes, or until the clock says that it
 * is over; what comes late finds its slice among those that are kept.
 */
export class BucketSeries<S extends Slice> {
  readonly buckets: TimeBuckets
  private readonly make: (openUs: EpochUs) => S
  private readonly news: SliceNews<S>
  private readonly mostKept: number
  /** Oldest first; the last one is open unless `isOver`. */
  private kept: S[] = []
  private isOver = true

  constructor(buckets: TimeBuckets, make: (openUs: EpochUs) => S, news: SliceNews<S>, mostKept = MOST_KEPT) {
    this.buckets = buckets
    this.make = make
    this.news = news
    this.mostKept = mostKept
  }

  /** The slice that collects now; undefined while none is open. */
  get open(): S | undefined {
    return this.isOver ? undefined : this.kept.at(-1)
  }

  /** The slice for a time: opens it, and closes those before; undefined when it is over and forgotten. */
  at(timeUs: number): S | undefined {
    const last = this.kept.at(-1)
    if (last !== undefined && timeUs >= last.openUs && timeUs < last.openUs + this.buckets.sizeUs) return last
    const openUs = this.buckets.openOf(timeUs)
    if (last !== undefined && openUs < last.openUs) return this.late(openUs)
    this.close()
    const slice = this.make(openUs)
    this.kept.push(slice)
    if (this.kept.length > 2 * this.mostKept) this.kept = this.kept.slice(-this.mostKept)
    this.isOver = false
    return slice
  }

  /** True for the slice that collects now. */
  isOpen(slice: S): boolean {
    return !this.isOver && slice === this.kept.at(-1)
  }

  /** The clock stands here: a slice that ended before is over. */
  closeUntil(timeUs: number): void {
    const { open } = this
    if (open !== undefined && open.openUs + this.buckets.sizeUs <= timeUs) this.close()
  }

  /** Slices that are over and touch `[fromUs, untilUs]`. */
  overWithin(fromUs: number, untilUs: number): readonly S[] {
    const { sizeUs } = this.buckets
    return this.kept.filter(slice => slice.openUs + sizeUs > fromUs && slice.openUs <= untilUs && !this.isOpen(slice))
  }

  clear(): void {
    this.kept = []
    this.isOver = true
  }

  private close(): void {
    const { open } = this
    if (open === undefined) return
    this.isOver = true
    this.news.closed(open)
  }

  private late(openUs: EpochUs): S | undefined {
    let at = this.kept.length - 1
    while (at >= 0 && (this.kept[at]?.openUs ?? 0) > openUs) at--
    const found = this.kept[at]
    if (found?.openUs === openUs) return found
    if (at < 0 && this.kept.length >= this.mostKept) return undefined
    const slice = this.make(openUs)
    this.kept.splice(at + 1, 0, slice)
    return slice
  }
}
