import type { KlineEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { SignalHistory } from '../signal/signal.ts'
import type { Feed } from './feed.ts'

/** Rows of one page of candle history. */
const PAGE = 1000

export interface WantedHistory extends SignalHistory {
  readonly instrument: InstrumentId
}

/** The newest closed candles, oldest first: page by page from the newest backwards. `isOver` ends it between two pages. */
export async function candleHistory(
  source: Partial<Pick<Feed, 'klines'>>,
  wanted: WantedHistory,
  isOver: () => boolean,
): Promise<readonly KlineEvent[]> {
  const { instrument, interval, candles } = wanted
  let found: readonly KlineEvent[] = []
  let endTimeUs: EpochUs | undefined
  while (found.length < candles && !isOver()) {
    // One more than needed, because the newest one may still be open.
    const limit = Math.min(PAGE, candles - found.length + 1)
    const until = endTimeUs === undefined ? {} : { endTimeUs }
    const rows = (await source.klines?.({ instrument, interval, limit, ...until })) ?? []
    const [first] = rows
    if (first === undefined) break
    const closed = rows.filter(row => row.closed && (endTimeUs === undefined || row.openTimeUs <= endTimeUs))
    found = [...closed, ...found]
    endTimeUs = epochUs(first.openTimeUs - 1)
    if (rows.length < limit) break
  }
  return found.slice(-candles).map(row => ({ ...row, recovered: true }))
}
