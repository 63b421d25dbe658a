export interface OptionValue {
  readonly price: number
  readonly delta: number
  /** Per day, negative for the holder. */
  readonly theta: number
  readonly gamma: number
  /** Per percentage point of volatility. */
  readonly vega: number
}

/** Standard normal distribution function (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  const erf = 1 - poly * Math.exp(-z * z)
  return x >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf)
}

/** Value and greeks of a European option without interest (Black 1976 on the index). `years` above 0. */
export function optionValue(
  side: 'CALL' | 'PUT',
  spot: number,
  strike: number,
  years: number,
  volatility: number,
): OptionValue {
  const spread = volatility * Math.sqrt(years)
  const d1 = (Math.log(spot / strike) + (volatility * volatility * years) / 2) / spread
  const d2 = d1 - spread
  const density = Math.exp(-(d1 * d1) / 2) / Math.sqrt(2 * Math.PI)
  const call = spot * normalBelow(d1) - strike * normalBelow(d2)
  return {
    price: Math.max(0, side === 'CALL' ? call : call - spot + strike),
    delta: side === 'CALL' ? normalBelow(d1) : normalBelow(d1) - 1,
    theta: -(spot * density * volatility) / (2 * Math.sqrt(years)) / 365,
    gamma: density / (spot * spread),
    vega: (spot * density * Math.sqrt(years)) / 100,
  }
}

/** Implied volatility of the simulated surface: a smile around the money, a little higher for short terms. */
export function smile(spot: number, strike: number, years: number): number {
  const moneyness = Math.log(strike / spot) / Math.sqrt(Math.max(years, 1 / 365))
  return Math.min(2, 0.48 + 0.05 * moneyness * moneyness - 0.02 * moneyness + 0.01 / Math.sqrt(years * 12 + 0.1))
}
