import { ConfigError } from '../model/error.ts'
import type { Environment } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { AccountKeys } from './key-fields.ts'
import { variableName } from './key-variables.ts'
import { unknownAccountVenue } from './venue-table.ts'

/**
 * The accounts that a command names: one by its own name, all of a venue by the venue's, every one without a name.
 * @throws ConfigError saying which variable is missing
 */
export function chooseAccounts(
  keys: readonly AccountKeys[],
  names: readonly string[],
  venues: readonly string[],
): readonly AccountKeys[] {
  if (names.length === 0) {
    if (keys.length > 0) return keys
    const variable = variableName(venues[0] ?? '', 'key')
    throw new ConfigError(`account: found no keys. Set e.g. ${variable} and its _SECRET, or name a file with --keys.`)
  }
  const chosen = names.flatMap(name => {
    const [venue = ''] = name.split('/', 1)
    if (!venues.includes(venue)) throw unknownAccountVenue(venue)
    const exact = keys.filter(one => one.account === name)
    const found = exact.length > 0 ? exact : keys.filter(one => one.account.startsWith(`${name}/`))
    if (found.length > 0) return found
    const known = keys.map(one => one.account)
    const expected = `expected ${variableName(name, 'key')} and ${variableName(name, 'secret')} (or _PRIVATE_KEY)`
    throw new ConfigError(`account: found no keys of "${name}": ${expected}, or --keys.`, nearest(name, known))
  })
  return [...new Set(chosen)]
}

/**
 * Keys, hosts and market belong to one environment: that of the option, which the keys must share, or else that of the keys.
 * @throws ConfigError when a key would be shown to another environment than its own
 */
export function oneEnvironment(keys: readonly AccountKeys[], option: string | undefined): Environment {
  const [first] = keys
  if (first === undefined) throw new ConfigError('account: found no keys.')
  for (const { account, environment } of keys) {
    const other = keys.find(one => one.environment !== environment)
    if (option === undefined && other !== undefined)
      throw new ConfigError(
        `account: ${account} is of ${environment} and ${other.account} of ${other.environment}: choose with --environment.`,
      )
    if (option !== undefined && environment !== option)
      throw new ConfigError(
        `--environment ${option}: the keys of ${account} belong to ${environment}, and are shown to nobody else. ` +
          `Set ${variableName(account, 'environment')}=${option} when they are of ${option}.`,
      )
  }
  return first.environment
}
