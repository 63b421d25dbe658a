import { ConfigError } from '../../model/error.ts'
import type { Instrument } from '../../model/instrument.ts'

/** @throws ConfigError naming the option, what was expected and what was received */
export function aboveZero(option: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value
  throw new ConfigError(`${option} must be a number above 0, was ${value}.`)
}

/** @throws ConfigError naming the option, what was expected and what was received */
export function wholeWithin(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new ConfigError(`${option} must be a whole number from ${least} to ${most}, was ${value}.`)
}

/** Smallest price step as a number. @throws ConfigError when the venue names none */
export function tickOf(instrument: Pick<Instrument, 'id' | 'tickSize'>): number {
  const tick = Number(instrument.tickSize ?? Number.NaN)
  if (tick > 0) return tick
  const text = 'expected an instrument with a tick size, received one without'
  throw new ConfigError(`${instrument.id}: ${text}; a recording may need a table ("tickwire instruments --json").`)
}
