import type { DecimalText } from '../model/account-event.ts'
import { PrecisionError } from '../model/error.ts'

interface Scaled {
  readonly units: bigint
  readonly scale: number
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/

/** Exact, however many digits: below zero when `a` is less. @throws PrecisionError when a text is no decimal */
export function compareDecimals(a: DecimalText, b: DecimalText): number {
  if (a === b) return 0
  const [left, right] = aligned(a, b)
  return left < right ? -1 : left > right ? 1 : 0
}

/** `"1.10"` and `"1.1"` are the same amount. @throws PrecisionError */
export function sameDecimal(a: DecimalText | undefined, b: DecimalText | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return compareDecimals(a, b) === 0
}

/** @throws PrecisionError */
export function addDecimals(a: DecimalText, b: DecimalText): DecimalText {
  const [left, right, scale] = aligned(a, b)
  return textOf(left + right, scale)
}

/** @throws PrecisionError */
export function subtractDecimals(a: DecimalText, b: DecimalText): DecimalText {
  const [left, right, scale] = aligned(a, b)
  return textOf(left - right, scale)
}

/** @throws PrecisionError */
export function isZeroDecimal(text: DecimalText): boolean {
  return scaled(text).units === 0n
}

function aligned(a: DecimalText, b: DecimalText): readonly [bigint, bigint, number] {
  const left = scaled(a)
  const right = scaled(b)
  const scale = Math.max(left.scale, right.scale)
  return [left.units * power(scale - left.scale), right.units * power(scale - right.scale), scale]
}

function power(exponent: number): bigint {
  return 10n ** BigInt(exponent)
}

function scaled(text: DecimalText): Scaled {
  const match = DECIMAL.exec(text)
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match ?? []
  if (match === null || whole + fraction === '')
    throw new PrecisionError(`expected a decimal such as "61800.20", was ${JSON.stringify(text.slice(0, 40))}`)
  const magnitude = BigInt(whole + fraction)
  const units = sign === '-' ? -magnitude : magnitude
  const scale = fraction.length - Number(exponentText)
  return scale >= 0 ? { units, scale } : { units: units * power(-scale), scale: 0 }
}

function textOf(units: bigint, scale: number): DecimalText {
  const sign = units < 0n ? '-' : ''
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
