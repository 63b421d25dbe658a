import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseReliabilities, ReliabilityStore, type StoredReliability } from '../evaluate/reliability-store.ts'
import { parseSearchLog, type SearchEntry } from '../evaluate/search-log.ts'
import { ConfigError, errorLine } from '../model/error.ts'
import { makeFolder } from '../net/make-folder.ts'
import { oneLine } from './one-line.ts'

/** Makes the folder of a report. @throws ConfigError when it cannot be made */
export function makeReportFolder(path: string): void {
  try {
    makeFolder(path)
  } catch (cause) {
    throw new ConfigError(`--out: cannot make the folder "${path}": ${errorLine(cause)}`, [], cause)
  }
}

/** Whether the folder can be made is known before a run begins, which leaves none when it fails. @throws ConfigError */
export function mustBecomeFolder(path: string): void {
  let above = resolve(path)
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above)
  if (!statSync(above).isDirectory())
    throw new ConfigError(`--out: cannot make the folder "${path}": "${above}" is a file.`)
  try {
    accessSync(above, constants.W_OK)
  } catch (cause) {
    throw new ConfigError(`--out: cannot make the folder "${path}": ${errorLine(cause)}`, [], cause)
  }
}

/** Whether a run may write there is known before it begins. @throws ConfigError naming the option */
export function mustBeWritable(option: string, path: string): void {
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) throw new ConfigError(`${option}: found no folder "${folder}".`)
  if (existsSync(path) && statSync(path).isDirectory())
    throw new ConfigError(`${option}: expected a file, "${path}" is a folder.`)
}

/** A file is there whole, or as it was before. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.part`, text)
  renameSync(`${path}.part`, path)
}

export async function writeRows(path: string, rows: Iterable<object>): Promise<void> {
  function* lines(): Generator<string> {
    for (const row of rows) yield `${JSON.stringify(row)}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(`${path}.part`))
  renameSync(`${path}.part`, path)
}

/** Tries that were written down before, and these. */
export function appendSearch(path: string, added: readonly SearchEntry[]): readonly SearchEntry[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  writeWhole(path, before + added.map(entry => `${JSON.stringify(entry)}\n`).join(''))
  return [...parseSearchLog(before).entries, ...added]
}

/** What evaluations have measured. @throws ConfigError when there is no such file, or one that holds something else */
export function readReliabilities(path: string): ReliabilityStore {
  if (!existsSync(path))
    throw new ConfigError(`--store: expected what "signals evaluate" has written, found no file "${path}".`)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new ConfigError(`--store: "${path}" is no evaluation store: ${oneLine(errorLine(cause))}`, [], cause)
  }
  if (!Array.isArray(value)) throw new ConfigError(`--store: "${path}" is no evaluation store: expected a list.`)
  return new ReliabilityStore(parseReliabilities(value))
}

export function storeReliabilities(path: string, added: readonly StoredReliability[]): void {
  const store = existsSync(path) ? readReliabilities(path) : new ReliabilityStore()
  for (const entry of added) store.put(entry)
  writeWhole(path, `${JSON.stringify(store.all(), null, 2)}\n`)
}

/** Short, for people to compare. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

export function softwareVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const parsed: unknown = JSON.parse(text)
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : '?'
  return `tickwire ${version}`
}

export const REPORT_FILES = {
  markdown: 'report.md',
  html: 'report.html',
  summary: 'summary.json',
  rows: 'rows.ndjson',
  search: 'search-log.ndjson',
  store: 'evaluations.json',
} as const

export function inFolder(folder: string, name: keyof typeof REPORT_FILES): string {
  return join(folder, REPORT_FILES[name])
}
