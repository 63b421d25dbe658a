import { ConfigError, SubscriptionRejected } from '../model/error.ts'
import type { MarketEvent } from '../model/event.ts'
import type { StreamRequest, SubscribeRequest, Subscription, SubscriptionStats } from '../model/subscribe.ts'
import type { Clock } from '../net/clock.ts'
import { DEFAULT_CAPACITY, EventQueue } from './event-queue.ts'
import { Membership } from './membership.ts'
import type { VenueRuntime } from './venue-runtime.ts'

/** A subscription that is read in batches. */
export class FeedSubscription implements Subscription {
  readonly ready: Promise<void>
  private readonly queue: EventQueue
  private readonly membership: Membership
  private readonly ended: (subscription: FeedSubscription) => void
  private readonly signal: AbortSignal | undefined
  private readonly onAbort = (): void => this.dispose()
  private isDisposed = false

  constructor(
    request: SubscribeRequest,
    venues: ReadonlyMap<string, VenueRuntime>,
    clock: Clock,
    ended: (subscription: FeedSubscription) => void,
  ) {
    const { capacity = DEFAULT_CAPACITY, levels = 10 } = request
    mustBeCount('capacity', capacity)
    mustBeCount('levels', levels)
    this.queue = new EventQueue({
      capacity,
      levels,
      overflow: request.overflow ?? {},
      bookDeltas: request.bookDeltas ?? false,
      clock,
    })
    this.ended = ended
    this.membership = new Membership(this.queue, venues)
    this.signal = request.signal
    this.ready = this.membership.add(request)
    // A refusal of some streams leaves the others running; a symbol that does not exist ends the iteration with its error.
    this.ready.catch((error: unknown) => {
      if (error instanceof SubscriptionRejected) return
      this.queue.end(error instanceof Error ? error : new Error(String(error)))
    })
    if (this.signal?.aborted) this.dispose()
    this.signal?.addEventListener('abort', this.onAbort, { once: true })
  }

  add(request: StreamRequest): Promise<void> {
    if (this.isDisposed) throw new ConfigError('the subscription has been disposed.')
    const added = this.membership.add(request)
    added.catch(() => undefined)
    return added
  }

  drop(request: StreamRequest): void {
    this.membership.drop(request)
  }

  stats(): SubscriptionStats {
    return this.queue.stats()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly MarketEvent[], void, void> {
    try {
      for (;;) {
        const batch = await this.queue.take()
        if (batch === undefined) return
        yield batch
      }
    } finally {
      this.dispose()
    }
  }

  dispose(): void {
    if (this.isDisposed) return
    this.isDisposed = true
    this.signal?.removeEventListener('abort', this.onAbort)
    this.membership.dispose()
    this.queue.discard()
    this.ended(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await Promise.resolve()
  }
}

function mustBeCount(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new ConfigError(`${option}: expected a whole number of at least 1, was ${value}.`)
}
