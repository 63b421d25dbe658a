import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

const folder = new URL('../', import.meta.url)
const require = createRequire(new URL('package.json', folder))

/**
 * Loads a client as it was installed. Its types are not ours: whatever it hands over is read field by field.
 */
export function load(name: string) {
  return require(name)
}

/**
 * True when a client is not installed and its tests are to be skipped. Under `CI=true` that is a failure, never a skip.
 * @throws Error under CI when the client is absent
 */
export function isAbsent(name: string): boolean {
  if (existsSync(new URL(`node_modules/${name}/package.json`, folder))) return false
  if (process.env['CI'] === 'true')
    throw new Error(`${name} is needed under CI=true: run "npm ci --ignore-scripts" in test/interop`)
  return true
}

/** The version that is installed, for the tables of the README. */
export function versionOf(name: string): string {
  const manifest: unknown = require(`./node_modules/${name}/package.json`)
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  throw new Error(`${name} has no version`)
}
