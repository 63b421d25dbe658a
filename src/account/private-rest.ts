import { PRIORITY } from '../feed/rest-client.ts'
import { AbortedError, AuthError, DecodeError, errorLine, HttpError, RateLimited } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import { nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import { answerError, type Http, withDeadline } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { ServerClock } from '../net/server-clock.ts'
import type { WeightBudget } from '../net/weight-budget.ts'
import type { AccountAdapter, AccountRefusal, CallAuth, PrivateEndpoint } from '../venue/account-adapter.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { Credentials } from './credentials.ts'

export interface PrivateRestOptions {
  readonly adapter: AccountAdapter
  /** Reads errors and weights of the same host. */
  readonly venue: VenueAdapter
  readonly credentials: Credentials
  readonly http: Http
  readonly clock: Clock
  readonly random: Random
  readonly budget: WeightBudget
  /** Of calls that lead to another host than the venue's own. @default `budget` */
  readonly budgetOf?: (url: string) => WeightBudget | undefined
  readonly serverClock: ServerClock
  /** Whole call: connect, headers and body. @default 10000 */
  readonly deadlineMs?: DurationMs
}

/** Before everything that is asked for market data: an account must not wait for a book. */
const PRIVATE_PRIORITY = PRIORITY.book - 1

/** Calls that need a key: within the venue's weight, signed at the moment of sending with the venue's own time. */
export class PrivateRest {
  private readonly options: PrivateRestOptions

  constructor(options: PrivateRestOptions) {
    this.options = options
  }

  /**
   * One try, and a second one when the venue refuses the time: nothing was done then.
   * @throws HttpError, RateLimited, DecodeError, AbortedError, AuthError
   */
  async call<Args, Result>(endpoint: PrivateEndpoint<Args, Result>, args: Args, signal: AbortSignal): Promise<Result> {
    const { serverClock } = this.options
    try {
      const run = (): Promise<Result> => this.send(endpoint, args, signal)
      return await serverClock.signed(run, error => this.refusalOf(error) === 'timestamp')
    } catch (error) {
      if (signal.aborted) throw new AbortedError('the request was aborted')
      throw this.authErrorOf(error) ?? error
    }
  }

  /** A read that may be repeated: up to `tries` times with backoff. @throws as `call` */
  async read<Args, Result>(
    endpoint: PrivateEndpoint<Args, Result>,
    args: Args,
    signal: AbortSignal,
    tries = 3,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.call(endpoint, args, signal)
      } catch (error) {
        if (!this.mayRepeat(error) || attempt >= tries) throw error
        await sleep(this.options.clock, nextDelay(attempt, this.options.random), signal)
        if (signal.aborted) throw new AbortedError('the request was aborted between two tries')
      }
    }
  }

  get algorithm(): CallAuth['algorithm'] {
    return this.options.credentials.algorithm
  }

  /** What a failed call means to the account. */
  refusalOf(error: unknown): AccountRefusal {
    if (error instanceof AuthError) return 'keyRefused'
    if (error instanceof RateLimited) return 'retry'
    if (!(error instanceof HttpError)) return error instanceof DecodeError ? 'retry' : 'failed'
    if (error.status === 0 || (error.venueCode === undefined && error.status >= 500)) return 'retry'
    const { status, venueCode: code, message } = error
    return this.options.adapter.classify(code === undefined ? { status, message } : { status, code, message })
  }

  /** The proof of a call that is sent now. @throws when the venue's time was never measured */
  async auth(): Promise<CallAuth> {
    const { credentials, serverClock } = this.options
    const timestampMs = await serverClock.timestampMs()
    return {
      apiKey: credentials.apiKey.reveal(),
      algorithm: credentials.algorithm,
      timestampMs,
      sign: payload => credentials.sign(payload),
    }
  }

  /** Weight that is spent elsewhere than in REST, but counted with it. @throws AbortedError */
  async spend(weight: number, signal: AbortSignal): Promise<void> {
    const hold = await this.options.budget.acquire(weight, PRIVATE_PRIORITY, signal)
    hold.settle()
  }

  /** The key was refused: one clear message, which names where it was tried. */
  refusedKey(detail: string, venueCode: number | undefined, cause?: unknown): AuthError {
    const { adapter } = this.options
    const where = `the ${adapter.environment} environment of ${adapter.venue} (${adapter.product})`
    const hint =
      'Keys belong to one environment and product; they may be bound to addresses, and need the right to read.'
    return new AuthError(`the key was refused by ${where}: ${detail}. ${hint}`, { venueCode, cause })
  }

  private authErrorOf(error: unknown): AuthError | undefined {
    if (!(error instanceof HttpError)) return undefined
    const refusal = this.refusalOf(error)
    if (refusal === 'keyRefused') return this.refusedKey(errorLine(error), error.venueCode, error)
    if (refusal !== 'signature') return undefined
    return this.refusedKey(`the secret does not belong to the key: ${errorLine(error)}`, error.venueCode, error)
  }

  private mayRepeat(error: unknown): boolean {
    if (error instanceof AuthError || error instanceof AbortedError) return false
    const refusal = this.refusalOf(error)
    return refusal === 'retry' || refusal === 'unknownState'
  }

  private async send<Args, Result>(
    endpoint: PrivateEndpoint<Args, Result>,
    args: Args,
    signal: AbortSignal,
  ): Promise<Result> {
    const { venue, http, clock, deadlineMs } = this.options
    const { weight, url } = endpoint.request(args, UNSIGNED)
    const budget = this.options.budgetOf?.(url) ?? this.options.budget
    const hold = await budget.acquire(weight, PRIVATE_PRIORITY, signal)
    try {
      // What waited for its weight is signed now: a time that waited with it would be refused.
      const request = endpoint.request(args, await this.auth())
      const answer = await withDeadline(http, clock, request, deadlineMs ?? 10_000, signal)
      const nowUs = clock.nowUs()
      const error = answerError(request, answer, body => venue.readError(body), nowUs / 1000)
      if (error instanceof RateLimited) budget.block(error.retryAfterMs)
      hold.settle(venue.usedWeight(answer.headers))
      if (error !== undefined) throw error
      return endpoint.parse(answer.body, nowUs, args)
    } finally {
      hold.settle()
    }
  }
}

/** To learn what a call will cost before it is signed. */
const UNSIGNED: CallAuth = { apiKey: '', algorithm: 'hmac', timestampMs: 0, sign: () => '' }
