import { AbortedError, HttpError, RateLimited } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import { nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import { answerError, type Http, withDeadline } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { WeightBudget } from '../net/weight-budget.ts'
import type { Endpoint, VenueAdapter } from '../venue/adapter.ts'

/** Lower goes first when request weight is scarce. */
export const PRIORITY = { book: 0, table: 1, history: 2, poll: 3 } as const

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

  /** One try. @throws HttpError, RateLimited, DecodeError, AbortedError */
  async call<Args, Result>(
    endpoint: Endpoint<Args, Result>,
    args: Args,
    priority: Priority,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { adapter, http, clock, budget, deadlineMs } = this.options
    const request = endpoint.request(args)
    await budget.acquire(request.weight, priority, signal)
    const answer = await withDeadline(http, clock, request, deadlineMs ?? 10_000, signal)
    const usedWeight = adapter.usedWeight(answer.headers)
    if (usedWeight !== undefined) budget.observe(usedWeight)
    const nowUs = clock.nowUs()
    const error = answerError(request, answer, body => adapter.readError(body), nowUs / 1000)
    if (error instanceof RateLimited) budget.block(error.retryAfterMs)
    if (error !== undefined) throw error
    return endpoint.parse(answer.body, nowUs, args)
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
