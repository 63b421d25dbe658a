import { mean, variance } from '../statistics/moments.ts'
import { thin } from '../statistics/thinning.ts'
import type { Market } from './outcome.ts'
import { isTraded, type Outcome } from './outcomes.ts'
import { LEAST_SHOWN } from './result.ts'

const BEFORE_MS = 300_000
const STEPS_EACH_WAY = 60

export interface PathPoint {
  readonly offsetMs: number
  readonly n: number
  /** Mean move of the mid since the entry, in the direction of the side. Absent below ten onsets. */
  readonly meanBps?: number | undefined
  /** Standard error of that mean. */
  readonly errorBps?: number | undefined
}

/** The mid around independent onsets, from five minutes before the entry to `afterMs` behind it. */
export function eventPath(outcomes: readonly Outcome[], market: Market, afterMs: number): readonly PathPoint[] {
  const kept = thin(outcomes.filter(isTraded))
  const offsets = [
    ...Array.from({ length: STEPS_EACH_WAY }, (_, at) => -BEFORE_MS + (at * BEFORE_MS) / STEPS_EACH_WAY),
    ...Array.from({ length: STEPS_EACH_WAY + 1 }, (_, at) => (at * afterMs) / STEPS_EACH_WAY),
  ]
  return offsets.map(offsetMs => {
    const moves = kept.flatMap(({ onset, trade, entryTimeUs, instrument }) => {
      const mid = market.midAt(instrument, entryTimeUs + offsetMs * 1000)
      return mid === undefined ? [] : onset.side * (mid / trade.entryMid - 1) * 1e4
    })
    const n = moves.length
    if (n < LEAST_SHOWN) return { offsetMs, n }
    return { offsetMs, n, meanBps: mean(moves), errorBps: Math.sqrt((variance(moves) ?? 0) / n) }
  })
}
