import { ConfigError } from '../../model/error.ts'
import type { Clock } from '../../net/clock.ts'
import type { GeneratedVenue } from '../market/generated-venue.ts'
import { futuresTradingRoutes } from '../rest/futures-trading-routes.ts'
import { goneSpotPaths, spotTradingRoutes } from '../rest/spot-trading-routes.ts'
import type { TradingService } from '../rest/trading-route.ts'
import { venueRules } from '../venue-rules.ts'
import type { AccountSetup } from './account-options.ts'
import { AnswerFaults } from './answer-faults.ts'
import { shownKey } from './api-key.ts'
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
  /** Lets one more key in; its account is opened unless it is there already. @throws ConfigError for a key that is */
  add(setup: AccountSetup): void
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
  const exchange = new SpotExchange({ ...options, setups: [] })
  const keys = new KeyRing([])
  const rates = new OrderRates([
    { interval: 'SECOND', intervalNum: 10, limit: 100 },
    { interval: 'DAY', intervalNum: 1, limit: 200_000 },
  ])
  const service: TradingService = {
    keys,
    rates,
    answers: new AnswerFaults(true),
    routes: spotTradingRoutes(exchange, rates),
    stream: account => exchange.traders.get(account)?.account.stream,
    tokens: exchange.tokens,
    gone: goneSpotPaths,
  }
  const open = (setup: AccountSetup): SimAccount => new SpotSimAccount(exchange.add(setup), keys, setup.apiKey.key)
  return new OpenTrading(service, exchange, open, options.setups)
}

function openFutures(options: TradingOptions): VenueTrading {
  const { venue } = options.source
  const exchange = new FuturesExchange({ ...options, setups: [] })
  const keys = new KeyRing([])
  const rates = new OrderRates([
    { interval: 'SECOND', intervalNum: 10, limit: 300 },
    { interval: 'MINUTE', intervalNum: 1, limit: 1200 },
  ])
  const service: TradingService = {
    keys,
    rates,
    answers: new AnswerFaults(false),
    routes: futuresTradingRoutes(exchange, rates, venueRules[venue].restPrefix),
    stream: name => exchange.desks.get(name)?.account.stream,
    gone: new Set(),
  }
  const open = (setup: AccountSetup): SimAccount =>
    new FuturesSimAccount(venue, exchange.add(setup), keys, setup.apiKey.key)
  return new OpenTrading(service, exchange, open, options.setups)
}

class OpenTrading implements VenueTrading {
  readonly service: TradingService
  private readonly exchange: Disposable
  private readonly open: (setup: AccountSetup) => SimAccount
  private readonly accounts = new Map<string, SimAccount>()

  constructor(
    service: TradingService,
    exchange: Disposable,
    open: (setup: AccountSetup) => SimAccount,
    setups: readonly AccountSetup[],
  ) {
    this.service = service
    this.exchange = exchange
    this.open = open
    for (const setup of setups) this.add(setup)
  }

  account(key: string): SimAccount | undefined {
    return this.accounts.get(key)
  }

  add(setup: AccountSetup): void {
    const { key } = setup.apiKey
    if (this.accounts.has(key)) throw new ConfigError(`accounts: "${shownKey(key)}" stands twice for ${setup.venue}`)
    this.service.keys.add(setup)
    this.accounts.set(key, this.open(setup))
  }

  [Symbol.dispose](): void {
    this.exchange[Symbol.dispose]()
  }
}
