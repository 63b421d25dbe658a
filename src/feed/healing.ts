import type { BookSnapshot } from '../model/book-levels.ts'
import type { KlineEvent, TradeEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Random } from '../net/random.ts'
import type { WeightBudget } from '../net/weight-budget.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import { PRIORITY, type RestClient } from './rest-client.ts'

export interface HealingRules {
  /** A hole of more ids than this is healed at its newer end only; the rest is declared. @default 10000 */
  readonly mostIds: number
  /** The stream waits so long for what is missing, then goes on without it. @default 10000 */
  readonly deadlineMs: DurationMs
}

export const DEFAULT_HEALING: HealingRules = { mostIds: 10_000, deadlineMs: 10_000 }

/** Most rows of one answer. */
export const MOST_ROWS = 1000

/** What tracks need to fetch what a stream has missed. */
export interface Healing {
  readonly clock: Clock
  /** Ends every question with the feed. */
  readonly signal: AbortSignal
  /** Undefined when the user wants gaps declared and nothing fetched. */
  readonly rules: HealingRules | undefined
  /** Trades from an id on, oldest first; undefined where the venue has no such call. */
  readonly trades:
    | ((fromId: number, isUrgent: boolean, signal: AbortSignal) => Promise<readonly TradeEvent[]>)
    | undefined
  /** The newest trades, oldest first; undefined when REST does not tell. */
  newestTrades(): Promise<readonly TradeEvent[] | undefined>
  /** The best levels; undefined when REST does not tell. */
  bestLevels(): Promise<BookSnapshot | undefined>
  /** Candles from an open time on, oldest first; the last one may still be open. */
  klines(interval: string, fromUs: EpochUs, count: number, signal: AbortSignal): Promise<readonly KlineEvent[]>
  /** Estimated wait of an urgent call for request weight. */
  etaMs(): DurationMs
  /** Between two tries. */
  pause(attempt: number, signal: AbortSignal): Promise<void>
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2000

export function healingOf(
  instrument: InstrumentId,
  tools: {
    readonly adapter: VenueAdapter
    readonly rest: RestClient
    readonly budget: WeightBudget
    readonly clock: Clock
    readonly random: Random
    readonly signal: AbortSignal
    readonly rules: HealingRules | undefined
  },
): Healing {
  const { adapter, rest, budget, clock, random, signal: ending, rules } = tools
  const { tradesById } = adapter
  return {
    clock,
    signal: ending,
    rules,
    trades:
      tradesById === undefined
        ? undefined
        : (fromId, isUrgent, signal) => {
            const args = { instrument, fromId: String(fromId), limit: MOST_ROWS }
            return rest.call(tradesById, args, isUrgent ? PRIORITY.heal : PRIORITY.history, signal)
          },
    newestTrades: () =>
      rest.call(adapter.recentTrades, { instrument, limit: 200 }, PRIORITY.heal, ending).catch(() => undefined),
    bestLevels: async () => {
      const [least] = adapter.book.depths
      if (least === undefined) return undefined
      const args = { instrument, limit: least.limit }
      return await rest.call(adapter.book.snapshot, args, PRIORITY.heal, ending).catch(() => undefined)
    },
    klines: (interval, startTimeUs, count, signal) => {
      const limit = Math.min(MOST_ROWS, count)
      return rest.call(adapter.klines, { instrument, interval, startTimeUs, limit }, PRIORITY.heal, signal)
    },
    etaMs: () => budget.etaMs(PRIORITY.heal),
    pause: (attempt, signal) => {
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 6))
      return sleep(clock, longest * (0.5 + 0.5 * random()), signal)
    },
  }
}
