import type { Feed } from '../feed/feed.ts'
import { errorLine } from '../model/error.ts'
import { type InstrumentId, symbolOf, venueOf } from '../model/instrument.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { Logger } from './logger.ts'
import { within } from './within.ts'

/** How long a command waits for a venue's instrument table before it goes ahead without the proof of its symbols. */
const PATIENCE_MS = 8000

/**
 * Looks every symbol up in its venue's own table before anything is served.
 * @throws ConfigError naming the nearest symbols
 */
export async function proveInstruments(
  feed: Feed,
  venues: readonly VenueAdapter[],
  ids: readonly InstrumentId[],
  log: Logger,
): Promise<void> {
  for (const adapter of venues) {
    const table = await within(feed.instruments(adapter.id), PATIENCE_MS).catch((error: unknown) => {
      log.warn(`${adapter.id}: going on without the instrument table: ${errorLine(error)}`)
      return undefined
    })
    if (table === undefined) continue
    const known = new Map(table.map(entry => [entry.id, entry]))
    for (const id of ids) {
      if (venueOf(id) === adapter.id && symbolOf(id) !== '*') adapter.resolve(id, 'trade', known)
    }
  }
}
