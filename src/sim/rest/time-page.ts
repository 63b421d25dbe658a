import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'

interface Dated {
  readonly timeMs: number
}

const dayMs = 86_400_000

export interface PageRules {
  readonly standard: number
  readonly most: number
  /** Longest span between `startTime` and `endTime`. */
  readonly spanMs: number
  /** Which of two many rows to keep when only a limit is given. */
  readonly keeps: 'newest' | 'oldest'
}

/** Rows between `startTime` and `endTime`, at most `limit`. @throws RestError -1127 for a span too long, -1130 for a limit */
export function timePage<T extends Dated>(call: Call, rows: readonly T[], rules: PageRules): readonly T[] {
  const startMs = call.timeMs('startTime')
  const endMs = call.timeMs('endTime')
  const limit = call.limit(rules.standard, rules.most)
  if (startMs !== undefined && endMs !== undefined) {
    if (endMs < startMs) throw badRequest(-1127, 'Start time is greater than end time.')
    if (endMs - startMs > rules.spanMs) {
      const days = rules.spanMs / dayMs
      throw badRequest(-1127, `Lookup interval is too big; More than ${days * 24} hours between startTime and endTime.`)
    }
  }
  const from = startMs ?? (endMs === undefined ? Number.NEGATIVE_INFINITY : endMs - rules.spanMs)
  const to = endMs ?? (startMs === undefined ? Number.POSITIVE_INFINITY : startMs + rules.spanMs)
  const found = rows.filter(({ timeMs }) => timeMs >= from && timeMs <= to)
  const isNewest = rules.keeps === 'newest' && startMs === undefined
  return isNewest ? found.slice(-limit) : found.slice(0, limit)
}
