import type { FaultStep } from '../../../src/sim/plan/fault-step.ts'
import type { InstrumentPlan } from '../exchange/instrument.ts'

/** The user changes their mind about one stream, again and again. */
export interface Wish {
  readonly atMs: number
  readonly isWanted: boolean
}

export interface SignalWish {
  readonly startMs: number
  /** With the candles of before, or without. */
  readonly hasHistory: boolean
  /** On this market only, counted through all of them and round again; absent: on each. */
  readonly market?: number | undefined
}

/** Everything that decides a run, beside the seed that draws its details. */
export interface Scenario {
  readonly seed: number
  readonly minutes: number
  /** `clean`: planned operations only, so that nothing may be lost or fetched. */
  readonly kind: 'clean' | 'faults' | 'speed'
  readonly usdm: readonly InstrumentPlan[]
  readonly spot: readonly InstrumentPlan[]
  readonly latencyMs: number
  readonly redundancy: 1 | 2
  readonly liveness: 'normal' | 'fast'
  readonly rotation: { readonly afterMs: number; readonly spreadMs: number } | undefined
  readonly healing: { readonly mostIds: number; readonly deadlineMs: number } | undefined
  readonly mode: 'combined' | 'raw'
  /** Levels a side in the exchange's books at the start, and asked for in snapshots. */
  readonly marketDepth: number
  readonly bookDepth: number
  /** How long the queue's reader pauses between two batches. */
  readonly readEveryMs: number
  readonly wishes: readonly Wish[]
  /** The user runs signals; absent: none. */
  readonly signals?: SignalWish | undefined
  readonly steps: readonly FaultStep[]
}

/** When a run does what, world time. */
export interface Phases {
  readonly chaosEndMs: number
  readonly liveByMs: number
  readonly closeMs: number
  readonly endMs: number
}

/** Shorter than the silence that a watchdog may take for a loss. */
const SETTLE_MS = 6000

export function phasesOf(scenario: Scenario): Phases {
  const endMs = scenario.minutes * 60_000
  const healMs = Math.max(100_000, endMs * 0.15)
  const chaosEndMs = endMs - SETTLE_MS - healMs
  return { chaosEndMs, liveByMs: chaosEndMs + boundMs(scenario.steps), closeMs: endMs - SETTLE_MS, endMs }
}

/** How soon after the last fault everything is live again: longer where the exchange asked everybody to wait. */
function boundMs(steps: readonly FaultStep[]): number {
  let waitMs = 0
  for (const step of steps) {
    const headers = 'headers' in step ? step.headers : undefined
    waitMs = Math.max(waitMs, Number(headers?.['Retry-After'] ?? 0) * 1000)
    if (step.fault === 'weights') waitMs = Math.max(waitMs, 60_000)
  }
  return Math.min(75_000 + waitMs, 180_000)
}
