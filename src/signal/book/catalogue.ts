import type { SignalKind } from '../signal-kind.ts'
import { bookCost } from './cost-signal.ts'
import { bookFate } from './fate-signal.ts'
import { bookImbalance } from './imbalance-signal.ts'
import { bookMicroprice } from './microprice-signal.ts'
import { bookMlofi, bookOfi, bookOfiSampled } from './ofi-signal.ts'
import { bookSpread, bookWeightedMid } from './spread-signal.ts'
import { bookSpreadWiden } from './spread-widen-signal.ts'

/** Signals of the order book. */
export const bookKinds: readonly SignalKind[] = [
  bookSpread,
  bookImbalance,
  bookWeightedMid,
  bookMicroprice,
  bookOfi,
  bookOfiSampled,
  bookMlofi,
  bookSpreadWiden,
  bookFate,
  bookCost,
]
