import { ConfigError } from '../../../model/error.ts'
import type { Environment } from '../../../model/instrument.ts'
import type { VenueEndpoints } from '../../adapter.ts'
import type { Market } from '../markets.ts'
import { SPOT } from '../markets.ts'
import { settingsOf } from '../options.ts'

export interface BinanceAccountOptions {
  /** @default 'live' */
  readonly environment?: Environment
  /** Origins that replace those of the environment; the venue's own paths are appended. */
  readonly endpoints?: Partial<VenueEndpoints>
  /**
   * Origin that tells what the key may do (`/sapi`). @default the live spot host, as long as the account's own REST host is
   * one of binance.com; a key is never sent to the venue when it was meant for another host
   */
  readonly walletEndpoint?: string
}

export interface BinanceMarginAccountOptions extends BinanceAccountOptions {
  /** Symbol of an isolated margin account, e.g. `BTCUSDT`. @default undefined, the cross margin account */
  readonly isolatedSymbol?: string
}

/** The options with every default filled in. */
export interface AccountSettings {
  readonly environment: Environment
  readonly rest: string
  readonly stream: string
  readonly wsApi: string
  /** Undefined where nobody tells what the key may do. */
  readonly wallet: string | undefined
}

/** @throws ConfigError naming the option, what was expected and what was received */
export function accountSettings(market: Market, options: BinanceAccountOptions): AccountSettings {
  const { environment, endpoints } = settingsOf(market, {
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.endpoints === undefined ? {} : { endpoints: options.endpoints }),
  })
  const { rest, stream, wsApi = stream } = endpoints
  return { environment, rest, stream, wsApi, wallet: walletOf(market, environment, rest, options.walletEndpoint) }
}

/** @throws ConfigError where the account does not exist outside of the live environment */
export function onlyLive(what: string, options: BinanceAccountOptions): void {
  const { environment = 'live' } = options
  if (environment !== 'live') {
    throw new ConfigError(`${what} exist in the live environment only, not on "${environment}".`)
  }
}

function walletOf(market: Market, environment: Environment, rest: string, own: string | undefined): string | undefined {
  if (own !== undefined) {
    if (!/^https?:\/\//.test(own) || !URL.canParse(own)) {
      throw new ConfigError(`walletEndpoint must be a URL that starts with https://, was "${own}".`)
    }
    return own.replace(/\/+$/, '')
  }
  if (environment !== 'live' || !isOfTheVenue(rest)) return undefined
  return market.name === 'spot' ? rest : SPOT.endpoints.live.rest
}

function isOfTheVenue(origin: string): boolean {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'https:' && (hostname === 'binance.com' || hostname.endsWith('.binance.com'))
}
