import { AbortedError, HttpError, RateLimited } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import { nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import { answerError, type Http, withDeadline } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { WeightBudget } from '../net/weight-budget.ts'
import type { Endpoint, VenueAdapter } from '../venue/adapter.ts'

/** Lower goes first when request weight is scarce. */
export const PRIORITY = { book: 0, heal: 1, table: 2, deepBook: 3, history: 4, poll: 5 } as const

export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY]

export interface RestClientOptions {
  readonly adapter: VenueAdapter
  readonly http: Http
  readonly clock: Clock
  readonly random: Random
  readonly budget: WeightBudget
  /** Whole call: connect, headers and body. @default 10000 */
  readonly deadlineMs?: DurationMs
}

/** Calls a venue's REST within its weight budget, and turns every bad answer into a typed error. */
export class RestClient {
  private readonly options: RestClientOptions

  constructor(options: RestClientOptions) {
    this.options = options
  }

  /** One try. `onAdmitted` is called when the request leaves the queue. @throws HttpError, RateLimited, DecodeError, AbortedError */
  async call<Args, Result>(
    endpoint: Endpoint<Args, Result>,
    args: Args,
    priority: Priority,
    signal?: AbortSignal,
    onAdmitted?: () => void,
  ): Promise<Result> {
    const { adapter, http, clock, budget, deadlineMs } = this.options
    const request = endpoint.request(args)
    const hold = await budget.acquire(request.weight, priority, signal)
    try {
      onAdmitted?.()
      const answer = await withDeadline(http, clock, request, deadlineMs ?? 10_000, signal)
      const nowUs = clock.nowUs()
      const error = answerError(request, answer, body => adapter.readError(body), nowUs / 1000)
      // A block comes before the place is given free, so that nobody who waits slips out in between.
      if (error instanceof RateLimited) budget.block(error.retryAfterMs)
      hold.settle(adapter.usedWeight(answer.headers))
      if (error !== undefined) throw error
      return endpoint.parse(answer.body, nowUs, args)
    } finally {
      hold.settle()
    }
  }

  /** A read that may be repeated: up to `tries` times with backoff; a rate limit waits in the budget. */
  async read<Args, Result>(
    endpoint: Endpoint<Args, Result>,
    args: Args,
    priority: Priority,
    signal?: AbortSignal,
    tries = 3,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.call(endpoint, args, priority, signal)
      } catch (error) {
        const mayRetry = error instanceof RateLimited || (error instanceof HttpError && error.isRetryable)
        if (!mayRetry || attempt >= tries) throw error
        await sleep(this.options.clock, nextDelay(attempt, this.options.random), signal)
        if (signal?.aborted) throw new AbortedError('the request was aborted between two tries')
      }
    }
  }
}
