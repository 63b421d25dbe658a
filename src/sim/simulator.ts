import { ConfigError } from '../model/error.ts'
import type { ControlServer } from './control/control-server.ts'
import { FaultDesk } from './control/fault-desk.ts'
import { Faults } from './faults.ts'
import { MarketDriver } from './market/driver.ts'
import type { ScenarioName } from './market/scenario/scenario-name.ts'
import { World } from './market/world.ts'
import type { LiveMarket, SimulatorOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { follow, openPaperMarket } from './paper/open-paper.ts'
import type { FaultPlanFile } from './plan/fault-step.ts'
import type { RecordedWorld } from './recording/recorded-world.ts'
import { openRecordings } from './recording/recorded-world.ts'
import type { VenueStats } from './server/venue-stats.ts'
import type { SimAccountOptions } from './trading/account-options.ts'
import type { SimAccount } from './trading/sim-account.ts'
import { simVenues } from './venue-rules.ts'
import type { SimEndpoints, VenueEndpoints } from './venue-servers.ts'
import { VenueServers } from './venue-servers.ts'

export type { SimEndpoints } from './venue-servers.ts'

export type SimSource =
  | { readonly kind: 'generated'; readonly seed: number; readonly scenario?: ScenarioName }
  | { readonly kind: 'recording'; readonly files: readonly string[] }
  /** Paper trading on a live market. */
  | { readonly kind: 'paper'; readonly instruments: readonly string[] }

/** A simulated exchange that listens on loopback. */
export interface Simulator extends AsyncDisposable {
  /** Origins per venue, in the form of `--endpoints`. */
  readonly endpoints: Readonly<Record<string, SimEndpoints>>
  /** Where the control API is; undefined without `controlPort`. */
  readonly controlUrl: string | undefined
  readonly source: SimSource
  /** Starts a recording; does nothing when it runs already, or when the market is generated. */
  play(this: void): void
  /** Resolves when the recording has been played to its end, or the simulator is disposed. */
  readonly ended: Promise<void>
  /** Live counters per venue. */
  stats(this: void): Readonly<Record<string, VenueStats>>
  readonly faults: Faults
  /**
   * Runs one more fault plan, from now on; disposing the returned takes back what lasts of it.
   * @throws ConfigError for a plan that cannot be read, or that finds nothing here to act on
   */
  run(this: void, plan: FaultPlanFile): Promise<Disposable>
  /** Opens more accounts while it runs: all of them, or none. @throws ConfigError */
  addAccounts(this: void, accounts: readonly SimAccountOptions[]): void
  /**
   * The truth about the account behind an API key, and levers on it.
   * @throws ConfigError for a key that no account has
   */
  account(this: void, key: string, venue?: string): SimAccount
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
  const servers = new VenueServers(resolved)
  return await start(servers, await openOrigin(servers))
}

/** Where the market comes from, and what ends with it. */
interface Origin extends AsyncDisposable {
  readonly source: SimSource
  play(): void
  /** Resolves at the end of a recording; undefined for what has no end. */
  readonly ended: Promise<void> | undefined
}

async function openOrigin(servers: VenueServers): Promise<Origin> {
  const { liveMarket, captures } = servers.options
  if (liveMarket !== undefined) return await openPaper(servers, liveMarket)
  return captures.length > 0 ? await openRecorded(servers) : openGenerated(servers)
}

async function openPaper(servers: VenueServers, { feed, instruments }: LiveMarket): Promise<Origin> {
  const { clock, seed, accounts } = servers.options
  const paper = await openPaperMarket(feed, instruments)
  const stray = accounts.find(({ venue }) => !paper.venues.includes(venue))
  if (stray !== undefined)
    throw new ConfigError(
      `accounts: ${stray.venue} has no instrument among those of liveMarket (${instruments.join(', ')})`,
    )
  const startedMs = clock.monotonicMs()
  const world = new World({ venues: paper.venues, seed, startUs: clock.nowUs(), warmUpSeconds: 0, paper })
  for (const source of world.venues.values()) servers.add(source, () => undefined)
  const driver = new MarketDriver(world, clock, startedMs)
  let following: Disposable | undefined
  const close = (): Promise<void> => {
    following?.[Symbol.dispose]()
    driver[Symbol.dispose]()
    return servers[Symbol.asyncDispose]()
  }
  try {
    following = await follow(feed, world, paper, clock)
  } catch (error) {
    await close()
    throw error
  }
  const source: SimSource = { kind: 'paper', instruments }
  return { source, play: () => undefined, ended: undefined, [Symbol.asyncDispose]: close }
}

function openGenerated(servers: VenueServers): Origin {
  const { clock, seed, scenario, venues = simVenues } = servers.options
  // Building the world takes most of a second: the exchange's time runs on from here meanwhile.
  const startedMs = clock.monotonicMs()
  const world = new World({ venues, seed, startUs: clock.nowUs(), scenario })
  for (const source of world.venues.values()) servers.add(source, () => undefined)
  const driver = new MarketDriver(world, clock, startedMs)
  return {
    source: { kind: 'generated', seed, ...(scenario === undefined ? {} : { scenario }) },
    play: () => undefined,
    ended: undefined,
    [Symbol.asyncDispose]: () => {
      driver[Symbol.dispose]()
      return servers[Symbol.asyncDispose]()
    },
  }
}

async function openRecorded(servers: VenueServers): Promise<Origin> {
  const world: RecordedWorld = await openRecordings({
    ...servers.options,
    unreadBytes: venue => servers.unreadBytes(venue),
    stray: (venue, text) => servers.sendStray(venue, text),
    finished: venue => servers.closeAll(venue, 1001, 'The recording has ended'),
  })
  for (const source of world.sources) servers.add(source, () => world.subscribed())
  return {
    source: { kind: 'recording', files: servers.options.captures },
    play: () => world.play(),
    ended: world.ended,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]()
      await servers[Symbol.asyncDispose]()
    },
  }
}

