import type { Call } from './query.ts'
import { RestError } from './rest-error.ts'

/** Weight of a call; one that cannot even be read costs 1. */
export function weightOf(weight: number | ((call: Call) => number), call: Call): number {
  if (typeof weight === 'number') return weight
  try {
    return weight(call)
  } catch (error) {
    if (error instanceof RestError) return 1
    throw error
  }
}
