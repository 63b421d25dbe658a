import { ConfigError } from '../model/error.ts'
import { parseDuration } from './duration.ts'

/**
 * A moment, microseconds since 1970: `2024-08-08T23:54:20Z` (without a zone it is UTC), or `+30s` behind `originUs`.
 * @throws ConfigError naming the option
 */
export function readMoment(option: string, text: string, originUs: number): number {
  if (text.startsWith('+')) return originUs + parseDuration(option, text.slice(1)) * 1000
  const isIso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)
  const hasZone = /Z|[+-]\d\d:\d\d$/.test(text) || text.length === 10
  const ms = isIso ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new ConfigError(
      `${option}: expected a time such as 2026-11-21T19:55:00Z, or +30s from the start, was "${text}".`,
    )
  }
  return ms * 1000
}

export interface Span {
  readonly fromUs?: number | undefined
  readonly toUs?: number | undefined
}

/** @throws ConfigError when nothing of a recording lies between `--from` and `--to` */
export function mustOverlap(asked: Span, recording: Span): void {
  const { fromUs, toUs } = recording
  if (fromUs === undefined || toUs === undefined) return
  const span = `${momentText(fromUs)} to ${momentText(toUs)}`
  if (asked.fromUs !== undefined && asked.fromUs > toUs)
    throw new ConfigError(`--from: expected a moment of the recording (${span}), was ${momentText(asked.fromUs)}.`)
  if (asked.toUs !== undefined && asked.toUs < fromUs)
    throw new ConfigError(`--to: expected a moment of the recording (${span}), was ${momentText(asked.toUs)}.`)
}

function momentText(us: number): string {
  return new Date(us / 1000).toISOString()
}
