import { ConfigError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import type { Random } from '../net/random.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A chosen hour is used for sockets that are at least this old by then. */
const YOUNGEST_MS = HOUR_MS

export interface RotationRules {
  /** A socket is replaced at this age at the earliest. @default 20 of 24 parts of the venue's longest life (20 h) */
  readonly afterMs?: DurationMs
  /** The moments are spread over so long behind that. @default 3.5 of 24 parts (3.5 h) */
  readonly spreadMs?: DurationMs
  /** Replace sockets in this hour of the day (UTC, 0 to 23), where their life allows. */
  readonly atHourUtc?: number
}

/** @throws ConfigError naming the option */
export function checkRotation(rules: RotationRules): RotationRules {
  const { afterMs, spreadMs, atHourUtc } = rules
  for (const [name, value] of [['afterMs', afterMs] as const, ['spreadMs', spreadMs] as const]) {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value)))
      throw new ConfigError(`rotation.${name}: expected milliseconds of at least 0, was ${value}.`)
  }
  if (atHourUtc !== undefined && !(Number.isInteger(atHourUtc) && atHourUtc >= 0 && atHourUtc <= 23))
    throw new ConfigError(`rotation.atHourUtc: expected a whole hour from 0 to 23, was ${atHourUtc}.`)
  return rules
}

/**
 * The age at which a socket is replaced before the venue ends it: spread by chance, so that sockets that were opened
 * together are not replaced together.
 */
export function rotationAge(
  rules: RotationRules,
  lifetimeMs: DurationMs,
  openedWallMs: number,
  random: Random,
): DurationMs {
  const latestMs = (lifetimeMs * 23.5) / 24
  if (rules.atHourUtc !== undefined && rules.afterMs === undefined) {
    const untilHourMs = (rules.atHourUtc * HOUR_MS - (openedWallMs % DAY_MS) + DAY_MS) % DAY_MS
    const ageMs = untilHourMs + random() * HOUR_MS
    if (ageMs >= YOUNGEST_MS && ageMs <= latestMs) return ageMs
  }
  const afterMs = rules.afterMs ?? (lifetimeMs * 20) / 24
  const spreadMs = rules.spreadMs ?? (lifetimeMs * 3.5) / 24
  return Math.min(latestMs, afterMs + random() * spreadMs)
}
