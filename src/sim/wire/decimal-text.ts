/**
 * Writes an integer count of 10^-decimals as decimal text, with zeros up to `width` digits behind the point.
 * `unitsText(6183763, 2, 8)` is `"61837.63000000"`.
 */
export function unitsText(units: number | bigint, decimals: number, width: number = decimals): string {
  const isNegative = units < 0
  let digits = String(isNegative ? -units : units)
  if (width === 0 && decimals === 0) return isNegative ? `-${digits}` : digits
  if (digits.length <= decimals) digits = digits.padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const text = `${digits.slice(0, point)}.${digits.slice(point)}${'0'.repeat(Math.max(0, width - decimals))}`
  return isNegative ? `-${text}` : text
}

/** A float as decimal text with a fixed number of digits; never in exponent form. */
export function floatText(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : (0).toFixed(digits)
}

/** Digits behind the point that are not trailing zeros: `"1.2300"` has 2. */
export function significantDecimals(text: string): number {
  const point = text.indexOf('.')
  if (point < 0) return 0
  let end = text.length
  while (end > point + 1 && text.charCodeAt(end - 1) === 48) end--
  return end - point - 1
}

/** Digits behind the point as written: `"1.2300"` has 4. */
export function writtenDecimals(text: string): number {
  const point = text.indexOf('.')
  return point < 0 ? 0 : text.length - point - 1
}

/** Reads decimal text as an integer count of 10^-decimals; digits beyond that must be zeros, else undefined. */
export function unitsFromText(text: string, decimals: number): number | undefined {
  if (!/^-?\d+(\.\d*)?$/.test(text) || significantDecimals(text) > decimals) return undefined
  const point = text.indexOf('.')
  const whole = point < 0 ? text : text.slice(0, point)
  const fraction = point < 0 ? '' : text.slice(point + 1, point + 1 + decimals)
  return Number(whole + fraction.padEnd(decimals, '0'))
}
