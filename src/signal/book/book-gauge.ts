import type { ReadableBook } from '../../book/readable-book.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Figures, Measure } from '../measure.ts'
import type { BookInput, Signal, SignalInput, SignalOutlet } from '../signal.ts'
import { signalOf } from './book-measure.ts'
import { isTrustworthy, type Touch } from './touch.ts'

export type Reading = Pick<Figures, 'value' | 'values' | 'isWarming'>

/** Reads a synced book; the touch is absent when a side is empty or not known. */
export type ReadBook = (book: ReadableBook, touch: Touch | undefined) => Reading

/** Nothing can be said of the book as it is. */
export const NO_READING: Reading = { isWarming: true }

/**
 * One value per update of the book, and nothing kept from one to the next.
 * @param everyMs least exchange time between two values
 */
export function bookGauge(measure: Measure, read: ReadBook, everyMs: DurationMs = 0): Signal {
  const gauge = new BookGauge(measure, read, everyMs * 1000)
  return signalOf(measure, (input, outlet) => gauge.accept(input, outlet))
}

class BookGauge {
  private readonly measure: Measure
  private readonly read: ReadBook
  private readonly everyUs: number
  private saidUs = Number.NEGATIVE_INFINITY
  private hasBook = false

  constructor(measure: Measure, read: ReadBook, everyUs: number) {
    this.measure = measure
    this.read = read
    this.everyUs = everyUs
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    const reception = this.measure.receive(input, outlet)
    if (reception === 'gap' || reception === 'resync') this.forget()
    if (input.kind !== 'bookState') return
    if (reception === 'data') this.update(input, outlet)
    else if (reception === 'ignored') this.lose(input, outlet)
  }

  private update(input: BookInput, outlet: SignalOutlet): void {
    const touch = input.book.best()
    const timeUs = this.measure.newestUs
    const { receiveTimeUs } = input
    if (touch !== undefined && !isTrustworthy(touch)) {
      this.forget()
      this.measure.emit({ timeUs, receiveTimeUs, n: 1, isInvalid: true }, outlet)
      return
    }
    this.hasBook = true
    if (timeUs - this.saidUs < this.everyUs) return
    this.saidUs = timeUs
    this.measure.emit({ timeUs, receiveTimeUs, n: 1, ...this.read(input.book, touch) }, outlet)
  }

  /** Said once: the book cannot be read. */
  private lose(input: BookInput, outlet: SignalOutlet): void {
    this.measure.restart()
    if (!this.hasBook) return
    this.forget()
    const { receiveTimeUs } = input
    this.measure.emit({ timeUs: this.measure.newestUs, receiveTimeUs, n: 0, isWarming: true }, outlet)
  }

  private forget(): void {
    this.hasBook = false
    this.saidUs = Number.NEGATIVE_INFINITY
  }
}
