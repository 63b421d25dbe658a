import type { Interval } from '../statistics/block-bootstrap.ts'
import type { Proportion } from '../statistics/wilson.ts'

/** What is not known. */
export const ABSENT = '—'

/** `−4.62`, without the unit. */
export function bps(value: number | undefined): string {
  if (value === undefined) return ABSENT
  const text = value.toFixed(2)
  return signed(text === '-0.00' ? '0.00' : text)
}

export function range(interval: Interval | undefined): string {
  return interval === undefined ? ABSENT : `${bps(interval.low)} … ${bps(interval.high)}`
}

export function percent(share: number | undefined): string {
  return share === undefined ? ABSENT : `${(share * 100).toFixed(1)} %`
}

export function share(proportion: Proportion | undefined): string {
  if (proportion === undefined) return ABSENT
  return `${percent(proportion.rate)} (${(proportion.low * 100).toFixed(1)}–${(proportion.high * 100).toFixed(1)})`
}

export function figure(value: number | undefined, digits = 3): string {
  return value === undefined ? ABSENT : signed(value.toFixed(digits))
}

/** `150 ms`, `5 s`, `15 min`, `1 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  if (ms < 120_000) return `${round(ms / 1000)} s`
  return ms < 7_200_000 && ms !== 3_600_000 ? `${round(ms / 60_000)} min` : `${round(ms / 3_600_000)} h`
}

function round(value: number): string {
  return String(Number(value.toFixed(2)))
}

function signed(text: string): string {
  return text.replace('-', '−')
}
