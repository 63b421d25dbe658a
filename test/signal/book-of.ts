import { BookSync } from '../../src/book/index.ts'
import type { Level } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { decimalText } from '../../src/model/number.ts'
import { type EpochUs, epochUs } from '../../src/model/time.ts'
import { snapshotOf } from '../book/levels-of.ts'

/** Replaces what a book holds. */
export function loadBook(
  book: BookSync,
  sequence: number,
  bids: readonly Level[],
  asks: readonly Level[],
  timeUs: EpochUs,
): void {
  const text = (levels: readonly Level[]): readonly (readonly [string, number])[] =>
    levels.map(([price, quantity]) => [decimalText(price), quantity] as const)
  book.onStreamSnapshot({ ...snapshotOf(sequence, text(bids), text(asks), true), exchangeTimeUs: timeUs }, timeUs)
}

/** A synced book whose sides are wholly known. */
export function bookOf(bids: readonly Level[], asks: readonly Level[]): BookSync {
  const book = new BookSync(instrumentId('test:BTCUSDT'), { join: () => 'apply', joinSnapshot: () => 'apply' })
  loadBook(book, 1, bids, asks, epochUs(1))
  return book
}
