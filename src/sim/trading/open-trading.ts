import type { Clock } from '../../net/clock.ts'
import type { GeneratedVenue } from '../market/generated-venue.ts'
import { futuresTradingRoutes } from '../rest/futures-trading-routes.ts'
import { goneSpotPaths, spotTradingRoutes } from '../rest/spot-trading-routes.ts'
import type { TradingService } from '../rest/trading-route.ts'
import { venueRules } from '../venue-rules.ts'
import type { AccountSetup } from './account-options.ts'
import { FuturesExchange } from './futures/futures-exchange.ts'
import { FuturesSimAccount } from './futures/futures-sim-account.ts'
import { KeyRing } from './key-ring.ts'
import { OrderRates } from './order-rates.ts'
import type { SimAccount } from './sim-account.ts'
import { SpotExchange } from './spot/spot-exchange.ts'
import { SpotSimAccount } from './spot/spot-sim-account.ts'
import type { UserEvent } from './user-stream.ts'

/** The accounts of one venue: what its servers need of them, and what a test may know. */
export interface VenueTrading extends Disposable {
  readonly service: TradingService
  /** The account behind a key of this venue, revoked or not. */
  account(key: string): SimAccount | undefined
}

export interface TradingOptions {
  readonly source: GeneratedVenue
  /** Those of this venue. */
  readonly setups: readonly AccountSetup[]
  readonly seed: number
  readonly clock: Clock
  readonly timeScale: number
  /** Sends an event to whoever listens to a listen key. */
  readonly publish: (listenKey: string, event: UserEvent) => void
}

/** Opens the accounts of a venue; undefined for venues whose accounts are not simulated. */
export function openTrading(options: TradingOptions): VenueTrading | undefined {
  const { venue } = options.source
  if (venue === 'binance-spot') return openSpot(options)
  return venue === 'binance-usdm' || venue === 'binance-coinm' ? openFutures(options) : undefined
}

function openSpot(options: TradingOptions): VenueTrading {
  const exchange = new SpotExchange(options)
  const keys = new KeyRing(options.setups)
  const rates = new OrderRates([
    { interval: 'SECOND', intervalNum: 10, limit: 100 },
    { interval: 'DAY', intervalNum: 1, limit: 200_000 },
  ])
  const accounts = new Map<string, SimAccount>()
  for (const { apiKey, account } of options.setups) {
    const trader = exchange.traders.get(account)
    if (trader !== undefined) accounts.set(apiKey.key, new SpotSimAccount(trader, keys, apiKey.key))
  }
  const stream: TradingService['stream'] = account => exchange.traders.get(account)?.account.stream
  return {
    service: { keys, rates, routes: spotTradingRoutes(exchange, rates), stream, gone: goneSpotPaths },
    account: key => accounts.get(key),
    [Symbol.dispose]: () => exchange[Symbol.dispose](),
  }
}

function openFutures(options: TradingOptions): VenueTrading {
  const { venue } = options.source
  const { setups, source } = options
  const exchange = new FuturesExchange(options)
  const keys = new KeyRing(setups)
  const rates = new OrderRates([
    { interval: 'SECOND', intervalNum: 10, limit: 300 },
    { interval: 'MINUTE', intervalNum: 1, limit: 1200 },
  ])
  const routes = futuresTradingRoutes(exchange, rates, venueRules[source.venue].restPrefix)
  const accounts = new Map<string, SimAccount>()
  for (const { apiKey, account } of setups) {
    const desk = exchange.desks.get(account)
    if (desk !== undefined) accounts.set(apiKey.key, new FuturesSimAccount(venue, desk, keys, apiKey.key))
  }
  return {
    service: { keys, rates, routes, stream: name => exchange.desks.get(name)?.account.stream, gone: new Set() },
    account: key => accounts.get(key),
    [Symbol.dispose]: () => exchange[Symbol.dispose](),
  }
}
