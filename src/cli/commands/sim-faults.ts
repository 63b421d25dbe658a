import { existsSync, readFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { ConfigError, errorLine } from '../../model/error.ts'
import { readPlan, type ServerPlan } from '../../sim/plan/read-plan.ts'

/** Reads `--faults plan.yaml` (JSON is YAML, too). @throws ConfigError naming the step, the key, and what was expected */
export function readFaultFile(path: string): ServerPlan {
  if (!existsSync(path)) throw new ConfigError(`--faults: expected a plan (YAML or JSON), found no file "${path}".`)
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const what = cause instanceof YAMLParseError ? 'is no valid YAML' : 'cannot be read'
    throw new ConfigError(`--faults: "${path}" ${what}: ${errorLine(cause).split('\n', 1)[0] ?? ''}`, [], cause)
  }
  return readPlan(value, `--faults: "${path}"`)
}
