import type { DecimalText } from '../../../model/account-event.ts'
import type { Instrument } from '../../../model/instrument.ts'
import { decimalText } from '../../../model/number.ts'
import { exactOf, exactText, minus, quotient, rounded, times } from './exact-decimal.ts'

/** The venue counts profit in settlement coins to so many decimals. */
const DECIMALS = 8

/**
 * Profit of a position if it were closed at the mark price, in the settlement asset, without fees; a negative quantity is short.
 * Linear and options: `quantity × contractSize × (mark − entry)`. Inverse: `quantity × contractSize × (1/entry − 1/mark)`. Both
 * exact, then rounded once, half away from zero, to 8 decimals. A position without an entry price has none.
 * @throws PrecisionError when a text is no decimal
 */
export function unrealizedPnl(
  instrument: Instrument,
  quantity: DecimalText,
  entryPrice: DecimalText,
  markPrice: DecimalText,
): DecimalText {
  const [entry, mark] = [exactOf(entryPrice), exactOf(markPrice)]
  if (entry.units === 0n || mark.units === 0n) return exactText({ units: 0n, scale: DECIMALS })
  const size = exactOf(decimalText(instrument.unit === 'base' ? 1 : instrument.contractSize))
  const gain = times(times(exactOf(quantity), size), minus(mark, entry))
  return exactText(instrument.isInverse ? quotient(gain, times(entry, mark), DECIMALS) : rounded(gain, DECIMALS))
}
