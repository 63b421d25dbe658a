import { z } from 'zod'
import { ConfigError } from '../model/error.ts'
import { describeIssues, instrumentText, intervalText } from './control-message.ts'

const epochUs = z.coerce.number().int().min(0).max(8_640_000_000_000_000)

const klines = z.strictObject({
  instrument: instrumentText,
  interval: intervalText,
  limit: z.coerce.number().int().min(1).max(1000).default(500),
  start: epochUs.optional(),
  end: epochUs.optional(),
})

export type KlinesQuery = z.infer<typeof klines>

/** Query of `/api/klines`. @throws ConfigError naming the parameter and what was expected */
export function readKlinesQuery(query: Readonly<Record<string, string>>): KlinesQuery {
  const result = klines.safeParse(query)
  if (result.success) return result.data
  throw new ConfigError(`query: ${describeIssues(result.error)}.`)
}
