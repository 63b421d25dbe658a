import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import { knownFromUs, type ReceivedPoint } from './point.ts'
import { nameOf, PointInTime, type PointInTimeOptions } from './point-in-time.ts'
import { SeriesTrack } from './series-track.ts'
import type { SeriesPromise } from './source.ts'
import type { ExternalGap, ExternalValue } from './value.ts'

export interface DeskOutlet {
  point(point: ReceivedPoint): void
  value(value: ExternalValue): void
  gap(gap: ExternalGap): void
}

interface SourceFacts {
  readonly cadenceMs: DurationMs
  readonly cadences: ReadonlyMap<string, DurationMs>
}

/** Silence of so many cadences makes a series stale. */
const STALE_AFTER_CADENCES = 3
/** Points that are announced for later; the store has the rest, too, but nobody is called for them. */
const MOST_WAITING = 10_000

/**
 * Turns points and gaps into what is known, without a clock of its own: equal inputs at equal times give equal values, live and in
 * a replay. What becomes true by the passing of time alone (publication, silence) carries the exact instant at which it did.
 */
export class ExternalDesk {
  readonly store: PointInTime
  private readonly outlet: DeskOutlet
  private readonly sources = new Map<string, SourceFacts>()
  private readonly tracks = new Map<string, SeriesTrack>()
  private waiting: ReceivedPoint[] = []

  constructor(outlet: DeskOutlet, options: PointInTimeOptions = {}) {
    this.outlet = outlet
    this.store = new PointInTime(options)
  }

  /** Announces a source; its promised series are `warming` from now on. */
  open(source: string, cadenceMs: DurationMs, series: readonly SeriesPromise[], atUs: EpochUs): void {
    this.advance(atUs)
    const cadences = new Map(series.map(each => [each.name, each.cadenceMs ?? cadenceMs]))
    this.sources.set(source, { cadenceMs, cadences })
    for (const { name } of series) {
      if (![...this.tracks.values()].some(track => track.source === source && track.series === name))
        this.outlet.value(SeriesTrack.warming(source, name, atUs))
    }
  }

  /** True when the point was new. */
  accept(point: ReceivedPoint): boolean {
    this.advance(point.receiveTimeUs)
    if (!this.store.add(point)) return false
    this.outlet.point(point)
    if (knownFromUs(point) <= point.receiveTimeUs) this.tell(point)
    else if (this.waiting.length < MOST_WAITING) {
      this.waiting.push(point)
      this.waiting.sort((a, b) => a.publishedTimeUs - b.publishedTimeUs)
    }
    return true
  }

  gap(gap: ExternalGap): void {
    this.advance(gap.receiveTimeUs)
    this.outlet.gap(gap)
    for (const track of this.tracks.values()) {
      if (track.source !== gap.source || (gap.series !== undefined && gap.series !== track.series)) continue
      this.outlet.value(track.gapped(gap.receiveTimeUs))
    }
  }

  /** When time alone changes something next; undefined for never. */
  nextDueUs(): EpochUs | undefined {
    let nextUs = this.waiting[0]?.publishedTimeUs
    for (const { staleAtUs } of this.tracks.values()) {
      if (staleAtUs !== undefined && (nextUs === undefined || staleAtUs < nextUs)) nextUs = staleAtUs
    }
    return nextUs === undefined ? undefined : epochUs(nextUs)
  }

  /** Lets time pass up to an instant: everything that fell due comes in order. */
  advance(toUs: EpochUs): void {
    for (let dueUs = this.nextDueUs(); dueUs !== undefined && dueUs <= toUs; dueUs = this.nextDueUs()) {
      const [point] = this.waiting
      if (point !== undefined && point.publishedTimeUs <= dueUs) {
        this.waiting = this.waiting.slice(1)
        this.tell(point)
        continue
      }
      for (const track of this.tracks.values()) if (track.staleAtUs === dueUs) this.outlet.value(track.stale(dueUs))
    }
  }

  private tell(point: ReceivedPoint): void {
    const name = nameOf(point.series, point.key)
    const knownUs = epochUs(knownFromUs(point))
    const facts = this.sources.get(point.source)
    const cadenceMs = facts?.cadences.get(point.series) ?? facts?.cadenceMs ?? Number.POSITIVE_INFINITY
    let track = this.tracks.get(name)
    if (track === undefined) {
      track = new SeriesTrack(point, cadenceMs * STALE_AFTER_CADENCES)
      this.tracks.set(name, track)
    }
    // A late revision of an old moment is a point like any other, and is no news of how things stand now.
    if (this.store.at(point.series, point.key, knownUs) === point) this.outlet.value(track.told(point, knownUs))
    else track.heard(knownUs)
  }
}
