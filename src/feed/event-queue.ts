import { OverflowError } from '../model/error.ts'
import type { DataEvent, EventKind, GapEvent, LifecycleEvent, MarketEvent } from '../model/event.ts'
import type { OverflowPolicy, SubscriptionStats } from '../model/subscribe.ts'
import type { Clock } from '../net/clock.ts'
import { bookEvent } from './book-event.ts'
import type { BookRunner } from './book-runner.ts'
import type { Consumer, Topic } from './topic.ts'

export const DEFAULT_CAPACITY = 65_536

const CONFLATED: readonly EventKind[] = ['quote', 'book', 'depth', 'ticker', 'markPrice', 'openInterest']

export interface EventQueueOptions {
  readonly capacity: number
  readonly overflow: Partial<Record<EventKind, OverflowPolicy>>
  readonly levels: number
  readonly bookDeltas: boolean
  readonly clock: Clock
}

/**
 * The one asynchronous hop: events wait here, bounded, until the consumer takes all of them at once. When the queue is full
 * each kind follows its policy; whatever is not delivered is counted, and a `gap` stands in its place.
 */
export class EventQueue implements Consumer {
  private readonly options: EventQueueOptions
  private events: MarketEvent[] = []
  /** While full: where the newest event of a conflated key stands. */
  private readonly slots = new Map<string, number>()
  private wake: (() => void) | undefined
  private failure: Error | undefined
  private isEnded = false
  private delivered = 0
  private dropped = 0
  private conflated = 0

  constructor(options: EventQueueOptions) {
    this.options = options
  }

  event(event: DataEvent, topic: Topic): void {
    if (this.isEnded) return
    if (this.events.length >= this.options.capacity) this.overflow(event, topic)
    else this.push(event)
  }

  lifecycle(event: LifecycleEvent, _topic: Topic): void {
    if (this.isEnded) return
    // A gap is never lost: lifecycle events may exceed the capacity, and an older value is not merged across one.
    this.slots.clear()
    this.push(event)
  }

  book(runner: BookRunner, topic: Topic): void {
    if (this.isEnded) return
    if (this.options.bookDeltas) {
      for (const event of runner.lastChange()) this.event(event, topic)
      return
    }
    this.event(bookEvent(runner.book, this.options.levels), topic)
  }

  /** Everything that waits; at once when something does, otherwise when it comes. Undefined at the end. */
  async take(): Promise<readonly MarketEvent[] | undefined> {
    while (this.events.length === 0) {
      if (this.failure !== undefined) {
        const { failure } = this
        this.failure = undefined
        this.isEnded = true
        throw failure
      }
      if (this.isEnded) return undefined
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
    const batch = this.events
    this.events = []
    this.slots.clear()
    this.delivered += batch.length
    return batch
  }

  /** Ends the stream after what waits; with an error the consumer gets it then. */
  end(failure?: Error): void {
    if (this.isEnded) return
    this.isEnded = true
    this.failure = failure
    this.signal()
  }

  /** Ends it now: what waits is given up, because nobody will read it. */
  discard(): void {
    this.isEnded = true
    this.events = []
    this.signal()
  }

  stats(): SubscriptionStats {
    const { delivered, dropped, conflated } = this
    return { queued: this.events.length, delivered, dropped, conflated }
  }

  private push(event: MarketEvent): void {
    this.events.push(event)
    if (this.events.length === 1) this.signal()
  }

  private signal(): void {
    const { wake } = this
    this.wake = undefined
    wake?.()
  }

  private overflow(event: DataEvent, topic: Topic): void {
    switch (this.policy(event.kind)) {
      case 'conflate':
        this.conflate(event, topic.key)
        return
      case 'dropOldest':
        this.dropOldest(event)
        return
      case 'fail':
        this.fail(event)
    }
  }

  private policy(kind: EventKind): OverflowPolicy {
    return this.options.overflow[kind] ?? (CONFLATED.includes(kind) ? 'conflate' : 'fail')
  }

  /** The newest value takes the place of the one that waits; one more place per key is the price of the first time. */
  private conflate(event: DataEvent, topicKey: string): void {
    const key = `${topicKey}|${event.instrument}`
    const slot = this.slots.get(key)
    if (slot === undefined) {
      this.slots.set(key, this.events.length)
      this.events.push(event)
      return
    }
    this.events[slot] = event
    this.conflated++
  }

  /** A quarter of the queue goes at once, so that the cost per event stays constant; each stream's part becomes one gap. */
  private dropOldest(event: DataEvent): void {
    const quota = Math.max(1, this.options.capacity >> 2)
    const kept: MarketEvent[] = []
    const gaps = new Map<string, number>()
    let removed = 0
    for (const waiting of this.events) {
      const isOurGap = waiting.kind === 'gap' && waiting.reason === 'overflow'
      if (isOurGap || (removed < quota && this.policy(waiting.kind) === 'dropOldest')) {
        if (!isOurGap) removed++
        this.mergeGap(kept, gaps, waiting)
      } else kept.push(waiting)
    }
    if (removed === 0) {
      this.fail(event)
      return
    }
    this.dropped += removed
    this.events = kept
    this.slots.clear()
    this.push(event)
  }

  private mergeGap(kept: MarketEvent[], gaps: Map<string, number>, waiting: MarketEvent): void {
    const gap = waiting.kind === 'gap' ? waiting : this.gap(waiting)
    const key = `${gap.instrument}|${gap.channel}`
    const index = gaps.get(key)
    const earlier = index === undefined ? undefined : kept[index]
    if (index === undefined || earlier?.kind !== 'gap') {
      gaps.set(key, kept.length)
      kept.push(gap)
      return
    }
    kept[index] = { ...earlier, to: gap.to ?? earlier.to }
  }

  private fail(event: DataEvent): void {
    this.dropped++
    this.events.push(this.gap(event))
    this.isEnded = true
    const waiting = this.events.length
    this.failure = new OverflowError(
      `the consumer fell ${waiting} events behind and "${event.kind}" events may not be dropped: read faster, raise capacity, or choose another overflow policy`,
    )
    this.signal()
  }

  private gap(event: MarketEvent): GapEvent {
    const id = 'id' in event ? event.id : undefined
    return {
      kind: 'gap',
      instrument: event.instrument,
      channel: channelOf(event),
      reason: 'overflow',
      from: id,
      to: id,
      healed: false,
      receiveTimeUs: this.options.clock.nowUs(),
    }
  }
}

function channelOf(event: MarketEvent): GapEvent['channel'] {
  switch (event.kind) {
    case 'trade':
      return event.channel
    case 'kline':
      return `kline:${event.interval}`
    case 'raw':
      return `raw:${event.stream}`
    case 'bookDelta':
      return 'book'
    case 'gap':
    case 'resync':
      return event.channel
    case 'connection':
      return 'status'
    default:
      return event.kind
  }
}
