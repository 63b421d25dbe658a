import type { DataEvent, LifecycleEvent, MarketEvent } from '../model/event.ts'
import { bookEvent } from './book-event.ts'
import type { BookRunner } from './book-runner.ts'
import type { Consumer, Topic } from './topic.ts'

export interface ObserverReport {
  observerError(error: unknown): void
}

/** Calls a user's function in the same tick. What it throws, or rejects with, is counted and reported, and never reaches the socket. */
export class Observer implements Consumer {
  private readonly fn: (event: MarketEvent) => void
  private readonly report: ObserverReport
  private readonly levels: number
  private readonly bookDeltas: boolean

  constructor(fn: (event: MarketEvent) => void, report: ObserverReport, levels: number, bookDeltas: boolean) {
    this.fn = fn
    this.report = report
    this.levels = levels
    this.bookDeltas = bookDeltas
  }

  event(event: DataEvent, _topic: Topic): void {
    this.call(event)
  }

  lifecycle(event: LifecycleEvent, _topic: Topic): void {
    this.call(event)
  }

  book(runner: BookRunner, topic: Topic): void {
    if (this.bookDeltas) {
      for (const event of runner.lastChange()) this.event(event, topic)
      return
    }
    this.event(bookEvent(runner.book, this.levels), topic)
  }

  private call(event: MarketEvent): void {
    try {
      const returned: unknown = this.fn(event)
      // An async function may stand where none is expected: what it rejects with must not end the process.
      if (returned instanceof Promise) void returned.catch((error: unknown) => this.report.observerError(error))
    } catch (error) {
      this.report.observerError(error)
    }
  }
}
