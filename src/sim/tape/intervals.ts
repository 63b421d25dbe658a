const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Steps of the intervals with a fixed length; `1M` is a calendar month. Case matters: `1m` is not `1M`. */
const steps: ReadonlyMap<string, number> = new Map([
  ['1s', second],
  ['1m', minute],
  ['3m', 3 * minute],
  ['5m', 5 * minute],
  ['15m', 15 * minute],
  ['30m', 30 * minute],
  ['1h', hour],
  ['2h', 2 * hour],
  ['4h', 4 * hour],
  ['6h', 6 * hour],
  ['8h', 8 * hour],
  ['12h', 12 * hour],
  ['1d', day],
  ['3d', 3 * day],
  ['1w', 7 * day],
])

export function isInterval(text: string): boolean {
  return text === '1M' || steps.has(text)
}

/** Milliseconds of an interval; 28 days, the shortest, for a month. */
export function shortestMs(interval: string): number {
  return steps.get(interval) ?? 28 * day
}

/** Start of the candle that holds `atMs`. Weeks begin on Monday; `offsetMs` shifts the day boundary (UTC+8: 8 h). */
export function candleStart(interval: string, atMs: number, offsetMs = 0): number {
  const local = atMs + offsetMs
  const step = steps.get(interval)
  if (step === undefined) return monthStart(Math.floor(local / day)) * day - offsetMs
  // 1970-01-01 was a Thursday: weeks are counted from Monday the 5th.
  const origin = interval === '1w' ? 4 * day : 0
  return Math.floor((local - origin) / step) * step + origin - offsetMs
}

/** Start of the next candle. */
export function nextStart(interval: string, startMs: number, offsetMs = 0): number {
  const step = steps.get(interval)
  return step === undefined ? candleStart(interval, startMs + 32 * day, offsetMs) : startMs + step
}

/** First day of the month that holds the day, both as days since 1970 (proleptic Gregorian calendar). */
function monthStart(days: number): number {
  const { dayOfMonth } = civilDate(days)
  return days - dayOfMonth + 1
}

/** Calendar date of a day since 1970. */
export function civilDate(days: number): {
  readonly year: number
  readonly month: number
  readonly dayOfMonth: number
} {
  // Eras of 400 years that begin on 1 March, so that the leap day comes last.
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfMonth }
}

/** `YYMMDD` of a moment, as delivery contracts and options carry it. */
export function expiryCode(atMs: number): string {
  const { year, month, dayOfMonth } = civilDate(Math.floor(atMs / day))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(year % 100)}${two(month)}${two(dayOfMonth)}`
}

/** Days since 1970 of a calendar date. */
export function daysFromCivil(year: number, month: number, dayOfMonth: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + dayOfMonth - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** 08:00 UTC of a `YYMMDD` code; undefined when it is none. */
export function expiryMs(code: string): number | undefined {
  const match = /^(\d{2})(\d{2})(\d{2})$/.exec(code)
  if (match === null) return undefined
  return daysFromCivil(2000 + Number(match[1]), Number(match[2]), Number(match[3])) * day + 8 * hour
}
