import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const shared = fileURLToPath(new URL('../../../shared', import.meta.url))

/** Folder of the real recordings; they are never part of this repository. */
export const capturesFolder = process.env['TICKWIRE_CAPTURES'] ?? `${shared}/captures`

/** Known answers for signals. */
export const vectorsFolder = `${shared}/vectors`

/** Folder of the protocol samples. */
export const protocolFolder = `${shared}/protocol`

/**
 * True when tests that need the folder must be skipped. Under `CI=true` a missing folder is a failure, never a skip.
 * @throws Error under CI when the folder is absent
 */
export function isMissing(folder: string): boolean {
  if (existsSync(folder)) return false
  if (process.env['CI'] === 'true')
    throw new Error(`${folder} is needed under CI=true (set TICKWIRE_CAPTURES to the recordings)`)
  return true
}
