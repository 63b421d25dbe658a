import type { DecimalText } from '../../../model/account-event.ts'
import { PrecisionError } from '../../../model/error.ts'

/** `units × 10^-scale`: money is counted with this, never with a float64. */
export interface ExactDecimal {
  readonly units: bigint
  readonly scale: number
}

/** The venue writes no longer numbers; the work with one grows with its length. */
const LONGEST = 64
const PLAIN = /^-?\d+(\.\d+)?$/
/** Every amount here has a digit in front of its point. */
const ZERO = /^[+-]?0+(\.0*)?([eE][+-]?\d{1,2})?$/
const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/

/** @throws PrecisionError when the text is no decimal number, or longer than 64 letters */
export function exactOf(text: DecimalText): ExactDecimal {
  const match = text.length > LONGEST ? null : DECIMAL.exec(text)
  if (match === null) throw new PrecisionError(`expected a decimal, was ${JSON.stringify(text.slice(0, LONGEST))}`)
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match
  const scale = fraction.length - Number(exponentText)
  const digits = BigInt(whole + fraction)
  const units = sign === '-' ? -digits : digits
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

export function minus(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const scale = Math.max(a.scale, b.scale)
  return { units: rescaled(a, scale) - rescaled(b, scale), scale }
}

export function times(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return { units: a.units * b.units, scale: a.scale + b.scale }
}

/** `a ÷ b`, rounded half away from zero to so many decimals. @throws PrecisionError for a divisor of zero */
export function quotient(a: ExactDecimal, b: ExactDecimal, decimals: number): ExactDecimal {
  if (b.units === 0n) throw new PrecisionError('division by zero')
  const shift = decimals + b.scale - a.scale
  const dividend = shift >= 0 ? a.units * 10n ** BigInt(shift) : a.units
  const divisor = shift >= 0 ? b.units : b.units * 10n ** BigInt(-shift)
  return { units: roundedQuotient(dividend, divisor), scale: decimals }
}

/** Rounded half away from zero to so many decimals. */
export function rounded(value: ExactDecimal, decimals: number): ExactDecimal {
  if (value.scale <= decimals) return { units: rescaled(value, decimals), scale: decimals }
  return { units: roundedQuotient(value.units, 10n ** BigInt(value.scale - decimals)), scale: decimals }
}

/** Plain text with as many decimals as the scale says; zero has no sign. */
export function exactText({ units, scale }: ExactDecimal): DecimalText {
  const sign = units < 0n ? '-' : ''
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  if (scale === 0) return sign + digits
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Zeros at the end behind the point are cut off. */
export function shortText(value: ExactDecimal): DecimalText {
  const text = exactText(value)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** By its digits alone, which is several times faster than counting. */
export function isZero(text: DecimalText): boolean {
  return ZERO.test(text)
}

/** `a − b` with the decimals of the longer one. @throws PrecisionError */
export function differenceText(a: DecimalText, b: DecimalText): DecimalText {
  // The usual case: all of a wallet is crossed.
  if (a === b && PLAIN.test(a)) return a.replace(/^-/, '').replace(/\d+/, '0').replace(/[1-9]/g, '0')
  return exactText(minus(exactOf(a), exactOf(b)))
}

/** @throws PrecisionError */
export function negatedText(text: DecimalText): DecimalText {
  const { units, scale } = exactOf(text)
  return exactText({ units: -units, scale })
}

function rescaled({ units, scale }: ExactDecimal, wanted: number): bigint {
  return wanted === scale ? units : units * 10n ** BigInt(wanted - scale)
}

function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor]
  const result = (2n * top + bottom) / (2n * bottom)
  return isNegative ? -result : result
}
