import type { Feed } from '../../feed/feed.ts'
import type { InstrumentId } from '../../model/instrument.ts'

const HOUR_US = 3_600_000_000
/** Venues stamp a settlement some milliseconds after the hour. */
const LOOSE_US = 60_000_000
const LONGEST_HOURS = 24

/**
 * Hours between the settlements of a contract: from the last one to the announced next one, or else between the last two.
 * Undefined while neither is a whole number of hours: it is never assumed.
 */
export function intervalHours(settled: readonly { readonly timeUs: number }[], nextUs?: number): number | undefined {
  const last = settled.at(-1)?.timeUs
  const before = settled.at(-2)?.timeUs
  const ahead = last === undefined || nextUs === undefined ? undefined : wholeHours(nextUs - last)
  return ahead ?? (last === undefined || before === undefined ? undefined : wholeHours(last - before))
}

function wholeHours(us: number): number | undefined {
  const hours = Math.round(us / HOUR_US)
  const isWhole = Math.abs(us - hours * HOUR_US) <= LOOSE_US
  return isWhole && hours >= 1 && hours <= LONGEST_HOURS ? hours : undefined
}

/** The interval of a contract as its last settlements tell it; undefined where they cannot be had. */
export async function askInterval(feed: Feed, instrument: InstrumentId): Promise<number | undefined> {
  try {
    return intervalHours(await feed.settledFunding({ instrument, limit: 3 }))
  } catch (error) {
    // Without it the signal learns the interval from the stream, which takes two settlements.
    if (error instanceof Error) return undefined
    throw error
  }
}
