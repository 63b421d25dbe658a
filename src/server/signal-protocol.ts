import type { SignalEvent, SignalParams, SignalValue } from '../signal/signal.ts'
import type { GapSpan } from './protocol.ts'

/** What the views of signals send. */
export type SignalReading = Pick<
  SignalValue,
  'signal' | 'params' | 'timeUs' | 'receiveTimeUs' | 'unit' | 'state' | 'quality'
> &
  Partial<Pick<SignalValue, 'value' | 'values'>>

/** A signal that this market cannot have, and why. */
export interface RefusedSignal {
  readonly signal: string
  readonly reason: string
}

export interface SignalsData {
  /** Oldest first; every one, never conflated. */
  readonly events: readonly SignalEvent[]
  /** Events before the oldest one here that are not kept any more. */
  readonly dropped: number
  /** Whole list. */
  readonly readings: readonly SignalReading[]
  readonly refused: readonly RefusedSignal[]
  /** Options that are not the usual ones, by signal: a rule on the same signal needs them, too. */
  readonly options: Readonly<Record<string, SignalParams>>
  readonly sinceUs: number
}

/** `[second, cumulative delta or null, bought base, sold base, price or null, 1 when nothing of it is missing]`. */
export type FlowPoint = readonly [
  second: number,
  cvd: number | null,
  buy: number,
  sell: number,
  price: number | null,
  isWhole: 0 | 1,
]

export interface FlowData {
  /** Those that are new or were corrected. */
  readonly points: readonly FlowPoint[]
  /** Whole list; sent with snapshots and when it changed. */
  readonly gaps?: readonly GapSpan[] | undefined
  readonly cvd?: SignalReading | undefined
}

/** `[second, imbalance of the book or null, normalised order-flow imbalance or null]`. */
export type PressurePoint = readonly [second: number, imbalance: number | null, flow: number | null]

export interface PressureData {
  readonly points: readonly PressurePoint[]
  readonly readings: readonly SignalReading[]
  readonly refused: readonly RefusedSignal[]
}

/** `[timeUs, open contracts or coins as the venue counts them, in base coins or null, mark price or null]`. */
export type OpenInterestPoint = readonly [timeUs: number, quantity: number, base: number | null, price: number | null]

/**
 * Where price and open interest went over the five minutes before: 1 both up, 2 price up and open interest down, 3 price down and
 * open interest up, 4 both down, 0 one of them unchanged.
 */
export type QuadrantCode = 0 | 1 | 2 | 3 | 4

export interface OpenInterestData {
  /** Own observations. */
  readonly points: readonly OpenInterestPoint[]
  /** The venue's statistics of the time before and beside them: whole list; sent with snapshots and when it changed. */
  readonly past?: readonly OpenInterestPoint[] | undefined
  /** Time between two rows of `past`. */
  readonly pastEveryMs?: number | undefined
  /** Why there is no `past`. */
  readonly pastReason?: string | undefined
  /** `deriv.oiQuadrant` whenever it was said; those that are new. Null while it cannot be said. */
  readonly quadrants: readonly (readonly [timeUs: number, code: QuadrantCode | null])[]
  /** Usual time between two observations. */
  readonly cadenceMs?: number | undefined
  readonly quadrant?: SignalReading | undefined
}
