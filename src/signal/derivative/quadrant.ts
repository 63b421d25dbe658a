/** Conventional names of where price and open interest went; every contract has a long and a short. */
export type Quadrant = 'longBuildUp' | 'shortCovering' | 'shortBuildUp' | 'longUnwinding' | 'neutral'

export interface QuadrantRule {
  /** Least change of the price, as a fraction. */
  readonly minPriceChange: number
  /** Least change of open interest, as a fraction. */
  readonly minOiChange: number
}

export function quadrantOf(priceChange: number, oiChange: number, rule: QuadrantRule): Quadrant {
  if (Math.abs(priceChange) < rule.minPriceChange || Math.abs(oiChange) < rule.minOiChange) return 'neutral'
  if (priceChange > 0) return oiChange > 0 ? 'longBuildUp' : 'shortCovering'
  return oiChange > 0 ? 'shortBuildUp' : 'longUnwinding'
}

/** What was measured, without the interpretation that the conventional name carries. */
export function quadrantWords(quadrant: Quadrant): string {
  switch (quadrant) {
    case 'longBuildUp':
      return 'price up, open interest up'
    case 'shortCovering':
      return 'price up, open interest down'
    case 'shortBuildUp':
      return 'price down, open interest up'
    case 'longUnwinding':
      return 'price down, open interest down'
    case 'neutral':
      return 'price or open interest unchanged'
  }
}
