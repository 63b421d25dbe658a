import type { ReadableBook } from '../../book/readable-book.ts'
import type { Level, Side } from '../../model/event.ts'
import { type Instrument, quoteQuantity } from '../../model/instrument.ts'
import { midOf } from './touch.ts'

/** Levels read first; ten times as many each time that they do not suffice. */
const FIRST_LEVELS = 50

/** Average price of taking `quote` (quote currency) from `levels`, best first; undefined when they hold less. */
export function averagePriceOf(
  levels: readonly Level[],
  quote: number,
  instrument: Pick<Instrument, 'unit' | 'contractSize' | 'isInverse'>,
): number | undefined {
  let left = quote
  let base = 0
  for (const [price, quantity] of levels) {
    const resting = quoteQuantity(instrument, quantity, price)
    if (resting >= left) return quote / (base + left / price)
    left -= resting
    base += resting / price
  }
  return undefined
}

/**
 * What a market order of `quote` would pay beyond the mid, basis points: side·(vwap − mid) / mid. Undefined when the visible
 * book holds less than that, or cannot be read; it is never extrapolated.
 */
export function costBps(
  book: Pick<ReadableBook, 'best' | 'levels'>,
  side: Side,
  quote: number,
  instrument: Pick<Instrument, 'unit' | 'contractSize' | 'isInverse'>,
): number | undefined {
  const touch = book.best()
  if (touch === undefined || !(quote > 0)) return undefined
  const mid = midOf(touch)
  for (let count = FIRST_LEVELS; ; count *= 10) {
    const view = book.levels(count)
    if (view === undefined) return undefined
    const levels = side === 'buy' ? view.asks : view.bids
    const average = averagePriceOf(levels, quote, instrument)
    if (average !== undefined) return ((side === 'buy' ? average - mid : mid - average) / mid) * 10_000
    if (levels.length < count) return undefined
  }
}
