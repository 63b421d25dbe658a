import type { ExternalPoint } from '../external/point.ts'
import type { DurationMs } from '../model/time.ts'
import type { SignalParams } from '../signal/signal.ts'
import type { FeeSchedule } from './market/fee-schedule.ts'

/** `signal` trades in the direction that it names, `against` the other way; `long` and `short` whatever it names. */
export type TradedSide = 'signal' | 'against' | 'long' | 'short'

export const TRADED_SIDES: readonly TradedSide[] = ['signal', 'against', 'long', 'short']

/** What is evaluated: a signal with its options. */
export type Subject =
  | { readonly kind: 'catalogue'; readonly signal: string; readonly params: SignalParams }
  /** `definition` as it was written: the signal reads it itself. */
  | { readonly kind: 'composite'; readonly id: string; readonly definition: unknown }
  | { readonly kind: 'external'; readonly series: string; readonly points: readonly ExternalPoint[] }

export interface EvaluationConfig {
  readonly subjects: readonly Subject[]
  readonly side: TradedSide
  /** Onsets of values: where the value comes to at least this (buy) or at most minus this (sell). */
  readonly cross: number | undefined
  /** Between the value and the order's arrival. @default 150 */
  readonly latencyMs: DurationMs
  /** What computing the value may take before that. @default 1 */
  readonly computeMs: DurationMs
  /** For the curve. */
  readonly latenciesMs: readonly DurationMs[]
  readonly horizonsMs: readonly DurationMs[]
  /** The horizon that is judged, chosen before anything was seen. */
  readonly headlineMs: DurationMs
  /** Of the same-interval and next-interval fit. */
  readonly intervalMs: DurationMs
  /** A book walk of this size in quote currency; undefined takes the touch. */
  readonly sizeQuote: number | undefined
  readonly fees: FeeSchedule
  readonly seed: number
  /** Fewer independent onsets are not judged. */
  readonly leastOnsets: number
  /** Random moments per onset. */
  readonly matches: number
  /** Equal parts of the span for the walk-forward. */
  readonly parts: number
  /** A price that nothing confirmed for so long is none. */
  readonly mostPriceAgeMs: DurationMs
}

export const EVALUATION_DEFAULTS = {
  side: 'signal',
  cross: undefined,
  latencyMs: 150,
  computeMs: 1,
  latenciesMs: [0, 50, 150, 500, 1000, 5000],
  horizonsMs: [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000],
  headlineMs: 60_000,
  intervalMs: 10_000,
  sizeQuote: undefined,
  seed: 1,
  leastOnsets: 30,
  matches: 20,
  parts: 5,
  mostPriceAgeMs: 60_000,
} as const satisfies Omit<EvaluationConfig, 'subjects' | 'fees'>
