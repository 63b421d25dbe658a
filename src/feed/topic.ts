import type { Channel } from '../model/channel.ts'
import type { DataEvent, LifecycleEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { BookRunner } from './book-runner.ts'

/** Whoever takes events: an observer in the same tick, or a queue. */
export interface Consumer {
  event(event: DataEvent, topic: Topic): void
  lifecycle(event: LifecycleEvent, topic: Topic): void
  /** The maintained book changed; the consumer reads from it what it needs. */
  book(runner: BookRunner, topic: Topic): void
}

/** One channel of one instrument (or of the whole market, `venue:*`) and everybody who listens to it. */
export class Topic {
  readonly key: string
  readonly instrument: InstrumentId
  readonly channel: Channel
  /** Replaced, never changed in place: a consumer may leave while it is being called. */
  private consumers: readonly Consumer[] = []

  constructor(key: string, instrument: InstrumentId, channel: Channel) {
    this.key = key
    this.instrument = instrument
    this.channel = channel
  }

  get isEmpty(): boolean {
    return this.consumers.length === 0
  }

  /** Everybody who listens now. */
  get listeners(): readonly Consumer[] {
    return this.consumers
  }

  add(consumer: Consumer): void {
    if (!this.consumers.includes(consumer)) this.consumers = [...this.consumers, consumer]
  }

  remove(consumer: Consumer): void {
    this.consumers = this.consumers.filter(other => other !== consumer)
  }

  publish(event: DataEvent): void {
    const consumers = this.consumers
    for (let i = 0; i < consumers.length; i++) consumers[i]?.event(event, this)
  }

  announce(event: LifecycleEvent): void {
    for (const consumer of this.consumers) consumer.lifecycle(event, this)
  }

  bookChanged(runner: BookRunner): void {
    const consumers = this.consumers
    for (let i = 0; i < consumers.length; i++) consumers[i]?.book(runner, this)
  }
}
