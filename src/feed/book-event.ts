import type { ReadableBook } from '../book/readable-book.ts'
import type { BookEvent, Level } from '../model/event.ts'

const NO_LEVELS: readonly Level[] = []

/**
 * The book as an event that owns its levels, so that it stays true however long it is kept. Whoever only wants the best
 * price reads it from `feed.book()` and never pays for the levels.
 */
export function bookEvent(book: ReadableBook, levels: number): BookEvent {
  const view = book.levels(levels)
  return {
    kind: 'book',
    instrument: book.instrument,
    exchangeTimeUs: book.exchangeTimeUs === 0 ? undefined : book.exchangeTimeUs,
    receiveTimeUs: book.receiveTimeUs,
    sequence: book.sequence,
    bids: view?.bids ?? NO_LEVELS,
    asks: view?.asks ?? NO_LEVELS,
    synced: book.state === 'synced',
  }
}
