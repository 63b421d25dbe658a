import { PrecisionError } from './error.ts'

/** 10^0 … 10^22, every one exact in float64. */
export const POWERS_OF_TEN: Float64Array = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

const DECIMAL = /^-?(\d+)(?:\.(\d*))?$/

/**
 * A venue's decimal text as float64. Up to 15 significant digits the way text → number → text is exact, so equal prices
 * are equal numbers.
 * @throws PrecisionError when more than 15 significant digits, or no plain decimal, was given
 */
export function parseDecimal(text: string): number {
  const match = DECIMAL.exec(text)
  if (match === null) throw new PrecisionError(`expected a decimal such as "61800.20", was ${JSON.stringify(text)}`)
  if (text.length > 15 && significantDigits(match[1] ?? '', match[2] ?? '') > 15) {
    throw new PrecisionError(`more than 15 significant digits in ${JSON.stringify(text)}`)
  }
  return Number(text)
}

function significantDigits(whole: string, fraction: string): number {
  const digits = (whole + fraction).replace(/^0+/, '')
  return fraction === '' ? digits.length : digits.replace(/0+$/, '').length
}

/** Digits behind the point that a decimal step such as `"0.00100000"` needs: 3. */
export function decimalsOf(step: string): number {
  const point = step.indexOf('.')
  if (point < 0) return 0
  return step.slice(point + 1).replace(/0+$/, '').length
}

/** A price or quantity in units of 10^-decimals: the integer to compute buckets and sums in. */
export function toUnits(value: number, decimals: number): number {
  return Math.round(value * (POWERS_OF_TEN[decimals] ?? 10 ** decimals))
}

/** The inverse of {@link toUnits}: correctly rounded while units stay below 2^53 and decimals at or below 22. */
export function fromUnits(units: number, decimals: number): number {
  return units / (POWERS_OF_TEN[decimals] ?? 10 ** decimals)
}

/** Plain decimal text of a number, never in exponent form: `1e-8` becomes `"0.00000001"`. */
export function decimalText(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  const [mantissa = '', exponentText = '0'] = text.split('e')
  const exponent = Number(exponentText)
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const digits = whole + fraction
  const point = whole.length + exponent
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

const ANY_DECIMAL = /^-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/

/**
 * A volume, rate or other amount that is never used as a key: rounded to the nearest float64, however many digits it has.
 * @throws PrecisionError when the text is no decimal number
 */
export function parseAmount(text: string): number {
  if (!ANY_DECIMAL.test(text)) throw new PrecisionError(`expected a decimal number, was ${JSON.stringify(text)}`)
  return Number(text)
}
