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
  private readonly ended: (observation: FeedObservation) => void
  private isDisposed = false

  constructor(
    request: StreamRequest,
    fn: (event: MarketEvent) => void,
    venues: ReadonlyMap<string, VenueRuntime>,
    report: ObserverReport,
    ended: (observation: FeedObservation) => void,
  ) {
    const observer = new Observer(fn, report, request.levels ?? 10, request.bookDeltas ?? false)
    this.membership = new Membership(observer, venues)
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
