import type { MarketEvent } from '../model/event.ts'
import type { StreamRequest, Subscription, SubscriptionStats } from '../model/subscribe.ts'

export interface ReplaySubscriptionOptions {
  readonly inner: Subscription
  readonly capacity: number | undefined
  /** Older events are left out. */
  readonly fromUs: number
  readonly gone: (subscription: ReplaySubscription) => void
}

/** Events that may wait before the replay does; a quarter of the queue where that is smaller. */
const MOST_WAITING = 8192

/** A subscription of the replayed feed that ends with the recording, when everything was read. */
export class ReplaySubscription implements Subscription {
  readonly ready: Promise<void>
  private readonly options: ReplaySubscriptionOptions
  private readonly mostWaiting: number
  private isOver = false
  private failure: Error | undefined

  constructor(options: ReplaySubscriptionOptions) {
    this.options = options
    this.ready = options.inner.ready
    // Whoever does not await it learns of a refusal by the iteration.
    this.ready.catch(() => undefined)
    this.mostWaiting = Math.min(MOST_WAITING, Math.floor((options.capacity ?? MOST_WAITING * 4) / 4))
  }

  /** The replay must wait for this consumer. */
  get isFilling(): boolean {
    return this.queued > this.mostWaiting
  }

  add(request: StreamRequest): Promise<void> {
    return this.options.inner.add(request)
  }

  drop(request: StreamRequest): void {
    this.options.inner.drop(request)
  }

  stats(): SubscriptionStats {
    return this.options.inner.stats()
  }

  /** Nothing more comes. */
  async finish(failure: Error | undefined): Promise<void> {
    this.isOver = true
    this.failure = failure
    if (this.queued === 0) await this.options.inner[Symbol.asyncDispose]()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly MarketEvent[], void, void> {
    const { inner, fromUs, gone } = this.options
    try {
      for await (const batch of inner) {
        const wanted = fromUs > 0 ? batch.filter(event => event.receiveTimeUs >= fromUs) : batch
        if (wanted.length > 0) yield wanted
        if (this.isOver && this.queued === 0) break
      }
      if (this.failure !== undefined) throw this.failure
    } finally {
      gone(this)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.options.inner[Symbol.asyncDispose]()
    this.options.gone(this)
  }

  private get queued(): number {
    return this.options.inner.stats().queued
  }
}
