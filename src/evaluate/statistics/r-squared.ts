export interface Fit {
  readonly r2: number
  readonly slope: number
  readonly n: number
}

/** Share of the variance of `y` that a straight line through `x` explains. Absent without spread, or with fewer than three pairs. */
export function rSquared(pairs: readonly (readonly [x: number, y: number])[]): Fit | undefined {
  const n = pairs.length
  if (n < 3) return undefined
  let meanX = 0
  let meanY = 0
  for (const [x, y] of pairs) {
    meanX += x / n
    meanY += y / n
  }
  let xx = 0
  let yy = 0
  let xy = 0
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2
    yy += (y - meanY) ** 2
    xy += (x - meanX) * (y - meanY)
  }
  return xx > 0 && yy > 0 ? { r2: (xy * xy) / (xx * yy), slope: xy / xx, n } : undefined
}
