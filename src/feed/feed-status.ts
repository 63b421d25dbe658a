import type { ReadableBook } from '../book/readable-book.ts'
import type { Clock } from '../net/clock.ts'
import type { BookStatus, FeedStatus, StreamStatus } from './feed.ts'
import { FeedObservation } from './feed-observation.ts'
import { FeedSubscription } from './feed-subscription.ts'
import type { Leg } from './leg.ts'
import type { LiveStream } from './live-stream.ts'
import type { Poller } from './poller.ts'
import type { VenueRuntime } from './venue-runtime.ts'

export interface ConsumerCounts {
  readonly owned: readonly object[]
  readonly droppedByEnded: number
  readonly observerErrors: number
}

/** Everything that is known about the feed at this moment. */
export function feedStatus(venues: readonly VenueRuntime[], clock: Clock, counts: ConsumerCounts): FeedStatus {
  const nowUs = clock.nowUs()
  const observers = counts.owned.filter(consumer => consumer instanceof FeedObservation)
  const queues = counts.owned.filter(consumer => consumer instanceof FeedSubscription)
  return {
    venues: venues.map(runtime => runtime.status()),
    connections: venues.flatMap(runtime => runtime.pool.all().map(connection => connection.status())),
    streams: venues.flatMap(runtime => [
      ...[...runtime.streams.values()].map(stream => streamStatus(stream, nowUs)),
      ...[...runtime.pollers.values()].map(poller => pollStatus(runtime, poller, nowUs)),
    ]),
    books: venues.flatMap(runtime => [...runtime.books.values()].map(runner => bookStatus(runner.book, nowUs))),
    consumers: {
      observers: observers.length,
      paused: observers.filter(observer => observer.isPaused).length,
      queues: queues.length,
      dropped: queues.reduce((sum, queue) => sum + queue.stats().dropped, counts.droppedByEnded),
      observerErrors: counts.observerErrors,
    },
  }
}

function streamStatus(stream: LiveStream, nowUs: number): StreamStatus {
  const { venue, name, route, channel, instrument, state, events, missing, gaps, duplicates, legs } = stream
  return {
    venue,
    stream: name,
    route,
    channel,
    instrument,
    state,
    connectionId: (legs.find(isSpeaking) ?? legs[0])?.connection.connectionId,
    events,
    missing,
    gaps,
    duplicates,
    sockets: legs.filter(isSpeaking).length,
    lastEventAgeMs: age(stream.lastEventUs, nowUs),
    reason: stream.reason ?? stream.book?.reason,
  }
}

function isSpeaking(leg: Leg): boolean {
  return leg.state === 'delivering' && !leg.isStale
}

function pollStatus(runtime: VenueRuntime, poller: Poller, nowUs: number): StreamStatus {
  const { channel, instrument } = poller.spec
  return {
    venue: runtime.adapter.id,
    stream: `REST poll every ${poller.spec.everyMs / 1000} s`,
    route: 'rest',
    channel,
    instrument,
    state: poller.events > 0 ? 'delivering' : 'subscribed',
    connectionId: undefined,
    events: poller.events,
    missing: 0,
    gaps: 0,
    duplicates: 0,
    sockets: 0,
    lastEventAgeMs: age(poller.lastEventUs, nowUs),
    reason: poller.reason,
  }
}

function bookStatus(book: ReadableBook, nowUs: number): BookStatus {
  const { instrument, state, sequence, stats } = book
  return {
    instrument,
    state,
    sequence,
    gaps: stats.gaps,
    snapshots: stats.snapshots,
    lastChangeAgeMs: age(book.receiveTimeUs, nowUs),
  }
}

function age(atUs: number, nowUs: number): number | undefined {
  return atUs === 0 ? undefined : Math.max(0, (nowUs - atUs) / 1000)
}
