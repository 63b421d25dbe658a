import type { OpenInterestSample } from '../../model/history.ts'
import { baseQuantity, type Instrument, quoteQuantity } from '../../model/instrument.ts'
import type { OpenInterestPoint } from '../protocol.ts'

/** A row of the venue's statistics as the screen draws it; the price is the one that the venue valued it at. */
export function pastPoint(instrument: Instrument, sample: OpenInterestSample): OpenInterestPoint {
  const { timeUs, quantity } = sample
  const price = priceOf(instrument, sample)
  const needsPrice = instrument.unit === 'contracts' && instrument.isInverse
  const computed = needsPrice && price === null ? null : baseQuantity(instrument, quantity, price ?? 1)
  return [timeUs, quantity, sample.baseQuantity ?? computed, price]
}

function priceOf(instrument: Instrument, sample: OpenInterestSample): number | null {
  const { quantity, baseQuantity: base } = sample
  const quote = sample.quoteQuantity ?? (instrument.isInverse ? quoteQuantity(instrument, quantity, 1) : undefined)
  if (quote === undefined || base === undefined) return null
  return quote > 0 && base > 0 ? quote / base : null
}
