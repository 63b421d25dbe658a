import { flagFigure, numberFigure } from '../figure.ts'
import type { SignalKind } from '../signal-kind.ts'
import { bookGauge, NO_READING } from './book-gauge.ts'
import { bookMeasure } from './book-measure.ts'
import { costBps } from './cost.ts'

const ID = 'book.cost'
const UNIT = 'bps'

/** Cost of a market order: side·(vwap − mid) / mid. Absent, with `insufficientDepth`, when the visible book is too thin. */
export const bookCost: SignalKind = {
  id: ID,
  meaning: 'What a market order of a size pays beyond the mid; the value is the mean of buying and selling.',
  unit: UNIT,
  needs: ['book'],
  figures: [
    numberFigure('buyBps', 'Of buying; absent where the book holds less.'),
    numberFigure('sellBps', 'Of selling; absent where the book holds less.'),
    flagFigure('insufficientDepth', 'The visible book holds less than the order.'),
  ],
  params: {
    quote: {
      kind: 'number',
      default: 100_000,
      least: 1e-9,
      unit: 'quote',
      meaning: 'size of the order in quote currency, such as 10000, 100000 or 1000000',
    },
    everyMs: {
      kind: 'number',
      default: 100,
      least: 0,
      unit: 'ms',
      meaning: 'least exchange time between two values: walking a book costs time',
    },
  },
  create(instrument, params) {
    const measure = bookMeasure({ id: ID, instrument, params, needs: ['book'], unit: UNIT })
    const quote = params.number('quote')
    return bookGauge(
      measure,
      (book, touch) => {
        if (touch === undefined) return NO_READING
        const buyBps = costBps(book, 'buy', quote, instrument)
        const sellBps = costBps(book, 'sell', quote, instrument)
        const isBoth = buyBps !== undefined && sellBps !== undefined
        return {
          ...(isBoth ? { value: (buyBps + sellBps) / 2 } : {}),
          values: { buyBps, sellBps, insufficientDepth: !isBoth },
        }
      },
      params.number('everyMs'),
    )
  },
}
