import { ConfigError } from '../../model/error.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { SimInstrument } from '../instrument.ts'
import type { Listing } from '../market/catalogue.ts'
import type { PriceSource } from '../market/underlying.ts'
import type { SimVenue } from '../venue-rules.ts'
import { isSimVenue } from '../venue-rules.ts'
import { significantDecimals } from '../wire/decimal-text.ts'

/** Perpetual contracts and spot have no end. */
const never = 4_133_404_800_000

/** The index of a followed instrument, as far as it is known. */
export class PaperPrice implements PriceSource {
  readonly name: string
  price = 0
  readonly momentum = 0
  readonly activity = 1

  constructor(name: string) {
    this.name = name
  }
}

/** Instruments of a live market as a simulated venue lists them; nobody trades in them but accounts. */
export class PaperMarket {
  private readonly prices = new Map<string, PaperPrice>()
  private readonly byVenue = new Map<SimVenue, Listing[]>()

  /** @throws ConfigError for an instrument that no simulated account can trade */
  constructor(instruments: readonly Instrument[]) {
    for (const instrument of instruments) {
      const { venue, id } = instrument
      if (!isSimVenue(venue) || instrument.kind === 'option')
        throw new ConfigError(`${id} cannot be traded on paper: spot and futures can.`)
      this.prices.set(id, new PaperPrice(id))
      const rows = this.byVenue.get(venue) ?? []
      this.byVenue.set(venue, [...rows, listingOf(instrument)])
    }
  }

  get venues(): readonly SimVenue[] {
    return [...this.byVenue.keys()]
  }

  listings(venue: SimVenue): readonly Listing[] {
    return this.byVenue.get(venue) ?? []
  }

  price(name: string): PaperPrice | undefined {
    return this.prices.get(name)
  }
}

function listingOf(instrument: Instrument): Listing {
  return {
    instrument: simInstrument(instrument),
    underlying: instrument.id,
    factor: 1,
    // Agents that are never started.
    style: {
      pace: 1,
      takeShare: 1,
      quoteQuantity: 1,
      tradeQuantity: 1,
      halfSpread: 0,
      spacing: 0,
      ordersPerSide: 0,
      liquidationRate: 0,
    },
    firstUpdateId: 1,
    firstTradeId: 1,
    openInterest: 0,
  }
}

function simInstrument(instrument: Instrument): SimInstrument {
  const { id, symbol, kind, base, quote, tickSize, lotSize } = instrument
  if (tickSize === undefined || lotSize === undefined)
    throw new ConfigError(`${id} cannot be traded on paper: its venue names no steps of price and quantity.`)
  const priceDecimals = significantDecimals(tickSize)
  const quantityDecimals = significantDecimals(lotSize)
  const isSpot = kind === 'spot'
  return {
    symbol,
    pair: instrument.pair ?? symbol,
    baseAsset: base,
    quoteAsset: quote,
    kind: isSpot ? 'spot' : kind === 'perpetual' ? 'perpetual' : 'delivery',
    contractType: isSpot ? '' : kind === 'perpetual' ? 'PERPETUAL' : 'CURRENT_QUARTER',
    contractSize: instrument.isInverse ? instrument.contractSize : 1,
    isInverse: instrument.isInverse,
    deliveryMs: instrument.expiryTimeUs === undefined ? never : Math.floor(instrument.expiryTimeUs / 1000),
    onboardMs: instrument.listedTimeUs === undefined ? 0 : Math.floor(instrument.listedTimeUs / 1000),
    priceDecimals,
    priceWidth: isSpot ? Math.max(8, priceDecimals) : priceDecimals,
    tickUnits: Math.max(1, Math.round(Number(tickSize) * 10 ** priceDecimals)),
    quantityDecimals,
    quantityWidth: isSpot ? Math.max(8, quantityDecimals) : quantityDecimals,
    lotUnits: Math.max(1, Math.round(Number(lotSize) * 10 ** quantityDecimals)),
  }
}
