import { existsSync, statSync } from 'node:fs'
import { ConfigError } from '../model/error.ts'

/** What others than the owner may do. */
const OTHERS = 0o077

/** @throws ConfigError with the command that mends it, when somebody else on this machine could read the file */
export function refuseReadableByOthers(name: string, path: string): void {
  if (!existsSync(path)) throw new ConfigError(`${name}: found no file "${path}".`)
  const status = statSync(path)
  if (!status.isFile()) throw new ConfigError(`${name}: "${path}" is no file.`)
  // Windows has no such modes: there the folder's own rights count.
  if (process.platform === 'win32' || (status.mode & OTHERS) === 0) return
  const mode = (status.mode & 0o777).toString(8).padStart(4, '0')
  throw new ConfigError(`${name}: others can read "${path}" (mode ${mode}): chmod 600 '${path}'`)
}
