/** Indicators from their definitions, over whole lists: slow, and nothing of the client's own code. */

/** Wilder's relative strength of the last close; undefined for fewer than `period + 1`. */
export function plainRsi(closes: readonly number[], period: number): number | undefined {
  if (closes.length <= period) return undefined
  const changes = closes.slice(1).map((close, index) => close - (closes[index] ?? 0))
  const smooth = (parts: readonly number[]): number => {
    let mean = parts.slice(0, period).reduce((sum, part) => sum + part, 0) / period
    for (const part of parts.slice(period)) mean = (mean * (period - 1) + part) / period
    return mean
  }
  const gains = smooth(changes.map(change => Math.max(change, 0)))
  const losses = smooth(changes.map(change => Math.max(-change, 0)))
  return gains + losses === 0 ? 50 : (100 * gains) / (gains + losses)
}

/** An exponential average at every close, seeded by the mean of the first `period`; undefined before. */
function plainEma(values: readonly number[], period: number): (number | undefined)[] {
  const weight = 2 / (period + 1)
  const found: (number | undefined)[] = []
  let mean: number | undefined
  values.forEach((value, index) => {
    if (mean !== undefined) mean = weight * value + (1 - weight) * mean
    else if (index === period - 1) mean = values.slice(0, period).reduce((sum, each) => sum + each, 0) / period
    found.push(mean)
  })
  return found
}

/** Moving average convergence of the last close: fast average minus slow average. */
export function plainMacd(closes: readonly number[], fast: number, slow: number): number | undefined {
  const quick = plainEma(closes, fast).at(-1)
  const calm = plainEma(closes, slow).at(-1)
  return quick === undefined || calm === undefined ? undefined : quick - calm
}
