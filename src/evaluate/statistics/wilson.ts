import { normalQuantile } from './normal-quantile.ts'

export interface Proportion {
  readonly rate: number
  readonly low: number
  readonly high: number
}

/**
 * A share with its Wilson score interval: `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. Absent for n = 0.
 * Source: Wilson, JASA 22, 1927.
 * @param confidence @default 0.95
 */
export function wilson(hits: number, n: number, confidence = 0.95): Proportion | undefined {
  if (!(n > 0)) return undefined
  const z = normalQuantile(0.5 + confidence / 2)
  const rate = hits / n
  const scale = 1 + (z * z) / n
  const middle = (rate + (z * z) / (2 * n)) / scale
  const reach = (z * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n))) / scale
  // Rounding must not push the bounds of 0 of n and n of n over the edge.
  return { rate, low: hits === 0 ? 0 : middle - reach, high: hits === n ? 1 : middle + reach }
}
