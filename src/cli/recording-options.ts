import { existsSync } from 'node:fs'
import { ConfigError } from '../model/error.ts'
import type { SimulatorOptions } from '../sim/index.ts'
import { parseCount } from './duration.ts'

/** What an embedded exchange can be told to serve: a recording, or a market made from a seed. */
export interface RecordingOptions {
  readonly capture?: readonly string[]
  readonly speed?: string
  readonly seed?: string
}

/** @throws ConfigError, also for an option that would do nothing for what is served */
export function recordingOptions(options: RecordingOptions): Pick<SimulatorOptions, 'captures' | 'speed' | 'seed'> {
  const { capture, speed, seed } = options
  if (capture === undefined) {
    if (speed !== undefined) throw new ConfigError('--speed: only a recording has a speed, give --capture, too.')
    return { seed: seed === undefined ? 1 : parseCount('--seed', seed, 0) }
  }
  if (seed !== undefined) throw new ConfigError('--seed: only the generated market has a seed, leave out --capture.')
  return { captures: requireFiles('--capture', capture), speed: speed === undefined ? 1 : parseSpeed(speed) }
}

/** `--speed 10`, `--speed max`. @throws ConfigError */
export function parseSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = Number(text)
  if (text.trim() !== '' && Number.isFinite(speed) && speed > 0) return speed
  throw new ConfigError(`--speed: expected a positive number or "max", was "${text}".`)
}

/** @throws ConfigError naming the first file that is not there */
function requireFiles(option: string, files: readonly string[]): readonly string[] {
  for (const file of files) {
    if (!existsSync(file))
      throw new ConfigError(`${option}: expected a recording (.jsonl or .jsonl.gz), found no file "${file}".`)
  }
  return files
}
