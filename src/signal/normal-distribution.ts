const SQRT_PI = Math.sqrt(Math.PI)

/** Share of a standard normal distribution that lies below `x`; exact to about 1e-15. */
export function normalShare(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const half = z < 3 ? errorBySeries(z) / 2 : 0.5 - complementByFraction(z) / 2
  return x < 0 ? 0.5 - half : 0.5 + half
}

/** erf(z) = 2/√π · e^(-z²) · Σ 2^k z^(2k+1) / (1·3·…·(2k+1)). */
function errorBySeries(z: number): number {
  let term = z
  let sum = z
  for (let k = 1; k < 200 && term > sum * 1e-17; k++) {
    term *= (2 * z * z) / (2 * k + 1)
    sum += term
  }
  return (2 / SQRT_PI) * Math.exp(-z * z) * sum
}

/** erfc(z) = e^(-z²)/√π · 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + …)))). */
function complementByFraction(z: number): number {
  if (z > 27) return 0
  let rest = z
  for (let k = 80; k >= 1; k--) rest = z + k / 2 / rest
  return Math.exp(-z * z) / (SQRT_PI * rest)
}
