import { readFileSync, statSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { ConfigError, errorLine } from '../model/error.ts'

/** Larger files are no configuration: reading YAML takes a second for each megabyte. */
const MOST_BYTES = 4 * 1024 * 1024

/** What a YAML file holds (JSON is YAML, too): a tree, never a ring. `what` says what the option expects. @throws ConfigError */
export function readStructuredFile(option: string, what: string, path: string): unknown {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new ConfigError(`${option}: expected ${what} (YAML or JSON), found no file "${path}".`)
  if (size > MOST_BYTES)
    throw new ConfigError(`${option}: expected ${what} of at most ${MOST_BYTES} bytes, "${path}" has ${size}.`)
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const problem = cause instanceof YAMLParseError ? 'is no valid YAML' : 'cannot be read'
    const told = (errorLine(cause).split('\n', 1)[0] ?? '').replace(/:$/, '.')
    throw new ConfigError(`${option}: "${path}" ${problem}: ${told}`, [], cause)
  }
  if (isRing(value))
    throw new ConfigError(`${option}: "${path}": expected ${what}, received an alias inside of itself.`)
  return value
}

function isRing(value: unknown, above: readonly object[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false
  return above.includes(value) || Object.values(value).some(part => isRing(part, [...above, value]))
}
