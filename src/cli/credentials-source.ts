import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError } from '../model/error.ts'
import { type AccountKeys, openKeys } from './key-fields.ts'
import { keysOf } from './key-file.ts'
import { keyVariables } from './key-variables.ts'
import { refuseReadableByOthers } from './private-file.ts'

export interface KeySources {
  /** `--keys`: a file, or `-` for stdin. Whoever names it means it: nothing else is looked at then. */
  readonly keys?: string | undefined
  /** Variables of keys are taken out of it, so that no child process and no crash report has them. */
  readonly environment: NodeJS.ProcessEnv
  /** Where `.env` is looked for. */
  readonly directory: string
  /** The venues that have accounts. */
  readonly venues: readonly string[]
}

/**
 * Every account there are keys for: of `--keys`, or else of the environment, which wins over a `.env` in the working directory.
 * @throws ConfigError that names the variable, file or field, and never a value
 */
export async function readAccountKeys(sources: KeySources): Promise<readonly AccountKeys[]> {
  const { keys, venues } = sources
  if (keys !== undefined) return (await keysOf(keys, venues)).map(openKeys)
  const variables = new Map([...readDotEnv(sources), ...takeVariables(sources.environment)])
  return keyVariables(variables, venues).map(openKeys)
}

const OURS = /^TICKWIRE_.*_(KEY|SECRET|PASSPHRASE|ENVIRONMENT)$/

function takeVariables(environment: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const taken = new Map<string, string>()
  for (const [name, value] of Object.entries(environment)) {
    if (!OURS.test(name) || value === undefined) continue
    taken.set(name, value)
    delete environment[name]
  }
  return taken
}

/** @throws ConfigError when it holds keys and others can read it */
function readDotEnv({ directory }: KeySources): ReadonlyMap<string, string> {
  const path = join(directory, '.env')
  if (!existsSync(path)) return new Map()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new ConfigError(`.env: the file "${path}" cannot be read.`)
  }
  const own = Object.entries(parseEnv(text)).flatMap(([name, value]) =>
    OURS.test(name) && value !== undefined ? [[name, value] as const] : [],
  )
  if (own.length > 0) refuseReadableByOthers('.env', path)
  return new Map(own)
}