async function start(servers: VenueServers, origin: Origin): Promise<Simulator> {
  const { options } = servers
  const desk = new FaultDesk({ targets: servers.venues, clock: options.clock, onNotice: options.onNotice })
  let endpoints: VenueEndpoints
  let control: ControlServer | undefined
  try {
    const runner = options.faults === undefined ? undefined : desk.prepare(await readPlanOf(options.faults))
    endpoints = await servers.listen()
    control = await openControl(servers, origin, desk, endpoints)
    runner?.start()
  } catch (error) {
    await origin[Symbol.asyncDispose]()
    throw error
  }
  let resolveEnded = (): void => undefined
  const disposed = new Promise<void>(resolve => (resolveEnded = resolve))
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    desk[Symbol.dispose]()
    await control?.[Symbol.asyncDispose]()
    await origin[Symbol.asyncDispose]()
  }
  return {
    endpoints,
    controlUrl: control?.url,
    source: origin.source,
    play: () => origin.play(),
    ended: origin.ended ?? disposed,
    stats: () => servers.stats(),
    faults: new Faults(servers.venues),
    run: async plan => desk.run(await readPlanOf(plan)),
    addAccounts: accounts => servers.addAccounts(accounts),
    account: (key, venue) => servers.account(key, venue),
    [Symbol.asyncDispose]: () => (closing ??= close().finally(resolveEnded)),
  }
}

/** The plan checked. The schema library is loaded for those only who have a plan. @throws ConfigError */
async function readPlanOf(plan: FaultPlanFile): Promise<ReturnType<ReadPlan>> {
  const { readPlan } = await import('./plan/read-plan.ts')
  return readPlan(plan, 'faults')
}

type ReadPlan = typeof import('./plan/read-plan.ts').readPlan

/** The web library is loaded for those only who want the control API. */
async function openControl(
  servers: VenueServers,
  { source }: Origin,
  desk: FaultDesk,
  endpoints: VenueEndpoints,
): Promise<ControlServer | undefined> {
  const { host, controlPort, onNotice } = servers.options
  if (controlPort === undefined) return undefined
  const { openControlServer } = await import('./control/control-server.ts')
  return await openControlServer({
    host,
    port: controlPort,
    desk,
    faults: new Faults(servers.venues),
    about: () => ({ source, endpoints }),
    stats: () => servers.stats(),
    account: (key, venue) => servers.account(key, venue),
    addAccounts: accounts => servers.addAccounts(accounts),
    onNotice,
  })
}
