import { ConfigError } from '../../model/error.ts'
import type { DurationMs } from '../../model/time.ts'

/** `[time in ms, mid price]`, ascending; times corrected by the venue's measured clock offset. */
export type MidSeries = readonly (readonly [timeMs: number, mid: number])[]

export interface LeadLagOptions {
  /** Shifts tried. @default −2000 to 2000 in steps of 25 */
  readonly gridMs?: readonly number[]
  /** Uncertainty of both clock offsets together: a lag within it is none. @default 0 */
  readonly offsetUncertaintyMs?: DurationMs
  /** Changes of the mid that each series must have. @default 300 */
  readonly minChanges?: number
}

export interface LeadLag {
  /** Correlation at each shift of the grid. */
  readonly rho: ReadonlyMap<number, number>
  /** Shift of the largest |ρ|; above 0: A leads B. */
  readonly lagMs: number
  readonly rhoAtLag: number
  /** Σ_{θ>0}ρ² / Σ_{θ<0}ρ²: above 1 speaks for A as the leader. Undefined when nothing correlates below 0. */
  readonly llr: number | undefined
  /** `none` when |lag| lies within the uncertainty of the clocks. */
  readonly leader: 'a' | 'b' | 'none'
  readonly offsetUncertaintyMs: DurationMs
  /** Changes of A and of B that were used. */
  readonly changes: readonly [a: number, b: number]
}

const GRID_REACH_MS = 2000
const GRID_STEP_MS = 25
const STEPS = GRID_REACH_MS / GRID_STEP_MS

/** Shifts from −2000 to 2000 ms in steps of 25. */
export const LEAD_LAG_GRID: readonly number[] = Array.from(
  { length: 2 * STEPS + 1 },
  (_, index) => (index - STEPS) * GRID_STEP_MS,
)

/**
 * Which of two prices moves first. HY(θ) sums the products of log mid changes whose intervals overlap once B is shifted back by
 * θ (touching ends do not overlap), ρ(θ) = HY(θ) / √(Σr_A²·Σr_B²), the lag is where |ρ| is largest. Nothing is interpolated
 * or sampled; |ρ| may exceed 1, as the sums do not count the same pairs. Undefined with fewer changes than `minChanges`.
 * Source: Hayashi, Yoshida 2005; Hoffmann, Rosenbaum, Yoshida 2013; Huth, Abergel 2014.
 * @throws ConfigError for an empty grid
 */
export function leadLag(a: MidSeries, b: MidSeries, options: LeadLagOptions = {}): LeadLag | undefined {
  const { gridMs = LEAD_LAG_GRID, offsetUncertaintyMs = 0, minChanges = 300 } = options
  if (gridMs.length === 0) throw new ConfigError('gridMs must hold at least one shift, was empty.')
  const left = changesOf(a)
  const right = changesOf(b)
  if (left.count < minChanges || right.count < minChanges) return undefined
  const scale = Math.sqrt(left.squares * right.squares)
  if (!(scale > 0)) return undefined
  const rho = new Map(gridMs.map(shift => [shift, crossSum(left, right, shift) / scale] as const))
  const [lagMs, rhoAtLag] = strongest(rho)
  const isLead = Math.abs(lagMs) > offsetUncertaintyMs
  const leader = lagMs > 0 ? 'a' : 'b'
  return {
    rho,
    lagMs,
    rhoAtLag,
    llr: leadLagRatio(rho),
    leader: isLead ? leader : 'none',
    offsetUncertaintyMs,
    changes: [left.count, right.count],
  }
}

/** Times at which the mid changed, and its logarithm from then on; index 0 is where the series begins. */
interface Changes {
  readonly times: readonly number[]
  readonly logs: readonly number[]
  readonly count: number
  /** Σ r². */
  readonly squares: number
}

function changesOf(series: MidSeries): Changes {
  const times: number[] = []
  const logs: number[] = []
  let squares = 0
  let last = Number.NaN
  for (const [timeMs, mid] of series) {
    if (mid === last || !(mid > 0)) continue
    const log = Math.log(mid)
    const newest = times.length - 1
    // Of changes at one time only the last one can be seen.
    if (times[newest] === timeMs) logs[newest] = log
    else {
      times.push(timeMs)
      logs.push(log)
    }
    last = mid
  }
  for (let i = 1; i < logs.length; i++) squares += ((logs[i] ?? 0) - (logs[i - 1] ?? 0)) ** 2
  return { times, logs, count: Math.max(0, times.length - 1), squares }
}

/** Σ r_A·r_B over overlapping intervals. B's intervals that overlap one of A's are neighbours: their sum telescopes. */
function crossSum(a: Changes, b: Changes, shift: number): number {
  let sum = 0
  let from = 0
  let until = 0
  for (let i = 1; i < a.times.length; i++) {
    const start = (a.times[i - 1] ?? 0) + shift
    const end = (a.times[i] ?? 0) + shift
    // The first interval of B that ends behind the start, and the last that begins before the end.
    while (from + 1 < b.times.length && (b.times[from + 1] ?? 0) <= start) from++
    until = Math.max(until, from)
    while (until + 1 < b.times.length && (b.times[until] ?? 0) < end) until++
    if (until <= from) continue
    const change = (a.logs[i] ?? 0) - (a.logs[i - 1] ?? 0)
    sum += change * ((b.logs[until] ?? 0) - (b.logs[from] ?? 0))
  }
  return sum
}

/** The nearest to 0 among equals. */
function strongest(rho: ReadonlyMap<number, number>): readonly [lagMs: number, rho: number] {
  let best: readonly [number, number] = [0, 0]
  for (const [lag, value] of rho) {
    const isStronger = Math.abs(value) > Math.abs(best[1])
    const isNearer = Math.abs(value) === Math.abs(best[1]) && Math.abs(lag) < Math.abs(best[0])
    if (isStronger || isNearer) best = [lag, value]
  }
  return best
}

function leadLagRatio(rho: ReadonlyMap<number, number>): number | undefined {
  let ahead = 0
  let behind = 0
  for (const [lag, value] of rho) {
    if (lag > 0) ahead += value * value
    if (lag < 0) behind += value * value
  }
  return behind > 0 ? ahead / behind : undefined
}
