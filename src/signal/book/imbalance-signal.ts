import type { ReadableBook } from '../../book/readable-book.ts'
import { flagFigure, numberFigure } from '../figure.ts'
import type { SignalKind } from '../signal-kind.ts'
import { bookGauge, NO_READING, type ReadBook, type Reading } from './book-gauge.ts'
import { bookMeasure } from './book-measure.ts'
import { bandImbalance, decayImbalance, type Imbalance, levelImbalance } from './imbalance.ts'

const ID = 'book.imbalance'
const UNIT = 'ratio'

/** (ΣQb − ΣQa) / (ΣQb + ΣQa): over N levels, over a band around the mid, or over levels that weigh less the deeper they are. */
export const bookImbalance: SignalKind = {
  id: ID,
  meaning: 'How much more rests on the bid than on the ask near the mid, from -1 (only asks) to 1 (only bids).',
  unit: UNIT,
  needs: ['book'],
  figures: [
    numberFigure('imbalance', 'The imbalance.'),
    flagFigure('oneSided', 'One side holds nothing: the value is 1 or -1 and says no more.'),
  ],
  params: {
    measure: {
      kind: 'choice',
      default: 'band',
      choices: ['levels', 'band', 'decay'],
      meaning: 'what is summed: the best levels, all within a band (comparable across venues), or levels by their rank',
    },
    levels: {
      kind: 'number',
      default: 10,
      least: 1,
      most: 1000,
      isWhole: true,
      unit: 'levels',
      meaning: 'levels per side, for "levels" and "decay"',
    },
    bps: {
      kind: 'number',
      default: 10,
      least: 0.01,
      most: 5000,
      unit: 'bps',
      meaning: 'distance from the mid, inclusive, for "band"',
    },
    lambda: {
      kind: 'number',
      default: 0.5,
      least: 0,
      most: 100,
      unit: '1/level',
      meaning: 'level i weighs e^(-lambda·i), for "decay"',
    },
  },
  create(instrument, params) {
    const measure = bookMeasure({ id: ID, instrument, params, needs: ['book'], unit: UNIT })
    const read = params.text('measure') === 'band' ? readBand(params.number('bps')) : readLevels(params)
    return bookGauge(measure, read)
  },
}

function readLevels(params: { text(name: string): string; number(name: string): number }): ReadBook {
  const count = params.number('levels')
  const lambda = params.number('lambda')
  const isDecay = params.text('measure') === 'decay'
  return book => {
    const view = book.levels(count)
    if (view === undefined || !isKnown(book, count, view.bids.length, view.asks.length)) return NO_READING
    return readingOf(
      isDecay ? decayImbalance(view.bids, view.asks, count, lambda) : levelImbalance(view.bids, view.asks, count),
    )
  }
}

function readBand(bps: number): ReadBook {
  return book => {
    const band = bandImbalance(book, bps)
    return band?.isComplete ? readingOf(band.imbalance) : NO_READING
  }
}

/** A side with fewer levels than asked for is whole only when nothing lies beyond what is known. */
function isKnown(book: ReadableBook, count: number, bids: number, asks: number): boolean {
  const horizon = book.horizon()
  if (horizon === undefined) return false
  return (bids >= count || horizon.bid === undefined) && (asks >= count || horizon.ask === undefined)
}

function readingOf(imbalance: Imbalance | undefined): Reading {
  if (imbalance === undefined) return NO_READING
  return { value: imbalance.value, values: { imbalance: imbalance.value, oneSided: imbalance.oneSided } }
}
