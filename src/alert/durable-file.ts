import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from '../net/dial-failure.ts'

const OWNER_ONLY = 0o600

/** Replaces a file as a whole; on the disk when it returns. A reader sees the old one or the new one. */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`
  writeSynced(temporary, text)
  renameSync(temporary, path)
  syncFolder(dirname(path))
}

/** Replaces a file as a whole; it outlives the process, and the machine as soon as the system writes it. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`
  writeFileSync(temporary, text, { mode: OWNER_ONLY })
  renameSync(temporary, path)
}

/** Makes a file that must not exist; on the disk when it returns. False when somebody has made it before. */
export function createDurably(path: string, text: string): boolean {
  const temporary = `${path}.${process.pid}.new`
  writeSynced(temporary, text)
  try {
    // Unlike a rename, a link never replaces; unlike an exclusive open, it appears whole.
    linkSync(temporary, path)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  syncFolder(dirname(path))
  return true
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'w', OWNER_ONLY)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The name of a new file is on the disk only when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
