import { DecodeError, TickwireError } from '../../model/error.ts'
import { parseAmount, parseDecimal } from '../../model/number.ts'
import type { EpochUs } from '../../model/time.ts'
import { epochUs } from '../../model/time.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord } from './json-exact.ts'

/** Unit of every time of a source. It is known from how the source was opened and never guessed from a value. */
export type TimeUnit = 'millisecond' | 'microsecond'

/** Year 5138 as milliseconds, March 1973 as microseconds: a time on the wrong side was sent in the other unit. */
const UNIT_BOUNDARY = 1e14

/** A required text. @throws DecodeError */
export function textOf(row: JsonRecord, key: string): string {
  const value = row[key]
  if (typeof value !== 'string') throw new DecodeError(`"${key}" must be a text, was ${shown(value)}`)
  return value
}

/** A required price or quantity, exact. @throws DecodeError, also beyond 15 significant digits */
export function decimalOf(row: JsonRecord, key: string): number {
  return exactDecimal(textOf(row, key), key)
}

/** No venue writes a number longer than this; checking one would take time that grows with it. */
const LONGEST_DECIMAL = 64

/** A decimal text as an exact number. @throws DecodeError */
export function exactDecimal(text: string, key: string): number {
  if (text.length > LONGEST_DECIMAL) throw new DecodeError(`"${key}" is no decimal: ${shown(text)}`)
  try {
    return parseDecimal(text)
  } catch (cause) {
    throw new DecodeError(`"${key}" must be a decimal of at most 15 digits, was ${shown(text)}`, cause)
  }
}

/** A required volume, rate or index: the nearest float64. @throws DecodeError */
export function amountOf(row: JsonRecord, key: string): number {
  return finiteAmount(textOf(row, key), key)
}

/** Any decimal text as the nearest float64. @throws DecodeError */
export function finiteAmount(text: string, key: string): number {
  if (text.length > LONGEST_DECIMAL) throw new DecodeError(`"${key}" is no decimal: ${shown(text)}`)
  let amount: number
  try {
    amount = parseAmount(text)
  } catch (cause) {
    throw new DecodeError(`"${key}" must be a decimal, was ${shown(text)}`, cause)
  }
  if (Number.isFinite(amount)) return amount
  throw new DecodeError(`"${key}" is beyond every number: ${shown(text)}`)
}

/** An optional amount: absent, null, empty and "NaN" all mean that the venue has none. @throws DecodeError */
export function optionalAmountOf(row: JsonRecord, key: string): number | undefined {
  const value = row[key]
  if (value === undefined || value === null || value === '' || value === 'NaN') return undefined
  return amountOf(row, key)
}

/** An optional exact decimal. @throws DecodeError */
export function optionalDecimalOf(row: JsonRecord, key: string): number | undefined {
  const value = row[key]
  if (value === undefined || value === null || value === '' || value === 'NaN') return undefined
  return decimalOf(row, key)
}

/** A required boolean. @throws DecodeError */
export function booleanOf(row: JsonRecord, key: string): boolean {
  const value = row[key]
  if (typeof value !== 'boolean') throw new DecodeError(`"${key}" must be true or false, was ${shown(value)}`)
  return value
}

/** A required integer from 0 to 2^53 - 1. @throws DecodeError */
export function integerOf(row: JsonRecord, key: string): number {
  const value = row[key]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value === 0 ? 0 : value
  throw new DecodeError(`"${key}" must be an integer, was ${shown(value)}`)
}

export function optionalIntegerOf(row: JsonRecord, key: string): number | undefined {
  return row[key] === undefined || row[key] === null ? undefined : integerOf(row, key)
}

/** A required id as text, exact beyond 2^53. @throws DecodeError */
export function idOf(row: JsonRecord, key: string): string {
  const value = row[key]
  if (typeof value === 'string' && /^\d+$/.test(value)) return value
  return String(integerOf(row, key))
}

/** An id for continuity checks, -1 when a float64 does not hold it. */
export function sequenceOf(id: string): number {
  const value = Number(id)
  return Number.isSafeInteger(value) ? value : -1
}

/** A time that may be absent; 0 means absent too. @throws DecodeError also when it was sent in the other unit */
export function timeOf(row: JsonRecord, key: string, unit: TimeUnit): EpochUs | undefined {
  const value = optionalIntegerOf(row, key)
  if (value === undefined || value === 0) return undefined
  if (!isPlausibleTime(value, unit)) throw new DecodeError(`"${key}" is no time in ${unit}s: ${value}`)
  return epochUs(unit === 'millisecond' ? value * 1000 : value)
}

export function isPlausibleTime(value: number, unit: TimeUnit): boolean {
  return unit === 'millisecond' ? value < UNIT_BOUNDARY : value >= UNIT_BOUNDARY
}

/** A required time. @throws DecodeError */
export function requiredTimeOf(row: JsonRecord, key: string, unit: TimeUnit): EpochUs {
  const time = timeOf(row, key, unit)
  if (time === undefined) throw new DecodeError(`"${key}" must be a time, was ${shown(row[key])}`)
  return time
}

/** A required nested object. @throws DecodeError */
export function recordOf(row: JsonRecord, key: string): JsonRecord {
  const value = row[key]
  if (!isRecord(value)) throw new DecodeError(`"${key}" must be an object, was ${shown(value)}`)
  return value
}

/** A required list. @throws DecodeError */
export function listOf(row: JsonRecord, key: string): readonly unknown[] {
  const value = row[key]
  if (!Array.isArray(value)) throw new DecodeError(`"${key}" must be a list, was ${shown(value)}`)
  return value
}

/** A value for an error message, cut short. */
export function shown(value: unknown): string {
  return value === undefined ? 'absent' : (JSON.stringify(value)?.slice(0, 60) ?? typeof value)
}

/** Our own errors (a bad instrument name, too many digits) as the one that decoders may throw; foreign ones are bugs. */
export function asDecodeError(error: unknown): unknown {
  if (error instanceof DecodeError || !(error instanceof TickwireError)) return error
  return new DecodeError(error.message, error)
}
