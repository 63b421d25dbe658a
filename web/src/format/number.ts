import { locale } from './locale.ts'

const fixed = new Map<number, Intl.NumberFormat>()

/** A price or size with exactly these decimals and grouped thousands. */
export function number(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return '–'
  let format = fixed.get(decimals)
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    fixed.set(decimals, format)
  }
  return format.format(value)
}

/** With its sign, always: +1.20, −0.35; what rounds to nothing has none. */
export function signed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return '–'
  const text = number(Math.abs(value), decimals)
  if (Math.round(Math.abs(value) * 10 ** decimals) === 0) return text
  return value < 0 ? `−${text}` : `+${text}`
}

const UNITS = ['', 'k', 'M', 'B', 'T']

/** Four significant characters: 950, 1.25k, 12.5M. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return '–'
  let scaled = Math.abs(value)
  let unit = 0
  while (scaled >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000
    unit++
  }
  const decimals = unit === 0 && Number.isInteger(scaled) ? 0 : scaled < 10 ? 2 : scaled < 100 ? 1 : 0
  return `${value < 0 ? '−' : ''}${number(scaled, decimals)}${UNITS[unit] ?? ''}`
}

/** A size in a column of limited width: its own decimals while small, compact when large. */
export function size(value: number, decimals: number): string {
  if (value >= 100_000) return compact(value)
  return number(value, value >= 10_000 ? Math.min(decimals, 0) : value >= 1000 ? Math.min(decimals, 1) : decimals)
}

/** Digits behind the point of a decimal step such as "0.10". */
export function decimalsOf(step: string | undefined, fallback: number): number {
  if (step === undefined) return fallback
  const point = step.indexOf('.')
  return point < 0 ? 0 : step.slice(point + 1).replace(/0+$/, '').length
}
