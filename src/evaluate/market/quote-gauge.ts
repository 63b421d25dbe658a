import type { ReadableBook } from '../../book/readable-book.ts'
import type { QuoteEvent } from '../../model/event.ts'
import { baseQuantity } from '../../model/instrument.ts'
import type { SignalInstrument } from '../../signal/signal-kind.ts'
import type { PriceTrack } from './price-track.ts'

/** The touch of a quote into a track; crossed and empty ones are no price. */
export function trackQuote(track: PriceTrack, quote: QuoteEvent): void {
  const { bidPrice, askPrice, receiveTimeUs } = quote
  if (!(bidPrice > 0 && askPrice >= bidPrice)) track.lose(receiveTimeUs)
  else track.add(receiveTimeUs, askPrice, bidPrice, (bidPrice + askPrice) / 2)
}

/**
 * What a taker of a size meets in the book: the average of walking it, never more than is there. Without a size the touch.
 * @param sizeQuote in quote currency
 */
export function trackBook(
  track: PriceTrack,
  book: ReadableBook,
  receiveTimeUs: number,
  instrument: SignalInstrument,
  sizeQuote: number | undefined,
): void {
  const best = book.best()
  if (best === undefined || !(best.bidPrice > 0 && best.askPrice >= best.bidPrice)) {
    track.lose(receiveTimeUs)
    return
  }
  const mid = (best.bidPrice + best.askPrice) / 2
  if (sizeQuote === undefined) {
    track.add(receiveTimeUs, best.askPrice, best.bidPrice, mid)
    return
  }
  const perUnit = instrument.isInverse ? instrument.contractSize : baseQuantity(instrument, 1, mid) * mid
  const quantity = sizeQuote / perUnit
  const priceOf = (side: 'buy' | 'sell'): number => {
    const cost = book.costOf(side, quantity)
    return cost?.isComplete === true ? cost.averagePrice : Number.NaN
  }
  track.add(receiveTimeUs, priceOf('buy'), priceOf('sell'), mid)
}
