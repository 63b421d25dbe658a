import type { DurationMs } from '../model/time.ts'

/** A ban that names no end is not asked about again sooner. */
export const UNNAMED_BAN_MS: DurationMs = 120_000

/** Nobody is believed who asks for more than a week. */
const MOST_MS = 7 * 86_400_000

/**
 * How long an answer asks everybody to wait, in its `Retry-After` header: seconds, or a date, which is read against the
 * server's own `Date`. Undefined when it asks for nothing that can be read. Source: RFC 9110 §10.2.3.
 */
export function retryAfterMs(headers: { get(name: string): string | null }): DurationMs | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,15}$/.test(text)) return Math.min(MOST_MS, Number(text) * 1000)
  const until = httpDate(text)
  const now = httpDate(headers.get('date')?.trim() ?? '')
  if (until !== undefined && now !== undefined) return Math.min(MOST_MS, Math.max(0, until - now))
  return undefined
}

/** As {@link retryAfterMs} for a refused upgrade, where only a ban (418) is respected without being named: anything else is left to the backoff. */
export function upgradeWaitMs(status: number, headers: { get(name: string): string | null }): DurationMs | undefined {
  return retryAfterMs(headers) ?? (status === 418 ? UNNAMED_BAN_MS : undefined)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Sat, 21 Nov 2026 13:21:34 GMT` in milliseconds since 1970; the two obsolete forms are not read. */
function httpDate(text: string): number | undefined {
  const match = /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text)
  if (match === null) return undefined
  const [, day, monthName = '', year, hours, minutes, seconds] = match
  const month = MONTHS.indexOf(monthName)
  if (month < 0) return undefined
  const days = daysSince1970(Number(year), month + 1, Number(day))
  return ((days * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000
}

/** Gregorian calendar; years begin in March here, so that the leap day is the last one. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
