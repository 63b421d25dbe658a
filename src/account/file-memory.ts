import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, errorLine } from '../model/error.ts'
import { errorCode } from '../net/dial-failure.ts'
import { makeFolder } from '../net/make-folder.ts'
import type { AccountMemory, AccountRecord, DeliveredFill } from './account-memory.ts'
import { readNoted, readRecord, recordText } from './memory-record.ts'

const OWNER_ONLY = 0o600

/**
 * What accounts remember over restarts, in files of one directory that only their owner may read: `account-<name>.json`,
 * replaced as a whole, and beside it `.journal` with the fills since. Neither holds a key. A fill stands in the journal before
 * anybody is told of it, so that it survives the death of the process; a power cut may lose the last moments of it.
 * One process per directory and account.
 * @throws ConfigError when the directory can neither be found nor made
 * @example createFeed({ venues, accounts: [{ adapter, credentials, memory: fileMemory('/var/lib/tickwire') }] })
 */
export function fileMemory(directory: string): AccountMemory {
  try {
    makeFolder(directory, 0o700)
  } catch (cause) {
    throw new ConfigError(`memory: cannot use the directory "${directory}": ${errorLine(cause)}.`, [], cause)
  }
  const pathOf = (account: string): string => join(directory, `account-${encodeURIComponent(account)}`)
  return {
    load: account => load(pathOf(account)),
    save: (account, record) => save(pathOf(account), record),
    note: (account, fill) => note(pathOf(account), fill),
  }
}

function load(path: string): ReturnType<AccountMemory['load']> {
  const saved = readText(`${path}.json`)
  if (saved === undefined) return undefined
  // A file that is not understood is no reason to begin anew in silence: everything between would be lost.
  const record = readRecord(saved)
  return { record, noted: readNoted(readText(`${path}.journal`) ?? '') }
}

/** Written whole beside the old one, and put in its place; then the journal, which it contains, is begun anew. */
function save(path: string, record: AccountRecord): void {
  const file = openSync(`${path}.json.new`, 'w', OWNER_ONLY)
  try {
    writeSync(file, recordText(record))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.json.new`, `${path}.json`)
  rmSync(`${path}.journal`, { force: true })
}

function note(path: string, fill: DeliveredFill): void {
  appendFileSync(`${path}.journal`, `${JSON.stringify(fill)}\n`, { mode: OWNER_ONLY })
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
