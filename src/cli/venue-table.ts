import { ConfigError } from '../model/error.ts'
import type { Environment } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { VenueAdapter, VenueEndpoints } from '../venue/adapter.ts'
import { binanceCoinm, binanceOptions, binanceSpot, binanceUsdm } from '../venue/binance/index.ts'

export interface VenueChoice {
  readonly environment: Environment
  readonly endpoints?: VenueEndpoints
}

type VenueFactory = (choice: VenueChoice) => VenueAdapter

/** Every venue the command line knows; a new one is one line here. */
const VENUES: ReadonlyMap<string, VenueFactory> = new Map<string, VenueFactory>([
  ['binance-spot', binanceSpot],
  ['binance-usdm', binanceUsdm],
  ['binance-coinm', binanceCoinm],
  ['binance-options', binanceOptions],
])

export const VENUE_IDS: readonly string[] = [...VENUES.keys()]

/** @throws ConfigError naming the nearest venues */
export function openVenue(id: string, choice: VenueChoice): VenueAdapter {
  const factory = VENUES.get(id)
  if (factory === undefined) throw unknownVenue(id)
  return factory(choice)
}

export function unknownVenue(id: string): ConfigError {
  return new ConfigError(`unknown venue "${id}", expected one of ${VENUE_IDS.join(', ')}.`, nearest(id, VENUE_IDS))
}

/** For help texts and messages. */
export const EXAMPLE = {
  instrument: 'binance-usdm:BTCUSDT',
  wholeMarket: 'binance-usdm:*',
  venues: 'binance-spot,binance-usdm',
} as const

/** What the demonstration shows first, where it is there. */
export const SHOWN_FIRST: readonly string[] = [
  'binance-usdm:BTCUSDT',
  'binance-usdm:ETHUSDT',
  'binance-spot:BTCUSDT',
  'binance-coinm:BTCUSD_PERP',
]

/** What `--live` connects to, for people. */
export const LIVE_NAME = 'the real Binance'
