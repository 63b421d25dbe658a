import { readPlan, type ServerPlan } from '../../sim/plan/read-plan.ts'
import { readStructuredFile } from '../structured-file.ts'

/** Reads `--faults plan.yaml`. @throws ConfigError naming the step, the key, and what was expected */
export function readFaultFile(path: string): ServerPlan {
  return readPlan(readStructuredFile('--faults', 'a plan', path), `--faults: "${path}"`)
}
