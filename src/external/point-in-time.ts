import { ConfigError } from '../model/error.ts'
import { type ExternalPoint, knownFromUs } from './point.ts'

export interface PointInTimeOptions {
  /** Points kept of one series and key; the ones that became known first are let go. @default 10000 */
  readonly mostPoints?: number
  /** Series and keys. @default 1000 */
  readonly mostSeries?: number
}

interface Entry {
  readonly knownUs: number
  readonly point: ExternalPoint
  /** Of this point and of everything that was known before it: the newest moment in its newest revision. */
  best: ExternalPoint
}

interface Track {
  /** In the order in which they became known. */
  readonly entries: Entry[]
  /** Moments and revisions that are there. */
  readonly identities: Set<string>
}

/**
 * What was known when. A revision never replaces the point it revises: asked about a time before the revision became known,
 * the store answers with what was believed then.
 */
export class PointInTime {
  private readonly mostPoints: number
  private readonly mostSeries: number
  private readonly tracks = new Map<string, Track>()
  /** Points that were let go because a limit was reached. */
  dropped = 0

  /** @throws ConfigError for a limit below 1 */
  constructor(options: PointInTimeOptions = {}) {
    this.mostPoints = limit('mostPoints', options.mostPoints ?? 10_000)
    this.mostSeries = limit('mostSeries', options.mostSeries ?? 1000)
  }

  /** Takes a point in any order. False for one that is there already, or for a new series beyond the limit. */
  add(point: ExternalPoint & { readonly receiveTimeUs?: number }): boolean {
    const name = nameOf(point.series, point.key)
    let track = this.tracks.get(name)
    if (track === undefined) {
      if (this.tracks.size >= this.mostSeries) {
        this.dropped++
        return false
      }
      track = { entries: [], identities: new Set() }
      this.tracks.set(name, track)
    }
    const { entries, identities } = track
    const identity = identityOf(point)
    if (identities.has(identity)) return false
    identities.add(identity)
    const knownUs = knownFromUs(point)
    const index = countKnown(entries, knownUs)
    entries.splice(index, 0, { knownUs, point, best: point })
    renew(entries, index)
    if (entries.length > this.mostPoints) {
      const oldest = entries.shift()
      if (oldest !== undefined) identities.delete(identityOf(oldest.point))
      this.dropped++
    }
    return true
  }

  /** The newest value that anybody could have had at that time, or undefined. */
  at(series: string, key: string | undefined, timeUs: number): ExternalPoint | undefined {
    const entries = this.tracks.get(nameOf(series, key))?.entries ?? []
    return entries[countKnown(entries, timeUs) - 1]?.best
  }

  /** Every point that is kept, in the order in which they became known. */
  history(series: string, key?: string): readonly ExternalPoint[] {
    return (this.tracks.get(nameOf(series, key))?.entries ?? []).map(({ point }) => point)
  }
}

function limit(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new ConfigError(`${name}: expected a whole number from 1 on, was ${value}.`)
}

export function nameOf(series: string, key: string | undefined): string {
  return key === undefined ? series : `${series}\u0000${key}`
}

function identityOf({ effectiveTimeUs, revision }: ExternalPoint): string {
  return `${effectiveTimeUs}/${revision}`
}

/** How many are known at that time; among those of one instant the one that came last is last. */
function countKnown(entries: readonly Entry[], timeUs: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.knownUs ?? 0) <= timeUs) low = middle + 1
    else high = middle
  }
  return low
}

function renew(entries: readonly Entry[], from: number): void {
  for (let index = from; index < entries.length; index++) {
    const entry = entries[index]
    const before = entries[index - 1]?.best
    if (entry !== undefined) entry.best = before === undefined || isNewer(entry.point, before) ? entry.point : before
  }
}

function isNewer(point: ExternalPoint, than: ExternalPoint): boolean {
  if (point.effectiveTimeUs !== than.effectiveTimeUs) return point.effectiveTimeUs > than.effectiveTimeUs
  return point.revision > than.revision
}
