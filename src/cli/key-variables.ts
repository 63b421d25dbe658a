import { ConfigError } from '../model/error.ts'
import { nearest } from '../model/nearest.ts'
import type { KeyField, KeyFields } from './key-fields.ts'

/** The longer endings first: `_PRIVATE_KEY` is no `_KEY`. */
const ENDINGS: readonly (readonly [ending: string, field: KeyField])[] = [
  ['_PRIVATE_KEY', 'privateKey'],
  ['_PASSPHRASE', 'passphrase'],
  ['_ENVIRONMENT', 'environment'],
  ['_SECRET', 'secret'],
  ['_KEY', 'key'],
]

const START = 'TICKWIRE_'

/** Names that look like ours and are: `TICKWIRE_<VENUE>_KEY`, with a name of the account between as in `…_HEDGE_KEY`. */
interface Variable {
  readonly account: string
  readonly field: KeyField
}

/**
 * Accounts that variables tell of.
 * @throws ConfigError for a variable that ends like ours and names no venue: most likely a slip of the pen
 */
export function keyVariables(variables: ReadonlyMap<string, string>, venues: readonly string[]): readonly KeyFields[] {
  const found = new Map<string, Map<KeyField, string>>()
  for (const [name, value] of variables) {
    const variable = readName(name, venues)
    if (variable === undefined) continue
    const values = found.get(variable.account) ?? new Map<KeyField, string>()
    found.set(variable.account, values.set(variable.field, value))
  }
  // An environment alone makes no account.
  const accounts = [...found].filter(([, values]) => [...values.keys()].some(field => field !== 'environment'))
  return accounts.map(([account, values]) => ({ account, values, nameOf: field => variableName(account, field) }))
}

/** `TICKWIRE_…_KEY` of an account, for messages. */
export function variableName(account: string, field: KeyField): string {
  const ending = ENDINGS.find(([, other]) => other === field)?.[0] ?? ''
  return `${START}${account.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}${ending}`
}

function readName(name: string, venues: readonly string[]): Variable | undefined {
  if (!name.startsWith(START)) return undefined
  const ending = ENDINGS.find(([text]) => name.endsWith(text))
  if (ending === undefined) return undefined
  const middle = name.slice(START.length, name.length - ending[0].length)
  const venue = venues.find(id => middle === upper(id) || middle.startsWith(`${upper(id)}_`))
  if (venue === undefined) {
    const names = venues.map(id => `${START}${upper(id)}${ending[0]}`)
    throw new ConfigError(`${name}: names no venue that has accounts.`, nearest(name, names))
  }
  const label = middle.slice(upper(venue).length + 1)
  return {
    account: label === '' ? venue : `${venue}/${label.toLowerCase().replaceAll('_', '-')}`,
    field: ending[1],
  }
}

function upper(venue: string): string {
  return venue.toUpperCase().replaceAll('-', '_')
}
