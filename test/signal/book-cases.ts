import type { SignalParams } from '../../src/signal/signal.ts'

export interface BookCase {
  readonly id: string
  readonly params: SignalParams
  /** Exchange time that must be whole before a value is `ok`. */
  readonly windowMs: number
}

/** Every signal that a recording without liquidations and open interest can feed, small enough to warm up in it. */
export const BOOK_CASES: readonly BookCase[] = [
  { id: 'book.spread', params: {}, windowMs: 0 },
  { id: 'book.spread', params: { input: 'book' }, windowMs: 0 },
  { id: 'book.wmid', params: {}, windowMs: 0 },
  { id: 'book.imbalance', params: {}, windowMs: 0 },
  { id: 'book.imbalance', params: { measure: 'levels', levels: 5 }, windowMs: 0 },
  { id: 'book.imbalance', params: { measure: 'decay', levels: 20 }, windowMs: 0 },
  { id: 'book.cost', params: { quote: 100_000 }, windowMs: 0 },
  { id: 'book.microprice', params: { minQuotes: 10_000 }, windowMs: 0 },
  { id: 'book.ofi', params: { windowMs: 3000 }, windowMs: 3000 },
  { id: 'book.ofi.sampled', params: { windowMs: 3000 }, windowMs: 3000 },
  { id: 'book.mlofi', params: { windowMs: 3000 }, windowMs: 3000 },
  { id: 'book.spreadWiden', params: { window: 10, factor: 1.5, minTicks: 2, holdSamples: 0 }, windowMs: 9000 },
  { id: 'book.fate', params: { windowMs: 3000, latenessMs: 500, trades: 'rawTrade' }, windowMs: 3000 },
  {
    id: 'deriv.tension',
    params: { windowMs: 5000, intervalHours: 8, minQuote: 1000, minFunding8h: 1e-5, trades: 'rawTrade' },
    windowMs: 5000,
  },
  { id: 'deriv.basis', params: {}, windowMs: 0 },
]
