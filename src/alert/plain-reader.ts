import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import type { SignalParams } from '../signal/signal.ts'

export type Fields = ReadonlyMap<string, unknown>

/** Every problem names the place, what was expected, what was received and the nearest valid name. */
export function wrong(place: string, expected: string, received: unknown, known: readonly string[] = []): never {
  const shown = received === undefined ? 'nothing' : shownOf(received).slice(0, 200)
  const near = typeof received === 'string' ? nearest(received, known) : []
  throw new ConfigError(`${place}: expected ${expected}, received ${shown}.`, near)
}

/** Whatever somebody hands over: rings, huge ones and numbers that JSON does not have, too. */
function shownOf(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 300))
  try {
    return JSON.stringify(value) ?? typeof value
  } catch {
    // A ring, a bigint or more than a text can hold.
    return typeof value
  }
}

export function recordAt(place: string, value: unknown, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(place, 'an object', value)
  const fields = new Map<string, unknown>(Object.entries(value))
  for (const name of fields.keys()) {
    if (known === undefined || known.includes(name)) continue
    throw new ConfigError(`${place}: unknown key "${name}"; expected ${known.join(', ')}.`, nearest(name, known))
  }
  return fields
}

export function listAt(place: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(place, 'a list', value)
}

export function textAt(place: string, value: unknown, most = 500): string {
  const isText = typeof value === 'string' && value.trim() !== '' && value.length <= most
  return isText ? value : wrong(place, `a text of 1 to ${most} characters`, value)
}

export function numberAt(place: string, value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : wrong(place, 'a number', value)
}

export function wholeAt(place: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  return wrong(place, `a whole number from ${least} to ${most}`, value)
}

export function flagAt(place: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : wrong(place, 'true or false', value)
}

export function choiceAt<T extends string>(place: string, value: unknown, choices: readonly T[]): T {
  for (const choice of choices) if (choice === value) return choice
  return wrong(place, `one of ${choices.join(', ')}`, value, choices)
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const MOST_MS = 366 * 86_400_000

/** Milliseconds as a number, or a text such as `500ms`, `10s`, `5m`, `1h`, `1d`. */
export function durationAt(place: string, value: unknown, least = 0): number {
  const ms = typeof value === 'number' ? value : durationOf(value)
  if (ms !== undefined && Number.isFinite(ms) && ms >= least && ms <= MOST_MS) return ms
  const bound = least > 0 ? ` of at least ${least} ms` : ''
  return wrong(place, `a duration${bound} such as 500ms, 10s, 5m or 1h, or milliseconds`, value)
}

function durationOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 20) return undefined
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(value.trim())
  const unit = UNITS.get(match?.[2] ?? '')
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}

export function paramsAt(place: string, value: unknown): SignalParams {
  const entries = [...recordAt(place, value)].map(([name, param]) => {
    const isPlain = typeof param === 'number' || typeof param === 'string' || typeof param === 'boolean'
    return [name, isPlain ? param : wrong(`${place}.${name}`, 'a number, a text or true or false', param)] as const
  })
  return Object.fromEntries(entries)
}
