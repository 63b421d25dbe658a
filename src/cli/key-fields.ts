import { readFileSync } from 'node:fs'
import { type Credentials, hmacCredentials, privateKeyCredentials } from '../account/credentials.ts'
import { ConfigError, errorLine } from '../model/error.ts'
import type { Environment } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import { ENVIRONMENTS } from './environments.ts'
import { refuseReadableByOthers } from './private-file.ts'
import { secrets } from './secrets.ts'

export type KeyField = 'key' | 'secret' | 'privateKey' | 'passphrase' | 'environment'

/** What a source says about one account, as it stands there. */
export interface KeyFields {
  readonly account: string
  readonly values: ReadonlyMap<KeyField, string>
  /** How the source calls a field, for messages: `TICKWIRE_…_KEY` or `keys.yaml: "…" key`. */
  readonly nameOf: (field: KeyField) => string
}

/** Keys of one account, ready to sign. */
export interface AccountKeys {
  /** The user's own name: a venue, or a venue and a name behind a slash. */
  readonly account: string
  readonly environment: Environment
  readonly credentials: Credentials
}

/** @throws ConfigError that names the field and what was expected, never a value */
export function openKeys(fields: KeyFields): AccountKeys {
  const key = clean(fields, 'key')
  const secret = clean(fields, 'secret')
  const privateKey = clean(fields, 'privateKey')
  const passphrase = fields.values.get('passphrase')
  for (const value of [key, secret, passphrase]) if (value !== undefined) secrets.learn(value)
  const { account, nameOf } = fields
  if (key === undefined)
    throw new ConfigError(`${nameOf('key')}: the API key of ${account} is missing, its secret alone is of no use.`)
  if (secret !== undefined && privateKey !== undefined)
    throw new ConfigError(`${nameOf('secret')} and ${nameOf('privateKey')} are both set: expected one of them.`)
  if (passphrase !== undefined && privateKey === undefined)
    throw new ConfigError(`${nameOf('passphrase')}: there is no ${nameOf('privateKey')} that it could open.`)
  const environment = readEnvironment(nameOf('environment'), clean(fields, 'environment') ?? 'live')
  if (privateKey !== undefined) {
    const pem = readPem(nameOf('privateKey'), privateKey)
    const credentials = named(nameOf('privateKey'), () => privateKeyCredentials(key, pem, passphrase))
    return { account, environment, credentials }
  }
  if (secret === undefined)
    throw new ConfigError(
      `${nameOf('key')} is set, but neither ${nameOf('secret')} nor ${nameOf('privateKey')}: a key alone cannot sign.`,
    )
  return { account, environment, credentials: named(nameOf('secret'), () => hmacCredentials(key, secret)) }
}

/** Blanks at the ends are what copying leaves behind; anything else that is no plain text has a name. */
function clean(fields: KeyFields, field: KeyField): string | undefined {
  const text = fields.values.get(field)?.trim()
  if (text === undefined) return undefined
  const name = fields.nameOf(field)
  if (text === '') throw new ConfigError(`${name} is empty.`)
  if (/^["'`]|["'`]$/.test(text)) throw new ConfigError(`${name}: expected no quotes around the value.`)
  if (field !== 'privateKey' && /\s/.test(text))
    throw new ConfigError(`${name}: expected no blanks and no line breaks in the value.`)
  return text
}

function named(name: string, make: () => Credentials): Credentials {
  try {
    return make()
  } catch (error) {
    // Without its cause: what the library says may quote the key.
    throw error instanceof ConfigError ? new ConfigError(`${name}: ${error.message}`) : error
  }
}

/** A path; a file of keys may hold the PEM itself. */
function readPem(name: string, value: string): string {
  if (value.includes('-----BEGIN')) return value
  refuseReadableByOthers(name, value)
  try {
    return readFileSync(value, 'utf8')
  } catch (cause) {
    throw new ConfigError(`${name}: the file cannot be read: ${errorLine(cause)}.`, [], cause)
  }
}

function readEnvironment(name: string, text: string): Environment {
  for (const environment of ENVIRONMENTS) if (environment === text) return environment
  throw new ConfigError(`${name}: expected one of ${ENVIRONMENTS.join(', ')}.`, nearest(text, ENVIRONMENTS))
}
