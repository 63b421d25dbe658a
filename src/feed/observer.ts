import type { DataEvent, LifecycleEvent, MarketEvent } from '../model/event.ts'
import type { EpochUs } from '../model/time.ts'
import { bookEvent } from './book-event.ts'
import type { BookRunner } from './book-runner.ts'
import type { Consumer, Topic } from './topic.ts'

export interface ErrorReport {
  observerError(error: unknown): void
}

export interface ObserverReport extends ErrorReport {
  /** It failed too often in a row, and is not called any more. */
  observerPaused(): void
}

export interface ObserverOptions {
  readonly report: ObserverReport
  readonly levels: number
  readonly bookDeltas: boolean
  readonly pauseAfterErrors: number
}

/** What a paused observer was not told of one stream. */
interface Missed {
  readonly fromUs: EpochUs
  toUs: EpochUs
  /** The book that changed meanwhile. */
  runner: BookRunner | undefined
}

/**
 * Calls a user's function in the same tick. What it throws, or rejects with, is counted and reported, and never reaches the
 * socket. After too many errors in a row it is paused, so that a broken function does not cost the others their time; when it
 * is resumed a gap tells it what it missed.
 */
export class Observer implements Consumer {
  private readonly fn: (event: MarketEvent) => void
  private readonly options: ObserverOptions
  private readonly missed = new Map<Topic, Missed>()
  private errorsInARow = 0
  isPaused = false

  constructor(fn: (event: MarketEvent) => void, options: ObserverOptions) {
    this.fn = fn
    this.options = options
  }

  event(event: DataEvent, topic: Topic): void {
    if (this.isPaused) this.miss(topic, event.receiveTimeUs)
    else this.call(event)
  }

  lifecycle(event: LifecycleEvent, topic: Topic): void {
    if (!this.isPaused) this.call(event)
    else if (event.kind === 'gap') this.miss(topic, event.receiveTimeUs)
  }

  book(runner: BookRunner, topic: Topic): void {
    if (this.isPaused) {
      this.miss(topic, runner.book.receiveTimeUs, runner)
      return
    }
    if (this.options.bookDeltas) {
      for (const event of runner.lastChange()) this.event(event, topic)
      return
    }
    this.event(bookEvent(runner.book, this.options.levels), topic)
  }

  resume(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.errorsInARow = 0
    const missed = [...this.missed]
    this.missed.clear()
    for (const [{ instrument, channel }, { fromUs, toUs, runner }] of missed) {
      const [from, to] = [String(fromUs), String(toUs)]
      this.call({ kind: 'gap', instrument, channel, reason: 'overflow', from, to, healed: false, receiveTimeUs: toUs })
      // Whoever keeps a book of changes begins anew; everybody else gets the whole one with the next change.
      if (this.options.bookDeltas && runner?.book.state === 'synced')
        this.call(bookEvent(runner.book, Number.MAX_SAFE_INTEGER))
    }
  }

  private call(event: MarketEvent): void {
    try {
      const returned: unknown = this.fn(event)
      if (returned instanceof Promise) this.await(returned)
      else this.errorsInARow = 0
    } catch (error) {
      this.failed(error)
    }
  }

  /** An async function may stand where none is expected: what it rejects with must not end the process. */
  private await(returned: Promise<unknown>): void {
    void returned.then(
      () => {
        this.errorsInARow = 0
      },
      (error: unknown) => this.failed(error),
    )
  }

  private failed(error: unknown): void {
    const { report, pauseAfterErrors } = this.options
    report.observerError(error)
    if (++this.errorsInARow < pauseAfterErrors || this.isPaused) return
    this.isPaused = true
    report.observerPaused()
  }

  private miss(topic: Topic, receiveTimeUs: EpochUs, runner?: BookRunner): void {
    const missed = this.missed.get(topic) ?? { fromUs: receiveTimeUs, toUs: receiveTimeUs, runner }
    missed.toUs = receiveTimeUs
    missed.runner ??= runner
    this.missed.set(topic, missed)
  }
}
