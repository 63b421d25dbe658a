import type { Onset } from '../collect/onset.ts'
import type { EvaluationConfig } from '../evaluation-config.ts'
import type { NoPrice } from '../market/price-track.ts'
import type { Market, Trade } from './outcome.ts'

/** One onset, one latency, one horizon. */
export interface Outcome {
  readonly onset: Onset
  readonly latencyMs: number
  readonly horizonMs: number
  readonly instrument: Onset['instrument']
  readonly entryTimeUs: number
  readonly exitTimeUs: number
  /** Or why there is none. */
  readonly trade: Trade | NoPrice
}

/** An outcome that has a return. */
export interface Traded extends Outcome {
  readonly trade: Trade
}

export type OutcomeConfig = Pick<EvaluationConfig, 'latencyMs' | 'latenciesMs' | 'horizonsMs' | 'computeMs'>

/** Every onset that has a side, at every latency and horizon: nothing is chosen here. */
export function outcomesOf(onsets: readonly Onset[], market: Market, config: OutcomeConfig): readonly Outcome[] {
  const latencies = [...new Set([config.latencyMs, ...config.latenciesMs])].sort((a, b) => a - b)
  return onsets.flatMap(onset => {
    const { side, instrument } = onset
    if (side === 0) return []
    return latencies.flatMap(latencyMs =>
      config.horizonsMs.map(horizonMs => {
        const entryTimeUs = onset.availableUs + (config.computeMs + latencyMs) * 1000
        const exitTimeUs = entryTimeUs + horizonMs * 1000
        const trade = market.trade(instrument, side, entryTimeUs, exitTimeUs)
        return { onset, latencyMs, horizonMs, instrument, entryTimeUs, exitTimeUs, trade }
      }),
    )
  })
}

export function isTraded(outcome: Outcome): outcome is Traded {
  return typeof outcome.trade === 'object'
}
