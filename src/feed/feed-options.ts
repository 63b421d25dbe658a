import type { BackoffRules } from '../net/backoff.ts'
import type { Clock } from '../net/clock.ts'
import type { Dial } from '../net/dial.ts'
import type { Http } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { VenueAdapter } from '../venue/adapter.ts'

export type Log = (level: 'info' | 'warn' | 'error', message: string) => void

export interface FeedOptions {
  /** Adapters as values: `[binanceUsdm(), binanceSpot({ environment: 'testnet' })]`; each venue once. */
  readonly venues: readonly VenueAdapter[]
  /** @default first 0.5 s, doubling to 30 s, full jitter */
  readonly backoff?: BackoffRules
  /** What a person should know; secrets never appear. @default nothing is printed */
  readonly log?: Log
  /** Opens sockets. @default Node's HTTP upgrade with Tickwire's own frame reader */
  readonly dial?: Dial
  /** Performs REST calls. @default fetch */
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
