import { decimalText } from '../../model/number.ts'

const HOURS_PER_YEAR = 8760

/** A funding rate in the unit in which contracts with different intervals compare: per 8 hours. */
export function per8Hours(fundingRate: number, intervalHours: number): number {
  return (fundingRate * 8) / intervalHours
}

/** Simple, not compounded, percent. 0.0001 per 8 h, the usual resting level, is 10.95 % a year. */
export function annualPercent(fundingRate: number, intervalHours: number): number {
  return (fundingRate * 100 * HOURS_PER_YEAR) / intervalHours
}

/** Who pays whom. A rate above 0: longs pay shorts. Below 0: shorts pay longs. */
export function payerOf(fundingRate: number): 'longs' | 'shorts' | 'nobody' {
  if (fundingRate > 0) return 'longs'
  return fundingRate < 0 ? 'shorts' : 'nobody'
}

/** The rate with its sign in words, such as `shorts pay longs 0.030 % / 8 h`. */
export function fundingWords(fundingRate: number, hours: number): string {
  const size = `${(Math.abs(fundingRate) * 100).toFixed(3)} % / ${decimalText(hours)} h`
  switch (payerOf(fundingRate)) {
    case 'longs':
      return `longs pay shorts ${size}`
    case 'shorts':
      return `shorts pay longs ${size}`
    case 'nobody':
      return `nobody pays funding (0.000 % / ${decimalText(hours)} h)`
  }
}
