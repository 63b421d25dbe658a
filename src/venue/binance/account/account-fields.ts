import type { DecimalText } from '../../../model/account-event.ts'
import { DecodeError } from '../../../model/error.ts'
import type { Side } from '../../../model/event.ts'
import type { InstrumentId } from '../../../model/instrument.ts'
import { instrumentId } from '../../../model/instrument.ts'
import { decimalText } from '../../../model/number.ts'
import type { EpochUs } from '../../../model/time.ts'
import { epochUs } from '../../../model/time.ts'
import type { AccountUpdate } from '../../account-adapter.ts'
import { shown, textOf, timeOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { exactOf, exactText, isZero } from './exact-decimal.ts'

export type ToldUpdate = Extract<AccountUpdate, { kind: 'told' }>

const PLAIN_DECIMAL = /^-?\d{1,40}(\.\d{1,40})?$/

/** What an update tells, for events of every kind. */
export function told(event: ToldUpdate['event'], timeUs: EpochUs, executionId?: string): ToldUpdate {
  return { kind: 'told', event, timeUs, executionId }
}

/** A required amount, exactly as it was sent; only an exponent is written out. @throws DecodeError */
export function decimalTextOf(row: JsonRecord, key: string): DecimalText {
  const text = optionalDecimalTextOf(row, key)
  if (text === undefined) throw new DecodeError(`"${key}" must be a decimal, was ${shown(row[key])}`)
  return text
}

/** An amount that may be absent, null or empty. @throws DecodeError for anything else that is no decimal */
export function optionalDecimalTextOf(row: JsonRecord, key: string): DecimalText | undefined {
  const value = row[key]
  if (value === undefined || value === null || value === '' || value === 'null') return undefined
  const text = typeof value === 'number' ? decimalText(value) : value
  if (typeof text !== 'string') throw new DecodeError(`"${key}" must be a decimal, was ${shown(value)}`)
  return PLAIN_DECIMAL.test(text) ? text : exactText(exactOf(text))
}

/** An amount of which zero means that there is none, such as a stop price. @throws DecodeError */
export function nonZeroTextOf(row: JsonRecord, key: string): DecimalText | undefined {
  const text = optionalDecimalTextOf(row, key)
  return text === undefined || isZero(text) ? undefined : text
}

/** A text that may be absent or empty. */
export function optionalTextOf(row: JsonRecord, key: string): string | undefined {
  const value = row[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An id as text, exact beyond 2^53; undefined for -1, zero, empty and absent, which all mean that there is none. */
export function optionalIdOf(row: JsonRecord, key: string): string | undefined {
  const value = row[key]
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && /^\d+$/.test(text) && !/^0+$/.test(text) ? text : undefined
}

export function flagOf(row: JsonRecord, key: string): boolean | undefined {
  const value = row[key]
  return typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : undefined
}

/** `BUY` or `SELL`. @throws DecodeError for everything else, since positions hang on it */
export function sideOf(row: JsonRecord, key: string): Side {
  const value = row[key]
  if (value === 'BUY') return 'buy'
  if (value === 'SELL') return 'sell'
  throw new DecodeError(`"${key}" must be BUY or SELL, was ${shown(value)}`)
}

/** The side of a hedged position, where the venue names one. */
export function positionSideOf(row: JsonRecord, key: string): 'both' | 'long' | 'short' | undefined {
  const value = row[key]
  return value === 'BOTH' ? 'both' : value === 'LONG' ? 'long' : value === 'SHORT' ? 'short' : undefined
}

/** The side by which a position is known. Absent means one-way mode. @throws DecodeError for a side it does not know */
export function heldSideOf(row: JsonRecord, key: string): 'both' | 'long' | 'short' {
  const side = positionSideOf(row, key)
  if (side !== undefined) return side
  if (row[key] === undefined) return 'both'
  throw new DecodeError(`"${key}" must be BOTH, LONG or SHORT, was ${shown(row[key])}`)
}

/** `cross`, `CROSSED`, `isolated`, `ISOLATED`. */
export function marginTypeOf(row: JsonRecord, key: string): 'cross' | 'isolated' | undefined {
  const value = row[key]
  if (typeof value !== 'string') return undefined
  const text = value.toLowerCase()
  return text === 'isolated' ? 'isolated' : text.startsWith('cross') ? 'cross' : undefined
}

/** `s` or `symbol` as an instrument of the venue. @throws DecodeError, ConfigError */
export function instrumentOf(venue: string, row: JsonRecord, key: string): InstrumentId {
  return instrumentId(`${venue}:${textOf(row, key)}`)
}

/** The first of several times that is there; milliseconds on the wire. @throws DecodeError */
export function firstTimeOf(row: JsonRecord, keys: readonly string[]): EpochUs | undefined {
  for (const key of keys) {
    const time = timeOf(row, key, 'millisecond')
    if (time !== undefined) return time
  }
  return undefined
}

/** A row that was never changed says 0: everything the stream tells is newer. */
export const NEVER: EpochUs = epochUs(0)
