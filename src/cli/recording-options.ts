import { existsSync } from 'node:fs'
import { ConfigError } from '../model/error.ts'

/** `--speed 10`, `--speed max`. @throws ConfigError */
export function parseSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = Number(text)
  if (Number.isFinite(speed) && speed > 0) return speed
  throw new ConfigError(`--speed: expected a positive number or "max", was "${text}".`)
}

/** @throws ConfigError naming the first file that is not there */
export function requireFiles(option: string, files: readonly string[]): readonly string[] {
  for (const file of files) {
    if (!existsSync(file))
      throw new ConfigError(`${option}: expected a recording (.jsonl or .jsonl.gz), found no file "${file}".`)
  }
  return files
}
