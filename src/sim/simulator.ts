import { ConfigError } from '../model/error.ts'
import { seededRandom } from '../net/random.ts'
import { FaultPlan } from './fault-plan.ts'
import type { FaultTarget } from './faults.ts'
import { Faults } from './faults.ts'
import { Hub } from './hub.ts'
import { MarketDriver } from './market/driver.ts'
import { GeneratedVenue } from './market/generated-venue.ts'
import { World } from './market/world.ts'
import type { ResolvedOptions, SimulatorOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { FaultRunner } from './plan/fault-runner.ts'
import type { RecordedWorld } from './recording/recorded-world.ts'
import { openRecordings } from './recording/recorded-world.ts'
import { RestServer } from './rest/rest-server.ts'
import { WeightPool } from './rest/weight-pool.ts'
import { apiOpener } from './server/api-opener.ts'
import { Listener } from './server/listener.ts'
import { VenueStats } from './server/venue-stats.ts'
import type { MarketSource } from './source.ts'
import type { VenueTrading } from './trading/open-trading.ts'
import { openTrading } from './trading/open-trading.ts'
import type { SimAccount } from './trading/sim-account.ts'
import type { SimLimits, SimVenue } from './venue-rules.ts'
import { simVenues, venueRules } from './venue-rules.ts'

export interface SimEndpoints {
  readonly rest: string
  readonly stream: string
  readonly wsApi: string
}

export type SimSource =
  | { readonly kind: 'generated'; readonly seed: number }
  | { readonly kind: 'recording'; readonly files: readonly string[] }

/** A simulated exchange that listens on loopback. */
export interface Simulator extends AsyncDisposable {
  /** Origins per venue, in the form of `--endpoints`. */
  readonly endpoints: Readonly<Record<string, SimEndpoints>>
  readonly source: SimSource
  /** Starts a recording; does nothing when it runs already, or when the market is generated. */
  play(this: void): void
  /** Resolves when the recording has been played to its end, or the simulator is disposed. */
  readonly ended: Promise<void>
  /** Live counters per venue. */
  stats(this: void): Readonly<Record<string, VenueStats>>
  readonly faults: Faults
  /**
   * The truth about the account behind an API key, and levers on it.
   * @throws ConfigError for a key that no account has
   */
  account(this: void, key: string, venue?: string): SimAccount
}

interface Venue extends FaultTarget {
  readonly stats: VenueStats
  readonly trading: VenueTrading | undefined
}

/**
 * Starts the embedded exchange: real HTTP and WebSocket servers on loopback that speak the venues' own protocol.
 * @throws ConfigError for options it cannot serve, and the system's error when a port cannot be taken
 * @example
 * const exchange = await createSimulator({ venues: ['binance-usdm'], seed: 7 })
 * console.log(exchange.endpoints)
 * await exchange[Symbol.asyncDispose]()
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const resolved = resolveOptions(options)
  if (resolved.captures.length > 0) return serveRecordings(resolved)
  const { clock, seed } = resolved
  const venues = resolved.venues ?? simVenues
  // Building the world takes most of a second: the exchange's time runs on from here meanwhile.
  const startedMs = clock.monotonicMs()
  const world = new World({ venues, seed, startUs: clock.nowUs() })
  const server = new Server(resolved)
  for (const source of world.venues.values()) server.add(source, () => undefined)
  const driver = new MarketDriver(world, clock, startedMs)
  const close = (): Promise<void> => {
    driver[Symbol.dispose]()
    return server[Symbol.asyncDispose]()
  }
  return await start(server, { kind: 'generated', seed }, () => undefined, undefined, close)
}

/** The plan checked, and ready to run. The schema library is loaded for those only who have a plan. @throws ConfigError */
async function openPlan(server: Server, options: ResolvedOptions): Promise<FaultRunner | undefined> {
  const { faults, clock, onNotice } = options
  if (faults === undefined) return undefined
  const { readPlan } = await import('./plan/read-plan.ts')
  return new FaultRunner({ plan: readPlan(faults, 'faults'), targets: server.venues, clock, onNotice })
}

async function serveRecordings(resolved: ResolvedOptions): Promise<Simulator> {
  const server = new Server(resolved)
  const world: RecordedWorld = await openRecordings({
    ...resolved,
    unreadBytes: venue => server.unreadBytes(venue),
    stray: (venue, text) => server.sendStray(venue, text),
    finished: venue => server.closeAll(venue, 1001, 'The recording has ended'),
  })
  for (const source of world.sources) server.add(source, () => world.subscribed())
  const close = async (): Promise<void> => {
    await world[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
  return await start(server, { kind: 'recording', files: resolved.captures }, () => world.play(), world.ended, close)
}

async function start(
  server: Server,
  source: SimSource,
  play: () => void,
  recordingEnded: Promise<void> | undefined,
  close: () => Promise<void>,
): Promise<Simulator> {
  let endpoints: Readonly<Record<string, SimEndpoints>>
  let runner: FaultRunner | undefined
  try {
    runner = await openPlan(server, server.options)
    endpoints = await server.listen()
  } catch (error) {
    await close()
    throw error
  }
  runner?.start()
  let resolveEnded = (): void => undefined
  const disposed = new Promise<void>(resolve => (resolveEnded = resolve))
  let closing: Promise<void> | undefined
  return {
    endpoints,
    source,
    play,
    ended: recordingEnded ?? disposed,
    stats: () => server.stats(),
    faults: new Faults(server.venues),
    account: (key, venue) => server.account(key, venue),
    [Symbol.asyncDispose]: () => {
      runner?.[Symbol.dispose]()
      return (closing ??= close().finally(resolveEnded))
    },
  }
}

/** The venues' listeners, over whatever feeds them. */
class Server implements AsyncDisposable {
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

  async listen(): Promise<Readonly<Record<string, SimEndpoints>>> {
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

  account(key: string, venue: string | undefined): SimAccount {
    for (const candidate of this.venues) {
      const account = venue === undefined || venue === candidate.venue ? candidate.trading?.account(key) : undefined
      if (account !== undefined) return account
    }
    throw new ConfigError(`there is no account with the key "${key}"${venue === undefined ? '' : ` on ${venue}`}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { trading } of this.venues) trading?.[Symbol.dispose]()
    await Promise.all(this.venues.map(({ listener }) => listener[Symbol.asyncDispose]()))
  }

  private find(venue: SimVenue): Venue | undefined {
    return this.venues.find(candidate => candidate.venue === venue)
  }
}
