import { readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { parseDocument } from 'yaml'
import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import type { KeyField, KeyFields } from './key-fields.ts'
import { refuseReadableByOthers } from './private-file.ts'

const FIELDS: readonly KeyField[] = ['key', 'secret', 'privateKey', 'passphrase', 'environment']
const OPTION = '--keys'
const MOST_BYTES = 256 * 1024

/**
 * Accounts of a YAML file that only its owner can read, or of stdin (`-`): an object with a member for each account, in it
 * `key`, `secret` or `privateKey`, `passphrase` and `environment`.
 * @throws ConfigError that names the place and what was expected, never a value
 */
export async function keysOf(path: string, venues: readonly string[]): Promise<readonly KeyFields[]> {
  const isStdin = path === '-'
  if (isStdin && process.stdin.isTTY)
    throw new ConfigError(`${OPTION} -: expected keys (YAML) piped into stdin, which is a terminal here.`)
  if (!isStdin) refuseReadableByOthers(OPTION, path)
  const text = isStdin ? await readAll(process.stdin) : readFileSync(path, 'utf8')
  return readKeys(text, isStdin ? 'stdin' : `"${path}"`, venues)
}

function readKeys(text: string, source: string, venues: readonly string[]): readonly KeyFields[] {
  if (text.length > MOST_BYTES) throw new ConfigError(`${OPTION}: ${source} is larger than a file of keys can be.`)
  const accounts = parseObject(text, source)
  if (accounts.size === 0) throw new ConfigError(`${OPTION}: ${source} holds no account.`)
  return [...accounts].map(([account, value]) => readAccount(account, value, source, venues))
}

/** The parser's own messages quote the text, secrets included: only the place is told. */
function parseObject(text: string, source: string): ReadonlyMap<string, unknown> {
  const document = parseDocument(text, { prettyErrors: false, schema: 'failsafe' })
  const [error] = document.errors
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length
    throw new ConfigError(`${OPTION}: ${source} is no valid YAML at line ${line}.`)
  }
  const value: unknown = document.toJS()
  if (isObject(value)) return new Map(Object.entries(value))
  throw new ConfigError(`${OPTION}: ${source}: expected an object with a member for each account.`)
}

function readAccount(account: string, value: unknown, source: string, venues: readonly string[]): KeyFields {
  const venue = account.split('/', 1)[0] ?? ''
  if (!venues.includes(venue) || !/^[a-z0-9-]+(\/[a-z0-9-]+)?$/.test(account)) {
    const text = `${OPTION}: ${source}: expected accounts such as "${venues[0]}" or "${venues[0]}/hedge"`
    throw new ConfigError(`${text}; venues are ${venues.join(', ')}.`, nearest(venue, venues))
  }
  const nameOf = (field: string): string => `${OPTION}: ${source}: "${field}" of ${account}`
  if (!isObject(value)) throw new ConfigError(`${OPTION}: ${source}: expected an object in ${account}.`)
  const values = new Map<KeyField, string>()
  for (const [name, text] of Object.entries(value)) {
    const field = FIELDS.find(known => known === name)
    if (field === undefined) {
      const known = FIELDS.join(', ')
      throw new ConfigError(`${nameOf(name)} means nothing here, expected ${known}.`, nearest(name, FIELDS))
    }
    if (typeof text !== 'string') throw new ConfigError(`${nameOf(name)}: expected a text.`)
    values.set(field, text)
  }
  return { account, values, nameOf }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
