import { priceDecimals } from '../../../state/market.ts'
import type { IndicatorKind } from './indicator-kinds.ts'

/** Digits behind the point: those of prices, with one more for what is smaller than a price; an index has two. */
export function indicatorDecimals(kind: IndicatorKind): number {
  if (kind.id === 'rsi') return 2
  return Math.min(8, priceDecimals.value + (kind.pane === 'own' ? 1 : 0))
}
