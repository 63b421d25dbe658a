import { existsSync, readFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { ConfigError, errorLine } from '../model/error.ts'

/** What a YAML file holds (JSON is YAML, too). `what` says what the option expects. @throws ConfigError */
export function readStructuredFile(option: string, what: string, path: string): unknown {
  if (!existsSync(path)) throw new ConfigError(`${option}: expected ${what} (YAML or JSON), found no file "${path}".`)
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'))
    return value
  } catch (cause) {
    const problem = cause instanceof YAMLParseError ? 'is no valid YAML' : 'cannot be read'
    throw new ConfigError(`${option}: "${path}" ${problem}: ${errorLine(cause).split('\n', 1)[0] ?? ''}`, [], cause)
  }
}
