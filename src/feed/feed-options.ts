import type { BackoffRules } from '../net/backoff.ts'
import type { BudgetStore } from '../net/budget-store.ts'
import type { Clock } from '../net/clock.ts'
import type { Dial } from '../net/dial.ts'
import type { Http } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { HealingRules } from './healing.ts'
import type { RotationRules } from './rotation.ts'

export type Log = (level: 'info' | 'warn' | 'error', message: string) => void

export interface FeedOptions {
  /** Adapters as values: `[binanceUsdm(), binanceSpot({ environment: 'testnet' })]`; each venue once. */
  readonly venues: readonly VenueAdapter[]
  /** @default first 0.5 s, doubling to 15 s, after sixty failures to 30 s, full jitter */
  readonly backoff?: BackoffRules
  /**
   * Sockets per stream. With 2 the first copy of each event wins, and the loss of one socket costs nothing.
   * @default 1
   */
  readonly redundancy?: 1 | 2
  /** When sockets are replaced before the venue ends them. @default spread over 20 to 23.5 h of age */
  readonly rotation?: RotationRules
  /** How soon a half-open socket is noticed: within 15 s, or within 5 s for more pings. @default 'normal' */
  readonly liveness?: 'normal' | 'fast'
  /** How holes are closed from REST; false declares them at once. @default 10,000 ids, 10 s */
  readonly healing?: false | Partial<HealingRules>
  /**
   * Where request weight, connection attempts and the venue's demands to wait are kept, so that several processes behind
   * one address keep to its limits together, and a restart does not forget them: `fileBudgets(directory)`.
   * @default in this feed only
   */
  readonly budgets?: BudgetStore
  /**
   * An observer that fails so often in a row is not called any more, until `resume()`; `Infinity` never pauses one.
   * @default 100
   */
  readonly pauseAfterErrors?: number
  /** What a person should know; secrets never appear. @default nothing is printed */
  readonly log?: Log
  /** Opens sockets. @default Node's HTTP upgrade with Tickwire's own frame reader */
  readonly dial?: Dial
  /** Performs REST calls. @default Node's HTTP client, 1.5 s for each address of a host */
  readonly http?: Http
  readonly clock?: Clock
  readonly random?: Random
}

/** The options with their defaults. */
export interface FeedTools {
  readonly dial: Dial
  readonly http: Http
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}
