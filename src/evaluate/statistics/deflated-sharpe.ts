import { normalShare } from '../../signal/normal-distribution.ts'
import { normalQuantile } from './normal-quantile.ts'

/** Euler and Mascheroni's constant. */
const GAMMA = 0.5772156649015329

export interface SharpeTrials {
  /** Mean over standard deviation of one period's return; never annualised. */
  readonly sharpePerPeriod: number
  /** Variance of that ratio over everything that was tried. */
  readonly trialVariancePerPeriod: number
  /** How many variants were tried, this one included. */
  readonly trials: number
  readonly periods: number
  readonly skew: number
  /** 3 for a normal distribution. */
  readonly kurtosis: number
}

export interface DeflatedSharpe {
  /** The best ratio that so many worthless variants would be expected to reach. */
  readonly sr0: number
  /** Probability that the true ratio is above it. */
  readonly dsr: number
}

/**
 * `SR0 = √V·((1−γ)·Φ⁻¹(1−1/N) + γ·Φ⁻¹(1−1/(N·e)))`, `DSR = Φ((SR−SR0)·√(T−1)/√(1 − skew·SR + (kurt−1)/4·SR²))`. With one trial SR0 is 0.
 * Absent with fewer than two periods. Source: Bailey and López de Prado, 2014.
 */
export function deflatedSharpe(given: SharpeTrials): DeflatedSharpe | undefined {
  const { sharpePerPeriod: ratio, trialVariancePerPeriod, trials, periods, skew, kurtosis } = given
  if (!(periods >= 2)) return undefined
  const sr0 = trials < 2 ? 0 : Math.sqrt(Math.max(0, trialVariancePerPeriod)) * expectedMaximum(trials)
  const spread = 1 - skew * ratio + ((kurtosis - 1) / 4) * ratio * ratio
  if (!(spread > 0)) return undefined
  return { sr0, dsr: normalShare(((ratio - sr0) * Math.sqrt(periods - 1)) / Math.sqrt(spread)) }
}

function expectedMaximum(trials: number): number {
  return (1 - GAMMA) * normalQuantile(1 - 1 / trials) + GAMMA * normalQuantile(1 - 1 / (trials * Math.E))
}
