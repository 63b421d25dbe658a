import { ConfigError } from '../model/error.ts'
import type { Environment } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'
import type { AccountAdapter } from '../venue/account-adapter.ts'
import type { VenueAdapter, VenueEndpoints } from '../venue/adapter.ts'
import {
  type BinanceAccountOptions,
  binanceCoinm,
  binanceCoinmAccount,
  binanceMarginAccount,
  binanceOptions,
  binanceOptionsAccount,
  binancePortfolioAccount,
  binanceSpot,
  binanceSpotAccount,
  binanceUsdm,
  binanceUsdmAccount,
} from '../venue/binance/index.ts'

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

export interface AccountChoice extends VenueChoice {
  /** Origin that tells what a key may do, where the adapter's own is not right. */
  readonly wallet?: string
}

type AccountFactory = (options: BinanceAccountOptions) => AccountAdapter

/** Every account the command line knows, by venue; what the venue has beside its own product, by the name behind the slash. */
const ACCOUNTS: ReadonlyMap<string, AccountFactory> = new Map([
  ['binance-spot', binanceSpotAccount],
  ['binance-usdm', binanceUsdmAccount],
  ['binance-coinm', binanceCoinmAccount],
  ['binance-options', binanceOptionsAccount],
  ['binance-spot/margin', binanceMarginAccount],
  ['binance-usdm/portfolio', binancePortfolioAccount],
])

/** Venues of which accounts can be read. */
export const ACCOUNT_VENUES: readonly string[] = [...ACCOUNTS.keys()].filter(name => !name.includes('/'))

/**
 * The private side of an account by its name: a venue, or a venue and a name of the user's own, which may also be that of a
 * product (`margin`, `margin-btcusdt` for an isolated one, `portfolio`). @throws ConfigError
 */
export function openAccountAdapter(name: string, choice: AccountChoice): AccountAdapter {
  const [venue = '', label = ''] = name.split('/', 2)
  const { wallet, ...rest } = choice
  const options = { ...rest, ...(wallet === undefined ? {} : { walletEndpoint: wallet }) }
  const isolatedSymbol = /^margin-([a-z0-9-]+)$/.exec(label)?.[1]
  if (venue === 'binance-spot' && isolatedSymbol !== undefined)
    return binanceMarginAccount({ ...options, isolatedSymbol: isolatedSymbol.toUpperCase() })
  const factory = ACCOUNTS.get(name) ?? ACCOUNTS.get(venue)
  if (factory === undefined) throw unknownAccountVenue(venue)
  return factory(options)
}

export function unknownAccountVenue(id: string): ConfigError {
  const expected = ACCOUNT_VENUES.join(', ')
  return new ConfigError(
    `account: "${id}" is no venue with accounts, expected one of ${expected}.`,
    nearest(id, ACCOUNT_VENUES),
  )
}

/** Units that are usual on a venue, for instruments whose table is not at hand. */
export interface UsualUnits {
  readonly kind: SignalInstrument['kind']
  readonly unit: SignalInstrument['unit']
  readonly isInverse: boolean
  /** @param base such as `BTC` */
  contractSizeOf(this: void, base: string): number
}

const LINEAR: UsualUnits = { kind: 'perpetual', unit: 'base', isInverse: false, contractSizeOf: () => 1 }
const UNITS: ReadonlyMap<string, UsualUnits> = new Map<string, UsualUnits>([
  ['binance-spot', { ...LINEAR, kind: 'spot' }],
  ['binance-usdm', LINEAR],
  [
    'binance-coinm',
    { ...LINEAR, unit: 'contracts', isInverse: true, contractSizeOf: base => (base === 'BTC' ? 100 : 10) },
  ],
  ['binance-options', { ...LINEAR, kind: 'option' }],
])

/** Of a venue that the table does not know: those of a linear perpetual. */
export function usualUnits(venue: string): UsualUnits {
  return UNITS.get(venue) ?? LINEAR
}

/** For help texts and messages. */
export const EXAMPLE = {
  instrument: 'binance-usdm:BTCUSDT',
  wholeMarket: 'binance-usdm:*',
  venues: 'binance-spot,binance-usdm',
  accounts: 'binance-usdm or binance-usdm/hedge',
} as const

/** What the demonstration shows first, where it is there. */
export const SHOWN_FIRST: readonly string[] = [
  'binance-usdm:BTCUSDT',
  'binance-usdm:ETHUSDT',
  'binance-spot:BTCUSDT',
  'binance-coinm:BTCUSD_PERP',
]

/** Accounts of the demonstration; the first one trades. */
export const PLAY_VENUES: readonly string[] = ['binance-usdm', 'binance-spot']

/** What `--live` connects to, for people. */
export const LIVE_NAME = 'the real Binance'
