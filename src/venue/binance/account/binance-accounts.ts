import { ConfigError } from '../../../model/error.ts'
import type { AccountAdapter, AccountReads, ListenKeyAccess, SessionAccess } from '../../account-adapter.ts'
import type { VenueEndpoints } from '../../adapter.ts'
import type { Market } from '../markets.ts'
import { COINM, OPTIONS, SPOT, USDM } from '../markets.ts'
import type { BinanceAccountOptions, BinanceMarginAccountOptions } from './account-options.ts'
import { accountSettings, onlyLive } from './account-options.ts'
import { classifyRefusal } from './classify-refusal.ts'
import { FUTURES_EVENTS } from './futures-events.ts'
import { coinmReads, usdmReads } from './futures-reads.ts'
import { coinmKeyAccess, optionsKeyAccess, portfolioKeyAccess, usdmKeyAccess } from './listen-key.ts'
import { OPTIONS_EVENTS } from './options-events.ts'
import { optionsReads } from './options-reads.ts'
import { PORTFOLIO_EVENTS } from './portfolio-events.ts'
import { portfolioReads } from './portfolio-reads.ts'
import { marginSession, spotSession } from './session-access.ts'
import { MARGIN_EVENTS, SPOT_EVENTS } from './spot-events.ts'
import { marginReads, spotReads } from './spot-reads.ts'
import { unrealizedPnl } from './unrealized-pnl.ts'
import type { EventReaders } from './user-message.ts'
import { readUserMessage } from './user-message.ts'

interface Parts {
  readonly venue: string
  readonly product: string
  readonly access: ListenKeyAccess | SessionAccess
  readonly events: EventReaders
  readonly reads: AccountReads
}

/**
 * A spot account: events by the WebSocket API, comparison by REST. `free` and `locked` of a balance are the venue's own.
 * @throws ConfigError for an option it does not have
 */
export function binanceSpotAccount(options: BinanceAccountOptions = {}): AccountAdapter {
  const settings = accountSettings(SPOT, options)
  return adapterOf(settings, {
    venue: SPOT.id,
    product: 'spot',
    access: spotSession(settings.wsApi),
    events: SPOT_EVENTS,
    reads: spotReads(settings),
  })
}

/**
 * The cross margin account, or an isolated one by its symbol; its instruments are those of spot. What is borrowed stands in
 * neither `free` nor `locked`. Live only.
 * @throws ConfigError for an option it does not have, and outside of the live environment
 */
export function binanceMarginAccount(options: BinanceMarginAccountOptions = {}): AccountAdapter {
  onlyLive('margin accounts', options)
  const { isolatedSymbol } = options
  if (isolatedSymbol === '') throw new ConfigError('isolatedSymbol must be a symbol such as "BTCUSDT", was empty.')
  const settings = accountSettings(SPOT, options)
  return adapterOf(settings, {
    venue: SPOT.id,
    product: isolatedSymbol === undefined ? 'margin' : `margin:${isolatedSymbol}`,
    access: marginSession(settings.wsApi, settings.rest, isolatedSymbol),
    events: MARGIN_EVENTS,
    reads: marginReads(settings, isolatedSymbol),
  })
}

/**
 * A USD-M futures account. `free` of a balance is the wallet of cross positions, `locked` the margin of isolated ones: neither
 * knows the margin that positions and orders need, which `available` does.
 * @throws ConfigError for an option it does not have
 */
export function binanceUsdmAccount(options: BinanceAccountOptions = {}): AccountAdapter {
  const settings = accountSettings(USDM, options)
  return adapterOf(settings, {
    venue: USDM.id,
    product: 'usdm',
    access: usdmKeyAccess(settings.rest, settings.stream),
    events: FUTURES_EVENTS,
    reads: usdmReads(settings),
  })
}

/** A COIN-M futures account: as USD-M, with quantities in contracts and profits in coins. */
export function binanceCoinmAccount(options: BinanceAccountOptions = {}): AccountAdapter {
  const settings = accountSettings(COINM, options)
  return adapterOf(settings, {
    venue: COINM.id,
    product: 'coinm',
    access: coinmKeyAccess(settings.rest, settings.stream),
    events: FUTURES_EVENTS,
    reads: coinmReads(settings),
  })
}

/** An options account. `free` of its balance is the margin balance (equity without open profit), `locked` is always "0". */
export function binanceOptionsAccount(options: BinanceAccountOptions = {}): AccountAdapter {
  const settings = accountSettings(OPTIONS, options)
  return adapterOf(settings, {
    venue: OPTIONS.id,
    product: 'options',
    access: optionsKeyAccess(settings.rest, settings.stream),
    events: OPTIONS_EVENTS,
    reads: optionsReads(settings),
  })
}

const PORTFOLIO_ENDPOINTS: VenueEndpoints = {
  rest: 'https://papi.binance.com',
  stream: 'wss://fstream.binance.com',
}

/** USD-M's rules at portfolio margin's own address. */
const PORTFOLIO: Market = {
  ...USDM,
  endpoints: { live: PORTFOLIO_ENDPOINTS, testnet: PORTFOLIO_ENDPOINTS, demo: PORTFOLIO_ENDPOINTS },
}

/**
 * A portfolio margin account: USD-M, COIN-M and margin in one, with instruments of `binance-usdm`, `binance-coinm` and
 * `binance-spot`. Its wallets of one asset are told apart as `USDT` (margin), `USDT@UM` and `USDT@CM`. Live only.
 * @throws ConfigError for an option it does not have, and outside of the live environment
 */
export function binancePortfolioAccount(options: BinanceAccountOptions = {}): AccountAdapter {
  onlyLive('portfolio margin accounts', options)
  const settings = accountSettings(PORTFOLIO, options)
  return adapterOf(settings, {
    venue: USDM.id,
    product: 'portfolio',
    access: portfolioKeyAccess(settings.rest, settings.stream),
    events: PORTFOLIO_EVENTS,
    reads: portfolioReads(settings),
  })
}

function adapterOf(settings: Pick<AccountAdapter, 'environment'>, parts: Parts): AccountAdapter {
  const { venue, product, access, events, reads } = parts
  return {
    venue,
    product,
    environment: settings.environment,
    access,
    reads,
    decode: (text, receiveTimeUs) => readUserMessage(text, venue, receiveTimeUs, events),
    classify: classifyRefusal,
    ...(venue === SPOT.id ? {} : { unrealizedPnl }),
  }
}
