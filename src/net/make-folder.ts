import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errorCode } from './dial-failure.ts'

/**
 * Makes a folder and those above it that are missing. Not with `recursive: true`, which never returns where a folder cannot be
 * made although the one above it is there, as in `/proc` (seen with Node 20.20).
 * @param mode of folders that are made @throws what the system says
 */
export function makeFolder(path: string, mode = 0o777): void {
  const full = resolve(path)
  if (isFolder(full)) return
  const above = dirname(full)
  if (above !== full) makeFolder(above, mode)
  try {
    mkdirSync(full, { mode })
  } catch (error) {
    // Somebody else was faster.
    if (errorCode(error) !== 'EEXIST' || !isFolder(full)) throw error
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch (error) {
    // A file stands where a folder is expected: making it tells the rest.
    if (errorCode(error) === 'ENOTDIR') return false
    throw error
  }
}
