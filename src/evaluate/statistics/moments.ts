/** Of a sample; every figure is absent where it has no meaning. */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** With n − 1; absent for fewer than two values. */
export function variance(values: readonly number[]): number | undefined {
  const centre = mean(values)
  if (centre === undefined || values.length < 2) return undefined
  let sum = 0
  for (const value of values) sum += (value - centre) ** 2
  return sum / (values.length - 1)
}

/** Linear between the two nearest ranks (type 7 of Hyndman and Fan). @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  return low === undefined || high === undefined ? undefined : low + (high - low) * (at - Math.floor(at))
}

export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5)
}

/** Mean of the worst share of all values, at least one of them: the expected shortfall. */
export function worstMean(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return mean(sorted.slice(0, Math.max(1, Math.floor(sorted.length * share))))
}

export interface Shape {
  readonly mean: number
  readonly deviation: number
  readonly skew: number
  /** 3 for a normal distribution. */
  readonly kurtosis: number
}

/** Population moments; absent without any spread. */
export function shapeOf(values: readonly number[]): Shape | undefined {
  const centre = mean(values)
  if (centre === undefined) return undefined
  let second = 0
  let third = 0
  let fourth = 0
  for (const value of values) {
    const away = value - centre
    second += away ** 2
    third += away ** 3
    fourth += away ** 4
  }
  const n = values.length
  const spread = second / n
  if (!(spread > 0)) return undefined
  return {
    mean: centre,
    deviation: Math.sqrt(spread),
    skew: third / n / spread ** 1.5,
    kurtosis: fourth / n / spread ** 2,
  }
}
