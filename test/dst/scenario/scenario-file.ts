import { readFileSync } from 'node:fs'
import type { Scenario } from './scenario.ts'

/** A committed case that once failed: it must pass for ever. */
export interface Regression {
  readonly invariant: string
  readonly note: string
  readonly scenario: Scenario
}

/** @throws Error for a file that is no regression */
export function readRegression(path: string): Regression {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!isRegression(value)) throw new Error(`${path} holds no scenario`)
  return value
}

/** Written by `--shrink`; undefined options are absent in JSON. */
function isRegression(value: unknown): value is Regression {
  if (typeof value !== 'object' || value === null || !('scenario' in value) || !('invariant' in value)) return false
  const { scenario } = value
  if (typeof scenario !== 'object' || scenario === null) return false
  return 'seed' in scenario && 'steps' in scenario && Array.isArray(scenario.steps)
}
