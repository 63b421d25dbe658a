import { z } from 'zod'
import { simVenues } from '../venue-rules.ts'

/** What a message says was received. */
export function received(value: unknown): string {
  return value === undefined ? 'received nothing' : `was ${JSON.stringify(value)}`
}

/** A value that passes a test of its own, with a message that says what was expected. */
export function field<T>(expected: string, is: (value: unknown) => value is T): z.ZodType<T> {
  return z.custom<T>(is, { error: issue => `expected ${expected}, ${received(issue.input)}` })
}

export function numeric(expected: string, least: number, most: number, isWhole = false): z.ZodType<number> {
  return field(
    expected,
    (value): value is number =>
      typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value)),
  )
}

const weekMs = 604_800_000
export const duration = numeric('a number of milliseconds, at most a week', 0, weekMs)
export const span = numeric('a number of milliseconds above 0, at most a week', Number.MIN_VALUE, weekMs)
export const text = field('a text', (value): value is string => typeof value === 'string')
export const share = numeric('a share above 0 and at most 1', Number.MIN_VALUE, 1)
export const count = numeric('a whole number from 1 to 1000000', 1, 1_000_000, true)
export const factor = numeric('a factor from 0.000001 to 1000', 1e-6, 1000)
export const status = numeric('an HTTP status from 300 to 599', 300, 599, true)
export const closeCode = field(
  'a close code that may travel: 1000 to 1003, 1007 to 1014 or 3000 to 4999',
  (value): value is number =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    ((value >= 1000 && value <= 1003) || (value >= 1007 && value <= 1014) || (value >= 3000 && value <= 4999)),
)
export const pingPayload = field(
  'a text of at most 125 bytes',
  (value): value is string => typeof value === 'string' && Buffer.byteLength(value) <= 125,
)
export const hex = field(
  'bytes in hexadecimal, such as "8100"',
  (value): value is string => typeof value === 'string' && /^([0-9a-f]{2})+$/i.test(value),
)
export const headers = field(
  'names and values of headers',
  (value): value is Readonly<Record<string, string>> =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, of]) => /^[\w-]+$/.test(name) && typeof of === 'string' && !/[\r\n]/.test(of)),
)
export const hole = field(
  'the first and the last missing trade id, such as [100, 109]',
  (value): value is readonly [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger) && value[0] <= value[1],
)

/** Of every step. */
export const timing = {
  atMs: duration,
  forMs: span.exactOptional(),
  everyMs: numeric('a number of milliseconds, at least 10', 10, weekMs).exactOptional(),
  venue: field(`one of ${simVenues.join(', ')}`, (value): value is string =>
    simVenues.some(venue => venue === value),
  ).exactOptional(),
}
export const stream = field(
  'a stream name, with * for any run of characters',
  (value): value is string => typeof value === 'string' && value !== '',
).exactOptional()
/** Of steps that may be about some streams only. */
export const streams = { ...timing, stream }
