import type { BookSnapshot } from '../model/book-levels.ts'
import type { DataEvent, QuoteEvent } from '../model/event.ts'
import { fromUnits } from '../model/number.ts'
import type { Healing } from './healing.ts'

/** A trade this much younger than the last event of a stream that follows the trades may be on its way. */
const ON_ITS_WAY_US = 5_000_000

/** Kinds whose silence another source can explain. */
export function isExplicable(event: DataEvent | undefined): boolean {
  return event?.kind === 'quote' || event?.kind === 'trade' || event?.kind === 'kline' || event?.kind === 'ticker'
}

/**
 * Whether a stream that says nothing should have spoken since `last`: false when REST shows that there was nothing to say,
 * undefined when that cannot be told. `nowUs` is the venue's time as far as we know it.
 */
export async function hasMissed(last: DataEvent, healing: Healing, nowUs: number): Promise<boolean | undefined> {
  if (last.kind === 'quote') {
    const book = await healing.bestLevels()
    return book === undefined ? undefined : !isBest(last, book)
  }
  const newest = await healing.newestTrade()
  if (newest?.exchangeTimeUs === undefined || last.exchangeTimeUs === undefined) return undefined
  // Ids say it exactly where both have them; otherwise a trade that is older than what may be on its way must have shown.
  if (last.kind === 'trade' && newest.lastId !== undefined) return Number(newest.lastId) > Number(last.id)
  return newest.exchangeTimeUs > last.exchangeTimeUs && nowUs - newest.exchangeTimeUs > ON_ITS_WAY_US
}

function isBest(quote: QuoteEvent, { bids, asks, scale }: BookSnapshot): boolean {
  return (
    fromUnits(bids.prices[0] ?? -1, scale) === quote.bidPrice &&
    bids.quantities[0] === quote.bidQuantity &&
    fromUnits(asks.prices[0] ?? -1, scale) === quote.askPrice &&
    asks.quantities[0] === quote.askQuantity
  )
}
