import type { DurationMs } from '../model/time.ts'
import type { Random } from './random.ts'

export interface BackoffRules {
  /** Ceiling of the first delay, milliseconds. @default 500 */
  readonly firstMs: DurationMs
  /** Ceiling that later delays never pass; half of it during the first sixty failures. @default 30000 */
  readonly mostMs: DurationMs
}

export const DEFAULT_BACKOFF: BackoffRules = { firstMs: 500, mostMs: 30_000 }

/** Outages of minutes are far more frequent than those of hours: they are watched more closely, at six or seven attempts a minute. */
const CLOSELY_WATCHED = 60

/**
 * Full-jitter exponential backoff: a delay in [ceiling / 10, ceiling), the ceiling doubling from `firstMs` to `mostMs`.
 * The jitter stays at the cap, so that many clients never fall into step. `attempt` counts failures from 1.
 * Source of the method: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function nextDelay(attempt: number, random: Random, rules: BackoffRules = DEFAULT_BACKOFF): DurationMs {
  const mostMs = attempt <= CLOSELY_WATCHED ? Math.max(rules.firstMs, rules.mostMs / 2) : rules.mostMs
  const ceiling = Math.min(mostMs, rules.firstMs * 2 ** Math.min(attempt - 1, 30))
  return ceiling * (0.1 + 0.9 * random())
}
