import type { Channel } from '../model/channel.ts'
import type { DataEvent, GapEvent, GapReason, LifecycleEvent } from '../model/event.ts'
import { type InstrumentId, instrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { ContinuityRule, StreamSpec } from '../venue/adapter.ts'
import type { BookRunner } from './book-runner.ts'
import type { StreamState } from './feed.ts'
import type { StreamConnection } from './stream-connection.ts'
import { Topic } from './topic.ts'

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * One native stream: what we want of it, what the venue confirmed, what has arrived, and whether its ids follow one
 * another. Its decoder hands every event to this object, which drops duplicates, declares gaps and publishes.
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
  book: BookRunner | undefined
  connection: StreamConnection | undefined
  state: StreamState = 'wanted'
  reason: string | undefined
  events = 0
  missing = 0
  gaps = 0
  duplicates = 0
  lastEventUs = 0
  acknowledgedUs = 0
  /** Subscribed anew while the old subscription of the same name was ending: its events are not ours. */
  awaitsAcknowledgement = false
  private readonly isDense: boolean
  private readonly isIncreasing: boolean
  private readonly wholeMarket: InstrumentId
  private single: Topic | undefined
  private lastSequence = -1
  private isInterrupted = false
  private waiters: Waiter[] = []

  constructor(venue: string, spec: StreamSpec) {
    this.venue = venue
    this.name = spec.name
    this.route = spec.route
    this.channel = spec.channel
    this.instrument = spec.instrument
    this.continuity = spec.continuity
    this.expectedEveryMs = spec.expectedEveryMs
    this.isDense = spec.continuity.kind === 'dense'
    this.isIncreasing = spec.continuity.kind === 'increasing'
    this.wholeMarket = instrumentId(`${venue}:*`)
  }

  get isWanted(): boolean {
    return this.topics.size > 0
  }

  /** The topic of one instrument of this stream; `venue:*` hears all of them. */
  topic(instrument: InstrumentId): Topic {
    let topic = this.topics.get(instrument)
    if (topic === undefined) {
      topic = new Topic(`${this.name}|${instrument}`, instrument)
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

  /** An event of the decoder. `sequence` is -1 where the venue numbers nothing. */
  accept(event: DataEvent, sequence: number): void {
    if (this.awaitsAcknowledgement) return
    if (sequence >= 0 && !this.advance(sequence, event.receiveTimeUs)) return
    if (this.isInterrupted) this.resume(event.receiveTimeUs)
    this.touch(event.receiveTimeUs)
    if (this.single !== undefined) {
      this.single.publish(event)
      return
    }
    this.topics.get(event.instrument)?.publish(event)
    if (event.instrument !== this.wholeMarket) this.topics.get(this.wholeMarket)?.publish(event)
  }

  /** Something of this stream arrived. */
  touch(receiveTimeUs: EpochUs): void {
    this.events++
    this.lastEventUs = receiveTimeUs
    if (this.state !== 'delivering') this.becomeDelivering()
  }

  /** The connection that carried the stream is gone. */
  interrupt(): void {
    this.state = 'wanted'
    this.awaitsAcknowledgement = false
    if (this.events > 0) this.isInterrupted = true
    this.book?.disconnected()
  }

  acknowledged(nowUs: EpochUs): void {
    this.acknowledgedUs = nowUs
    this.awaitsAcknowledgement = false
    if (this.state !== 'delivering') this.state = 'acknowledged'
    this.reason = undefined
    this.book?.subscribed()
    const waiters = this.waiters
    this.waiters = []
    for (const waiter of waiters) waiter.resolve()
  }

  /** The venue refused the stream: it stays refused until asked for anew. */
  rejected(error: Error, nowUs: EpochUs): void {
    this.state = 'rejected'
    this.reason = error.message
    const waiters = this.waiters
    this.waiters = []
    for (const waiter of waiters) waiter.reject(error)
    this.declareGap('venue', undefined, undefined, nowUs)
  }

  /** Resolves at the venue's acknowledgement, at once when it came before. */
  whenAcknowledged(): Promise<void> {
    if (this.state === 'acknowledged' || this.state === 'delivering') return Promise.resolve()
    if (this.state === 'rejected') return Promise.reject(new Error(this.reason))
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
  }

  announce(event: LifecycleEvent): void {
    for (const topic of this.topics.values()) topic.announce(event)
  }

  declareGap(reason: GapReason, from: string | undefined, to: string | undefined, receiveTimeUs: EpochUs): void {
    this.gaps++
    for (const topic of this.topics.values()) {
      const { channel } = this
      const gap: GapEvent = {
        kind: 'gap',
        instrument: topic.instrument,
        channel,
        reason,
        from,
        to,
        healed: false,
        receiveTimeUs,
      }
      topic.announce(gap)
    }
  }

  private advance(sequence: number, receiveTimeUs: EpochUs): boolean {
    const last = this.lastSequence
    if (last >= 0) {
      if (this.isDense) {
        if (sequence <= last) {
          this.duplicates++
          return false
        }
        if (sequence > last + 1) this.skipped(last, sequence, receiveTimeUs)
        this.isInterrupted = false
      } else if (this.isIncreasing && sequence < last) {
        this.duplicates++
        return false
      }
    }
    this.lastSequence = sequence
    return true
  }

  private skipped(last: number, sequence: number, receiveTimeUs: EpochUs): void {
    this.missing += sequence - last - 1
    const reason = this.isInterrupted ? 'disconnect' : 'sequence'
    this.declareGap(reason, String(last + 1), String(sequence - 1), receiveTimeUs)
  }

  /** Streams without dense ids cannot prove what they missed: the whole interruption is declared. */
  private resume(receiveTimeUs: EpochUs): void {
    this.isInterrupted = false
    if (this.book === undefined) {
      this.declareGap('disconnect', String(this.lastEventUs), String(receiveTimeUs), epochUs(receiveTimeUs))
    }
  }

  private becomeDelivering(): void {
    this.state = 'delivering'
    this.connection?.delivering()
  }
}
