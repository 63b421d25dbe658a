import type { DataEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import type { Consumer, Topic } from './topic.ts'

export interface MarkPrice {
  readonly price: number
  readonly receiveTimeUs: EpochUs
}

/** Remembers the last mark price of every instrument that somebody else listens to; it keeps no stream alive by itself. */
export class MarkPrices implements Consumer {
  private readonly prices = new Map<InstrumentId, MarkPrice>()

  /** A private account counts profit by it. */
  of(instrument: InstrumentId): MarkPrice | undefined {
    return this.prices.get(instrument)
  }

  attach(topic: Topic): void {
    if (topic.channel === 'markPrice') topic.add(this)
  }

  /** Leaves when nobody else is left. */
  detach(topic: Topic): void {
    const { listeners } = topic
    if (listeners.length === 1 && listeners[0] === this) topic.remove(this)
  }

  event(event: DataEvent): void {
    if (event.kind !== 'markPrice') return
    this.prices.set(event.instrument, { price: event.markPrice, receiveTimeUs: event.receiveTimeUs })
  }

  lifecycle(): void {}

  book(): void {}
}
