import { ConfigError } from '../model/error.ts'
import type { MarketEvent } from '../model/event.ts'
import type { Observation, StreamRequest } from '../model/subscribe.ts'
import { Membership } from './membership.ts'
import { Observer, type ObserverReport } from './observer.ts'
import type { VenueRuntime } from './venue-runtime.ts'

/** A function that is called in the same tick. */
export class FeedObservation implements Observation {
  readonly ready: Promise<void>
  private readonly membership: Membership
  private readonly observer: Observer
  private readonly ended: (observation: FeedObservation) => void
  private isDisposed = false

  constructor(
    request: StreamRequest,
    fn: (event: MarketEvent) => void,
    venues: ReadonlyMap<string, VenueRuntime>,
    report: ObserverReport,
    pauseAfterErrors: number,
    ended: (observation: FeedObservation) => void,
  ) {
    const { levels = 10, bookDeltas = false } = request
    this.observer = new Observer(fn, { report, levels, bookDeltas, pauseAfterErrors })
    this.membership = new Membership(this.observer, venues)
    this.ended = ended
    this.ready = this.membership.add(request)
    // Whoever does not await `ready` must not crash for it: the refusal stands in the status, too.
    this.ready.catch(() => undefined)
  }

  add(request: StreamRequest): Promise<void> {
    if (this.isDisposed) throw new ConfigError('the observation has been disposed.')
    const added = this.membership.add(request)
    added.catch(() => undefined)
    return added
  }

  get isPaused(): boolean {
    return this.observer.isPaused
  }

  resume(): void {
    this.observer.resume()
  }

  drop(request: StreamRequest): void {
    this.membership.drop(request)
  }

  dispose(): void {
    if (this.isDisposed) return
    this.isDisposed = true
    this.membership.dispose()
    this.ended(this)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
