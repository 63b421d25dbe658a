import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type AlertConfig, type AlertMemory, fileAlertMemory, readAlerts } from '../../alert/index.ts'
import { sourcesOf } from '../../alert/rule.ts'
import { ConfigError } from '../../model/error.ts'
import { secrets } from '../secrets.ts'
import { readStructuredFile } from '../structured-file.ts'

const FOLDER = 'alerts'

/** Reads rules. @throws ConfigError naming the file, the rule and the key */
export function readRulesFile(option: string, path: string): AlertConfig {
  return rulesIn(option, path, readStructuredFile(option, 'rules', path))
}

export function rulesIn(option: string, path: string, value: unknown): AlertConfig {
  try {
    return readAlerts(value)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(`${option}: "${path}": ${error.message}`, [], error)
  }
}

/** What every command gives to alerts: secrets come from the environment, and are hidden from then on. */
export const alertSecrets = {
  secret: (name: string): string | undefined => process.env[name],
  onSecret: (secret: string): void => secrets.learn(secret),
} as const

/** Beside what accounts remember there. @throws ConfigError naming the option */
export function alertMemory(directory: string | undefined): AlertMemory | undefined {
  if (directory === undefined) return undefined
  try {
    return fileAlertMemory(join(directory, FOLDER))
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`--${error.message}`, [], error) : error
  }
}

/** What is there already: whoever only reads makes no folder. @throws ConfigError where there is none */
export function existingMemory(directory: string): AlertMemory {
  if (existsSync(join(directory, FOLDER))) return fileAlertMemory(join(directory, FOLDER))
  throw new ConfigError(`--memory: expected the directory of "alert run", found no alerts in "${directory}".`)
}

/** True when some rule looks at an account. */
export function needsAccounts(config: AlertConfig): boolean {
  return config.rules.some(rule => sourcesOf(rule).some(({ kind }) => kind === 'account'))
}
