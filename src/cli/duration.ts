import { ConfigError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** Parses `500ms`, `10s`, `2m`, `1h`, `1d`; a bare number is seconds. @throws ConfigError naming the option */
export function parseDuration(option: string, text: string): DurationMs {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim())
  const amount = Number(match?.[1])
  const unitMs = UNITS.get(match?.[2] ?? 's')
  if (match === null || unitMs === undefined || !(amount > 0)) {
    throw new ConfigError(`${option}: expected a duration such as 500ms, 10s, 2m or 1h, was "${text}".`)
  }
  return amount * unitMs
}

/** @throws ConfigError unless the text is a whole number within the bounds */
export function parseCount(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new ConfigError(`${option}: expected a whole number ${range}, was "${text}".`)
  }
  return value
}
