import type { EpochUs } from '../model/time.ts'

export type PointDetails = Readonly<Record<string, number | string | boolean>>

/** One value of a slow series from elsewhere, such as a chain. */
export interface ExternalPoint {
  readonly series: string
  /** Tells the parts of one series apart, such as a token and a window. */
  readonly key: string | undefined
  readonly value: number
  readonly unit: string
  /** What moment it describes, microseconds since 1970. Together with series and key it says what a revision revises. */
  readonly effectiveTimeUs: number
  /** From when on anybody could know it. */
  readonly publishedTimeUs: number
  /** 0 for the first; a revision is a new point, the old one stays. */
  readonly revision: number
  /** False while it may still be taken back. */
  readonly isFinal: boolean
  /** Further figures that belong to the value, such as how much of the whole it rests on. */
  readonly details?: PointDetails | undefined
}

/** A point as it came from a source. */
export interface ReceivedPoint extends ExternalPoint {
  readonly source: string
  readonly receiveTimeUs: EpochUs
}

/** Before this instant nobody could use the point: it has to be published, and to have arrived. */
export function knownFromUs(point: ExternalPoint & { readonly receiveTimeUs?: number }): number {
  return Math.max(point.publishedTimeUs, point.receiveTimeUs ?? 0)
}

const MOST_NAME = 200
const MOST_DETAILS = 32
/** Times that look like seconds or milliseconds are somebody's mistake: from 2001 to 2200, microseconds have 15 or 16 digits. */
const LEAST_US = 1_000_000_000_000_000 - 1e12
const MOST_US = 7_258_118_400_000_000

/** Why a point cannot be taken, or undefined for a good one. Whoever wrote the source may not have had a type checker. */
export function pointFault(point: unknown): string | undefined {
  if (typeof point !== 'object' || point === null) return 'expected an object'
  const fields = new Map<string, unknown>(Object.entries(point))
  for (const name of ['series', 'unit']) {
    if (!isName(fields.get(name))) return `"${name}": expected a text of 1 to ${MOST_NAME} characters`
  }
  const key = fields.get('key')
  if (key !== undefined && !isName(key)) return `"key": expected a text of 1 to ${MOST_NAME} characters, or nothing`
  if (!Number.isFinite(fields.get('value'))) return `"value": expected a number, was ${String(fields.get('value'))}`
  for (const name of ['effectiveTimeUs', 'publishedTimeUs']) {
    const time = fields.get(name)
    if (typeof time !== 'number' || !Number.isInteger(time) || time < LEAST_US || time > MOST_US)
      return `"${name}": expected whole microseconds since 1970, was ${String(time)}`
  }
  const revision = fields.get('revision')
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 0)
    return `"revision": expected a whole number from 0 on, was ${String(revision)}`
  if (typeof fields.get('isFinal') !== 'boolean') return '"isFinal": expected true or false'
  return detailsFault(fields.get('details'))
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= MOST_NAME
}

export function detailsFault(details: unknown): string | undefined {
  if (details === undefined) return undefined
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return '"details": expected an object'
  const entries: readonly (readonly [string, unknown])[] = Object.entries(details)
  if (entries.length > MOST_DETAILS) return `"details": expected at most ${MOST_DETAILS} fields`
  for (const [name, value] of entries) {
    const isPlain = typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)
    if (!isPlain) return `"details.${name}": expected a number, a text or a truth value`
  }
  return undefined
}
