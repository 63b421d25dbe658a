import type { BookSnapshot } from '../model/book-levels.ts'
import type { DataEvent, QuoteEvent } from '../model/event.ts'
import { fromUnits } from '../model/number.ts'
import type { DurationMs } from '../model/time.ts'
import type { Healing } from './healing.ts'

/** What follows a trade that is younger than this may be on its way; what is this close to the last event was in it. */
const ON_ITS_WAY_US = 5_000_000
const SAME_MOMENT_US = 1_500_000

/** Kinds whose silence another source can explain. */
export function isExplicable(event: DataEvent | undefined): boolean {
  return event?.kind === 'quote' || event?.kind === 'trade' || event?.kind === 'kline' || event?.kind === 'ticker'
}

/**
 * Whether a stream that says nothing should have spoken since `last`: false when REST shows that there was nothing to say,
 * undefined when that cannot be told.
 */
export async function hasMissed(last: DataEvent, healing: Healing, silentMs: DurationMs): Promise<boolean | undefined> {
  if (last.kind === 'quote') {
    const book = await healing.bestLevels()
    return book === undefined ? undefined : !isBest(last, book)
  }
  const trades = await healing.newestTrades()
  const newest = trades?.at(-1)
  if (trades === undefined || newest === undefined || last.exchangeTimeUs === undefined) return undefined
  if (last.kind === 'trade' && newest.lastId !== undefined) return Number(newest.lastId) > Number(last.id)
  // What follows the trades must have shown a trade that is neither in its last event nor too young to have reached us.
  const fromUs = last.exchangeTimeUs + SAME_MOMENT_US
  const untilUs = last.exchangeTimeUs + silentMs * 1000 - ON_ITS_WAY_US
  return trades.some(({ exchangeTimeUs: us }) => us !== undefined && us > fromUs && us < untilUs)
}

function isBest(quote: QuoteEvent, { bids, asks, scale }: BookSnapshot): boolean {
  return (
    fromUnits(bids.prices[0] ?? -1, scale) === quote.bidPrice &&
    bids.quantities[0] === quote.bidQuantity &&
    fromUnits(asks.prices[0] ?? -1, scale) === quote.askPrice &&
    asks.quantities[0] === quote.askQuantity
  )
}
