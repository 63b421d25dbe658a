import type { Feed } from '../feed/feed.ts'
import { ConfigError } from '../model/error.ts'
import { type Instrument, type InstrumentId, instrumentId, venueOf } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { InstrumentInfo } from './protocol.ts'

/** What can be shown: the instruments of the venues that the server was started with. */
export class Catalog {
  readonly offered: readonly InstrumentId[]
  private readonly feed: Feed

  constructor(feed: Feed, offered: readonly (InstrumentId | string)[]) {
    this.feed = feed
    this.offered = offered.map(instrumentId)
  }

  /**
   * The instrument of this name.
   * @throws ConfigError naming the nearest symbols when the venue does not have it
   * @throws HttpError when the venue's table cannot be read now
   */
  async find(text: string): Promise<Instrument> {
    const id = instrumentId(text)
    const venues = new Set(this.offered.map(venueOf))
    if (!venues.has(venueOf(id))) {
      const near = nearest(text, this.offered)
      throw new ConfigError(`Unknown venue "${venueOf(id)}", this server shows ${[...venues].join(', ')}.`, near)
    }
    const table = await this.feed.instruments(venueOf(id))
    const found = table.find(instrument => instrument.id === id)
    if (found !== undefined) return found
    const near = nearest(
      id,
      table.map(instrument => instrument.id),
    )
    throw new ConfigError(`Unknown symbol "${id}".`, near)
  }

  /** Every instrument of the venues shown here, for the symbol search. */
  async all(): Promise<readonly InstrumentInfo[]> {
    const venues = [...new Set(this.offered.map(venueOf))]
    const tables = await Promise.all(venues.map(venue => this.feed.instruments(venue)))
    return tables.flat().map(infoOf)
  }
}

export function infoOf(instrument: Instrument): InstrumentInfo {
  const { id, venue, symbol, kind, base, quote, isTrading, tickSize, lotSize, unit } = instrument
  const { contractSize, isInverse } = instrument
  return { id, venue, symbol, kind, base, quote, isTrading, tickSize, lotSize, unit, contractSize, isInverse }
}
