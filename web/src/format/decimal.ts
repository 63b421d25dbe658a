import { locale } from './locale.ts'

const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1_234_567.8)
const group = parts.find(part => part.type === 'group')?.value ?? ','
const point = parts.find(part => part.type === 'decimal')?.value ?? '.'

/**
 * Decimal text of the venue with grouped thousands: never rounded, never a float. Zeros behind the last digit that counts
 * are left out beyond `leastDecimals`.
 */
export function decimal(text: string | undefined, leastDecimals = 0): string {
  if (text === undefined || text === '') return '–'
  const isNegative = text.startsWith('-')
  const [whole = '0', fraction = ''] = (isNegative ? text.slice(1) : text).split('.')
  const kept = fraction.replace(/0+$/, '').padEnd(leastDecimals, '0')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group)
  return `${isNegative ? '−' : ''}${grouped}${kept === '' ? '' : `${point}${kept}`}`
}

/** A price with as many digits as tell it from its neighbours; the exact one stands in the title. */
const PRICE_DIGITS = 7

/** A price, cut where further digits would only hide the ones that count. */
export function priceDecimal(text: string | undefined): string {
  if (text === undefined) return '–'
  const [whole = '', fraction = ''] = text.split('.')
  const leading = /^-?0*$/.test(whole) ? -(/^0*/.exec(fraction)?.[0].length ?? 0) : whole.replace(/^-?0*/, '').length
  return decimal(`${whole}.${fraction.slice(0, Math.max(0, PRICE_DIGITS - leading))}`)
}

/** With its sign, always, and cut to `decimals`: for profits, whose exact value stands in the title. */
export function signedDecimal(text: string | undefined, decimals: number): string {
  if (text === undefined || text === '') return '–'
  const [whole = '0', fraction = ''] = text.split('.')
  const cut = decimal(`${whole}.${fraction.slice(0, decimals)}`, decimals)
  if (!/[1-9]/.test(cut)) return cut.replace('−', '')
  return cut.startsWith('−') ? cut : `+${cut}`
}

/** Direction of an amount: colours say it, signs and words do, too. */
export function direction(text: string | undefined): 'up' | 'down' | '' {
  if (text === undefined || !/[1-9]/.test(text)) return ''
  return text.startsWith('-') ? 'down' : 'up'
}
