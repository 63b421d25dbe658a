import { ConfigError } from '../model/error.ts'
import { seededRandom } from '../net/random.ts'
import { FaultPlan } from './fault-plan.ts'
import type { FaultTarget } from './faults.ts'
import { Hub } from './hub.ts'
import { GeneratedVenue } from './market/generated-venue.ts'
import type { ResolvedOptions } from './options.ts'
import { RestServer } from './rest/rest-server.ts'
import { WeightPool } from './rest/weight-pool.ts'
import { apiOpener } from './server/api-opener.ts'
import { Listener } from './server/listener.ts'
import { VenueStats } from './server/venue-stats.ts'
import type { MarketSource } from './source.ts'
import type { SimAccountOptions } from './trading/account-options.ts'
import { readAccounts } from './trading/account-options.ts'
import { shownKey } from './trading/api-key.ts'
import { openTrading } from './trading/open-trading.ts'
import type { SimAccount } from './trading/sim-account.ts'
import type { SimLimits, SimVenue } from './venue-rules.ts'
import { venueRules } from './venue-rules.ts'

export interface SimEndpoints {
  readonly rest: string
  readonly stream: string
  readonly wsApi: string
}

/** Origins by venue. */
export type VenueEndpoints = Readonly<Record<string, SimEndpoints>>

interface Venue extends FaultTarget {
  readonly stats: VenueStats
}

/** The venues' listeners, over whatever feeds them. */
export class VenueServers implements AsyncDisposable {
  readonly venues: Venue[] = []
  readonly options: ResolvedOptions
  private readonly pools = new Map<string, WeightPool>()

  constructor(options: ResolvedOptions) {
    this.options = options
  }

  add(source: MarketSource, subscribed: (name: string) => void): void {
    const { clock, timeScale, seed, host, port, onNotice } = this.options
    const rules = venueRules[source.venue]
    const limits: SimLimits = { ...rules.limits, ...this.options.limits }
    const stats = new VenueStats()
    const plan = new FaultPlan(seededRandom(this.options.faults?.seed ?? seed))
    const hub = new Hub(topic => source.open(topic))
    const pool = this.pools.get(rules.weightPool) ?? new WeightPool(limits, rules.family === 'spot')
    this.pools.set(rules.weightPool, pool)
    const trading =
      source instanceof GeneratedVenue
        ? openTrading({
            source,
            setups: this.options.accounts.filter(({ venue }) => venue === source.venue),
            seed,
            clock,
            timeScale,
            publish: (key, event) => hub.publish(key, event.kind, event.text),
          })
        : undefined
    const service = trading?.service
    const rest = new RestServer({ rules, limits, source, pool, stats, faults: plan, clock, onNotice, trading: service })
    const openApi =
      service === undefined ? undefined : apiOpener(service, { rules, limits, source, pool, clock, onNotice })
    const context = {
      rules,
      openApi,
      areKeysInPathSilent: this.options.areKeysInPathSilent,
      limits,
      hub,
      clock,
      timeScale,
      stats,
      faults: plan,
      nowMs: () => source.nowMs(),
      subscribed,
    }
    const listener = new Listener({
      host,
      port: port === 0 ? 0 : port + this.venues.length,
      context,
      answer: (request, response) => rest.handle(request, response),
    })
    this.venues.push({ venue: source.venue, plan, hub, listener, stats, source, trading })
  }

  async listen(): Promise<VenueEndpoints> {
    const endpoints: Record<string, SimEndpoints> = {}
    for (const { venue, listener } of this.venues) {
      const origin = `${this.options.host}:${await listener.listen()}`
      endpoints[venue] = { rest: `http://${origin}`, stream: `ws://${origin}`, wsApi: `ws://${origin}` }
    }
    return endpoints
  }

  stats(): Readonly<Record<string, VenueStats>> {
    return Object.fromEntries(this.venues.map(({ venue, stats }) => [venue, stats]))
  }

  /** The most that any client of a venue has left unread. */
  unreadBytes(venue: SimVenue): number {
    let most = 0
    for (const connection of this.find(venue)?.listener.connections ?? []) most = Math.max(most, connection.unreadBytes)
    return most
  }

  /** To the oldest socket, so that one message is heard once. */
  sendStray(venue: SimVenue, text: string): void {
    const [oldest] = this.find(venue)?.listener.connections ?? []
    oldest?.send(text)
  }

  closeAll(venue: SimVenue, code: number, reason: string): void {
    for (const connection of this.find(venue)?.listener.connections ?? []) connection.close(code, reason)
  }

  /** Lets more keys in while it runs: all of them, or none. @throws ConfigError */
  addAccounts(accounts: readonly SimAccountOptions[]): void {
    const setups = readAccounts(accounts)
    const opened = setups.map(setup => {
      const venue = this.find(setup.venue)
      const served = this.venues.map(({ venue: name }) => name).join(', ')
      if (venue === undefined) throw new ConfigError(`accounts: ${setup.venue} is not among venues (${served})`)
      if (venue.trading === undefined)
        throw new ConfigError('accounts need the generated market: nothing can be traded in a recording')
      const { key } = setup.apiKey
      if (venue.trading.account(key) !== undefined)
        throw new ConfigError(`accounts: "${shownKey(key)}" stands twice for ${setup.venue}`)
      return { trading: venue.trading, setup }
    })
    for (const { trading, setup } of opened) trading.add(setup)
  }

  account(key: string, venue: string | undefined): SimAccount {
    for (const candidate of this.venues) {
      const account = venue === undefined || venue === candidate.venue ? candidate.trading?.account(key) : undefined
      if (account !== undefined) return account
    }
    throw new ConfigError(
      `there is no account with the key "${shownKey(key)}"${venue === undefined ? '' : ` on ${venue}`}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { trading } of this.venues) trading?.[Symbol.dispose]()
    await Promise.all(this.venues.map(({ listener }) => listener[Symbol.asyncDispose]()))
  }

  private find(venue: SimVenue): Venue | undefined {
    return this.venues.find(candidate => candidate.venue === venue)
  }
}
