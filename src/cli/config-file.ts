import { existsSync, readFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { ConfigError, errorLine } from '../model/error.ts'

const schema = z.strictObject({
  instruments: z.array(z.string()).min(1).optional(),
  environment: z.enum(['live', 'testnet', 'demo']).optional(),
  port: z.int().min(0).max(65_535).optional(),
  host: z.string().optional(),
  endpoints: z.record(z.string(), z.unknown()).optional(),
})

export type ConfigFile = z.infer<typeof schema>

/** Reads `tickwire.yaml`. @throws ConfigError naming the key, what was expected and what was received */
export function readConfigFile(path: string): ConfigFile {
  if (!existsSync(path)) throw new ConfigError(`--config: found no file "${path}".`)
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8')) ?? {}
  } catch (cause) {
    const what = cause instanceof YAMLParseError ? 'is no valid YAML' : 'cannot be read'
    throw new ConfigError(`--config: "${path}" ${what}: ${errorLine(cause).split('\n', 1)[0] ?? ''}`, [], cause)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? 'the top level' : `"${issue.path.join('.')}"`
  throw new ConfigError(`--config: "${path}": at ${where}: ${issue?.message ?? 'wrong form'}.`)
}
