import { ConfigError } from '../../model/error.ts'
import { nearest } from '../../model/nearest.ts'
import { dateOf } from '../statistics/calendar.ts'

/** What a venue takes of a taker from a day on. */
export interface FeeEntry {
  readonly venue: string
  /** `2023-11-01`, UTC. */
  readonly from: string
  readonly takerBps: number
  /** Where the figure comes from and when it was read. */
  readonly note?: string | undefined
}

/** Taker fees by venue and day. */
export class FeeSchedule {
  readonly name: string
  readonly entries: readonly FeeEntry[]
  /** What whoever reads a report must know of them. */
  readonly note: string | undefined

  constructor(name: string, entries: readonly FeeEntry[], note?: string) {
    this.name = name
    this.note = note
    this.entries = [...entries].sort((a, b) => (a.from < b.from ? -1 : 1))
  }

  /** @throws ConfigError when the schedule has none for that venue and day */
  takerFee(venue: string, timeUs: number): number {
    const day = dateOf(timeUs)
    const entry = this.entries.filter(each => each.venue === venue && each.from <= day).at(-1)
    if (entry !== undefined) return entry.takerBps / 1e4
    const venues = [...new Set(this.entries.map(each => each.venue))]
    const has = venues.length === 0 ? 'none' : venues.join(', ')
    throw new ConfigError(
      `fees: "${this.name}" has no taker fee of ${venue} on ${day}; it has ${has}. Give one with --fees.`,
      nearest(venue, venues),
    )
  }
}

/**
 * Reads `{ note?, fees: [{ venue, from, takerBps, note? }] }`.
 * @throws ConfigError naming the entry, what was expected and what was received
 */
export function parseFees(name: string, value: unknown): FeeSchedule {
  const list: unknown = isRecord(value) ? value['fees'] : undefined
  const note = isRecord(value) ? value['note'] : undefined
  if (!Array.isArray(list) || list.length === 0) throw new ConfigError(`${name}: expected a list under "fees".`)
  return new FeeSchedule(
    name,
    list.map((entry: unknown, index) => parseEntry(`${name}: fees[${index}]`, entry)),
    typeof note === 'string' ? note : undefined,
  )
}

function parseEntry(place: string, entry: unknown): FeeEntry {
  if (!isRecord(entry)) throw new ConfigError(`${place}: expected an object.`)
  for (const key of Object.keys(entry)) {
    const known = ['venue', 'from', 'takerBps', 'note']
    if (!known.includes(key)) throw new ConfigError(`${place}: unknown field "${key}".`, nearest(key, known))
  }
  const { venue, from, takerBps, note } = entry
  if (typeof venue !== 'string' || venue === '')
    throw new ConfigError(`${place}.venue: expected a venue, was ${JSON.stringify(venue)}.`)
  if (typeof from !== 'string' || !/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(from))
    throw new ConfigError(`${place}.from: expected a day such as "2023-11-01", was ${JSON.stringify(from)}.`)
  if (typeof takerBps !== 'number' || !(takerBps > -100 && takerBps < 1000))
    throw new ConfigError(`${place}.takerBps: expected basis points, was ${JSON.stringify(takerBps)}.`)
  return { venue, from, takerBps, ...(typeof note === 'string' ? { note } : {}) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
