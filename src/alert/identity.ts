import { createHash } from 'node:crypto'
import type { AlertRule } from './rule.ts'

/**
 * Names one alert: equal in every process that evaluates the same rule on the same stream. `beganUs` is the venue's time of
 * what began it (where the venue sends one), `occurrence` the name of the event, where it is one.
 */
export function alertId(rule: string, instrument: string, beganUs: number, occurrence: string | undefined): string {
  const text = JSON.stringify([rule, instrument, beganUs, ...(occurrence === undefined ? [] : [occurrence])])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** What a rule asks, equal for equal questions: names, limits and channels may be others. */
export function questionOf({ source, condition, frequency, enabled }: AlertRule): string {
  const text = JSON.stringify([source, condition, frequency, enabled])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
