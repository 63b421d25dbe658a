import type { VenueAdapter } from '../adapter.ts'
import { binanceAdapter } from './binance-adapter.ts'
import { COINM, OPTIONS, SPOT, USDM } from './markets.ts'
import type { BinanceOptions, BinanceSpotOptions } from './options.ts'

export type { BinanceAccountOptions, BinanceMarginAccountOptions } from './account/account-options.ts'
export {
  binanceCoinmAccount,
  binanceMarginAccount,
  binanceOptionsAccount,
  binancePortfolioAccount,
  binanceSpotAccount,
  binanceUsdmAccount,
} from './account/binance-accounts.ts'
export type * from './account/native-futures.ts'
export type * from './account/native-options.ts'
export type * from './account/native-portfolio.ts'
export type * from './account/native-spot.ts'
export type { UserEventName, UserPayloads } from './account/user-payload.ts'
export { userPayload } from './account/user-payload.ts'
export { nativePayload } from './native-payload.ts'
export type * from './wire.ts'
export type { BinanceOptions, BinanceSpotOptions }

/** Binance spot. @throws ConfigError for an option it does not have */
export function binanceSpot(options: BinanceSpotOptions = {}): VenueAdapter {
  return binanceAdapter(SPOT, options)
}

/** Binance USD-M futures: perpetual and delivery contracts margined in stable coins, TradFi perpetuals included. */
export function binanceUsdm(options: BinanceOptions = {}): VenueAdapter {
  return binanceAdapter(USDM, options)
}

/** Binance COIN-M futures: inverse contracts; every quantity is a number of contracts. */
export function binanceCoinm(options: BinanceOptions = {}): VenueAdapter {
  return binanceAdapter(COINM, options)
}

/** Binance European options. */
export function binanceOptions(options: BinanceOptions = {}): VenueAdapter {
  return binanceAdapter(OPTIONS, options)
}

/** Venue id → factory of all four markets. */
export const binanceVenues: ReadonlyMap<string, (options?: BinanceOptions) => VenueAdapter> = new Map([
  [SPOT.id, binanceSpot],
  [USDM.id, binanceUsdm],
  [COINM.id, binanceCoinm],
  [OPTIONS.id, binanceOptions],
])
