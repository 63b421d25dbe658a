import { normalShare } from '../../signal/normal-distribution.ts'

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

/**
 * The number below which a standard normal lies with probability `share`: exact to 1e-14 in the middle, to 1e-12 at 1e-6 and to
 * 1e-8 at 1e-10.
 * @param share inside (0, 1)
 */
export function normalQuantile(share: number): number {
  if (!(share > 0 && share < 1)) return share <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  // The lower half is computed, so that small tails keep their digits.
  return share > 0.5 ? -lowerQuantile(1 - share) : lowerQuantile(share)
}

function lowerQuantile(share: number): number {
  let x = firstGuess(share)
  for (let round = 0; round < 8; round++) {
    const density = Math.exp((-x * x) / 2) / ROOT_TWO_PI
    const error = (normalShare(x) - share) / density
    // Halley's step: the normal density has the derivative −x·density.
    const step = error / (1 + (x * error) / 2)
    x -= step
    if (Math.abs(step) < 1e-15 * Math.max(1, Math.abs(x))) break
  }
  return x
}

/** Abramowitz and Stegun 26.2.23: good to 4.5e-4, which Halley's method makes exact in three steps. */
function firstGuess(share: number): number {
  const t = Math.sqrt(-2 * Math.log(share))
  const above = 2.515517 + t * (0.802853 + t * 0.010328)
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
  return above / below - t
}
