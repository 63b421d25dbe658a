import type { BookDelta } from '../model/book-levels.ts'
import type { Channel } from '../model/channel.ts'
import type {
  ConnectionEvent,
  ConnectionState,
  DataEvent,
  GapEvent,
  GapReason,
  LifecycleEvent,
} from '../model/event.ts'
import { type InstrumentId, instrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import type { ContinuityRule, StreamSpec } from '../venue/adapter.ts'
import { BookLegs } from './book-legs.ts'
import type { BookRunner } from './book-runner.ts'
import { DenseTrack } from './dense-track.ts'
import type { StreamState } from './feed.ts'
import type { Healing } from './healing.ts'
import { KlineTrack } from './kline-track.ts'
import type { Leg } from './leg.ts'
import { OwnedTrack } from './owned-track.ts'
import { hasMissed, isExplicable } from './quiet-or-dead.ts'
import { Topic } from './topic.ts'
import type { Track, TrackOutlet } from './track.ts'

/** A leg that was confirmed so long ago carries the stream, also when the stream has been quiet since. */
const PROVEN_MS = 1000

/** The venue's clock and ours may be this far apart. */
const CLOCKS_DIFFER_US = 5_000_000

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * One native stream: what we want of it, what the venue confirmed, what has arrived, by whichever socket. Its track keeps
 * the events in order, each once, and says what is missing; from here they go to the topics.
 */
export class LiveStream implements StreamSpec {
  readonly venue: string
  readonly name: string
  readonly route: string
  readonly channel: Channel
  readonly instrument: InstrumentId | undefined
  readonly continuity: ContinuityRule
  readonly expectedEveryMs: number | undefined
  readonly topics = new Map<InstrumentId, Topic>()
  readonly track: Track
  book: BookRunner | undefined
  legs: readonly Leg[] = []
  reason: string | undefined
  isRejected = false
  /** The venue no longer lists the instrument. */
  isEnded = false
  events = 0
  missing = 0
  gaps = 0
  duplicates = 0
  lastEventUs = 0
  acknowledgedUs = 0
  private bookLegs: BookLegs | undefined
  private newest: DataEvent | undefined
  private readonly healing: Healing
  private readonly wholeMarket: InstrumentId
  private single: Topic | undefined
  private isInterrupted = false
  private waiters: Waiter[] = []

  constructor(venue: string, spec: StreamSpec, healing: Healing) {
    this.venue = venue
    this.name = spec.name
    this.route = spec.route
    this.channel = spec.channel
    this.instrument = spec.instrument
    this.continuity = spec.continuity
    this.expectedEveryMs = spec.expectedEveryMs
    this.healing = healing
    this.wholeMarket = instrumentId(`${venue}:*`)
    this.track = this.openTrack()
  }

  get isWanted(): boolean {
    return this.topics.size > 0
  }

  /** The best that any of its legs can say. */
  get state(): StreamState {
    if (this.isRejected) return 'rejected'
    if (this.isEnded) return 'ended'
    if (this.track.isHealing) return 'healing'
    let best: StreamState = 'wanted'
    for (const leg of this.legs) {
      if (leg.state === 'delivering' && !leg.isStale) return 'delivering'
      if (leg.state === 'delivering') best = 'stale'
      else if (leg.state === 'acknowledged' && best !== 'stale') best = leg.isStale ? 'silent' : 'acknowledged'
      else if (leg.state === 'subscribed' && best === 'wanted') best = 'subscribed'
    }
    return best
  }

  /** The topic of one instrument of this stream; `venue:*` hears all of them. */
  topic(instrument: InstrumentId): Topic {
    let topic = this.topics.get(instrument)
    if (topic === undefined) {
      topic = new Topic(`${this.name}|${instrument}`, instrument, this.channel)
      this.topics.set(instrument, topic)
      this.single = this.topics.size === 1 && this.instrument === instrument ? topic : undefined
    }
    return topic
  }

  /** Forgets a topic that nobody listens to. */
  release(topic: Topic): void {
    if (!topic.isEmpty) return
    this.topics.delete(topic.instrument)
    const [only] = this.topics.values()
    this.single = this.topics.size === 1 && only?.instrument === this.instrument ? only : undefined
  }

  /** Nobody wants it any more. */
  close(): void {
    this.track.close()
  }

  /** A change of the book. */
  delta(delta: BookDelta, receiveTimeUs: EpochUs, leg: Leg): void {
    this.lastEventUs = receiveTimeUs
    this.events++
    const { book } = this
    if (book === undefined) return
    if (this.legs.length === 1) {
      book.delta(delta, receiveTimeUs)
      return
    }
    this.bookLegs ??= new BookLegs(book)
    this.bookLegs.take(delta, receiveTimeUs, leg === this.ownLeg)
  }

  /** Whether REST can tell a quiet market from a stream that brings nothing. */
  get canProbe(): boolean {
    if (this.book !== undefined) return this.book.book.state === 'synced'
    return this.track.canProbe || (this.instrument !== undefined && isExplicable(this.newest))
  }

  /** Whether REST can tell that a stream that never spoke should have: a trade makes candles, too. */
  get canProveUnfed(): boolean {
    return this.track.canProbe || this.channel.startsWith('kline:')
  }

  /** True when the stream missed something, false when it is merely quiet, undefined when that cannot be told. */
  probe(silentMs: DurationMs): Promise<boolean | undefined> {
    if (this.book !== undefined) return this.book.probe()
    if (this.track.canProbe) return this.track.probe(silentMs)
    const { newest, healing } = this
    return newest === undefined ? Promise.resolve(undefined) : hasMissed(newest, healing, silentMs)
  }

  attach(leg: Leg): void {
    const [first] = this.legs
    if (first !== undefined) leg.rhythm.learnFrom(first.rhythm)
    this.legs = [...this.legs, leg]
  }

  /** The leg was taken down on purpose. */
  detach(leg: Leg): void {
    this.legs = this.legs.filter(other => other !== leg)
    if (this.legs.some(other => other.state === 'delivering' || other.state === 'acknowledged')) {
      this.legEnded(leg)
    } else if (leg.state === 'delivering') this.interrupt('disconnect')
  }

  /** The socket of the leg is gone. */
  legLost(leg: Leg, wasDelivering: boolean, reason: GapReason): void {
    const nowMs = this.healing.clock.monotonicMs()
    const carries = (other: Leg): boolean =>
      other.state === 'delivering' ||
      (other.state === 'acknowledged' && (!wasDelivering || nowMs - other.acknowledgedMs >= PROVEN_MS))
    if (this.legs.some(other => other !== leg && carries(other) && !other.isStale)) this.legEnded(leg)
    else this.interrupt(reason)
  }

  /** Nothing has come for longer than the stream's rhythm explains: the book is not read on. */
  wentStale(leg: Leg, cause: string): void {
    this.tell('stale', leg, cause)
    if (this.legs.some(other => other.state === 'delivering' && !other.isStale)) {
      this.legEnded(leg)
      return
    }
    this.bookLegs?.clear()
    if (this.book !== undefined) this.book.disconnected('stale')
    else if (this.continuity.kind !== 'dense') this.track.interrupted('stale')
  }

  /** A neighbour on the socket was proven mute: what this stream did not bring since may be as lost. Said when it speaks again. */
  doubt(leg: Leg): void {
    leg.doubtedMs = this.healing.clock.monotonicMs()
    if (this.book !== undefined || this.continuity.kind === 'dense') return
    if (this.legs.length > 1) this.track.legEnded(leg)
    else this.track.interrupted('stale')
  }

  /** It speaks again. */
  recovered(leg: Leg): void {
    this.tell('delivering', leg, undefined)
  }

  acknowledged(): void {
    this.acknowledgedUs = this.healing.clock.nowUs()
    if (!this.legs.some(leg => leg.isStale)) this.reason = undefined
    this.isRejected = false
    this.book?.subscribed()
    if (this.isInterrupted) this.track.resumed()
    this.isInterrupted = false
    const waiters = this.waiters
    this.waiters = []
    for (const waiter of waiters) waiter.resolve()
  }

  /** The venue refused the stream on one socket; while another one brings it nothing is lost. */
  refused(leg: Leg, error: Error): void {
    const isCarried = this.legs.some(
      other => other !== leg && (other.state === 'delivering' || other.state === 'acknowledged'),
    )
    if (isCarried || this.isRejected) return
    this.isRejected = true
    this.reason = error.message
    const waiters = this.waiters
    this.waiters = []
    for (const waiter of waiters) waiter.reject(error)
    this.declareGap('venue', undefined, undefined)
    this.book?.gapTold()
  }

  /** What the venue has refused it brings all the same. */
  fedAfterAll(): void {
    if (!this.isRejected) return
    this.isRejected = false
    this.reason = undefined
    this.book?.goesOn()
  }

  /** Resolves at the venue's acknowledgement, at once when it came before. */
  whenAcknowledged(): Promise<void> {
    if (this.isRejected) return Promise.reject(new Error(this.reason))
    if (this.legs.some(leg => leg.state === 'acknowledged' || leg.state === 'delivering')) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
  }

  /** True when REST knows of a trade that the stream should have brought. */
  async hasTradedSinceAcknowledged(): Promise<boolean> {
    const newest = (await this.healing.newestTrades())?.at(-1)
    return newest?.exchangeTimeUs !== undefined && newest.exchangeTimeUs > this.acknowledgedUs + CLOCKS_DIFFER_US
  }

  /** Its sockets bring it no more, and none is to bring it: what is told of `leg` is the last word. */
  end(leg: Leg | undefined, cause: string): void {
    this.isEnded = true
    this.reason = cause
    if (leg !== undefined) this.tell('closed', leg, cause)
  }

  /** The venue lists the instrument again. */
  revive(): void {
    this.isEnded = false
    this.reason = undefined
  }

  announce(event: LifecycleEvent): void {
    for (const topic of this.topics.values()) topic.announce(event)
  }

  declareGap(reason: GapReason, from: string | undefined, to: string | undefined, isHealed = false): void {
    const receiveTimeUs = this.healing.clock.nowUs()
    this.gaps++
    for (const topic of this.topics.values()) {
      const { channel } = this
      const { instrument } = topic
      const gap: GapEvent = { kind: 'gap', instrument, channel, reason, from, to, healed: isHealed, receiveTimeUs }
      topic.announce(gap)
    }
  }

  /** The leg whose changes the book is built from. */
  private get ownLeg(): Leg | undefined {
    return this.legs.find(leg => leg.state === 'delivering' && !leg.isStale) ?? this.legs[0]
  }

  private legEnded(leg: Leg): void {
    this.track.legEnded(leg)
    this.bookLegs?.flush(this.healing.clock.nowUs())
  }

  private interrupt(reason: GapReason): void {
    this.isInterrupted = true
    this.track.interrupted(reason)
    this.bookLegs?.clear()
    this.book?.disconnected(reason)
  }

  private publish(event: DataEvent): void {
    this.events++
    this.newest = event
    this.lastEventUs = event.receiveTimeUs
    if (this.single !== undefined) {
      this.single.publish(event)
      return
    }
    this.topics.get(event.instrument)?.publish(event)
    if (event.instrument !== this.wholeMarket) this.topics.get(this.wholeMarket)?.publish(event)
  }

  private tell(state: ConnectionState, leg: Leg, cause: string | undefined): void {
    const receiveTimeUs = this.healing.clock.nowUs()
    const { connectionId } = leg.connection
    for (const topic of this.topics.values()) {
      const { instrument } = topic
      const event: ConnectionEvent = { kind: 'connection', instrument, state, connectionId, cause, receiveTimeUs }
      topic.announce(event)
    }
  }

  private openTrack(): Track {
    const out: TrackOutlet = {
      publish: event => this.publish(event),
      gap: (reason, from, to, isHealed, missing) => {
        this.missing += missing
        this.declareGap(reason, from, to, isHealed)
      },
      duplicate: () => {
        this.duplicates++
      },
      deliveringLegs: () => this.legs.filter(leg => leg.state === 'delivering' && !leg.isStale).length,
    }
    if (this.channel.startsWith('kline:')) return new KlineTrack(out, this.healing, this.channel.slice('kline:'.length))
    if (this.continuity.kind === 'dense') return new DenseTrack(out, this.healing, this.channel === 'trade')
    return new OwnedTrack(out, this.continuity.kind === 'increasing')
  }
}
