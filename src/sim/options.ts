import type { Feed } from '../feed/feed.ts'
import { ConfigError } from '../model/error.ts'
import type { Clock } from '../net/clock.ts'
import { systemClock } from '../net/clock.ts'
import type { ScenarioName } from './market/scenario/scenario-name.ts'
import { readScenario } from './market/scenario/scenario-name.ts'
import type { FaultPlanFile } from './plan/fault-step.ts'
import type { AccountSetup, SimAccountOptions } from './trading/account-options.ts'
import { readAccounts } from './trading/account-options.ts'
import type { SimLimits, SimVenue } from './venue-rules.ts'
import { isSimVenue, simVenues } from './venue-rules.ts'

export interface SimulatorOptions {
  /** @default all four, or those of the captures */
  readonly venues?: readonly string[]
  /** Only loopback. @default '127.0.0.1' */
  readonly host?: '127.0.0.1'
  /** 0 takes free ports; otherwise port, port + 1, … one per venue. @default 0 */
  readonly port?: number
  /** Repeats a generated market. @default 1 */
  readonly seed?: number
  /**
   * What the generated market plays: `calm`, `trend`, `burst`, `flash-crash` or `liquidation-cascade`; see docs/SIMULATOR.md.
   * @default ordinary spells by turns
   */
  readonly scenario?: string
  /**
   * Paper trading: in place of a generated market, books, trades and marks follow these instruments of a feed, and
   * accounts' orders are matched against them; see docs/SIMULATOR.md. The feed stays the caller's.
   */
  readonly liveMarket?: LiveMarket
  /** Recordings (`*.jsonl.gz` or `*.jsonl`) to serve instead of the generated market. */
  readonly captures?: readonly string[]
  /** Of a recording: 1 is its own timing, Infinity as fast as the sockets take it. @default 1 */
  readonly speed?: number
  /** Begins a recording again when it has ended, with ids and times that go on. @default false */
  readonly loop?: boolean
  /** Starts a recording with the first subscription; false waits for `play()`. @default true */
  readonly autoStart?: boolean
  /** @default systemClock */
  readonly clock?: Clock
  /** Pings and the 24 h life of a socket run this much faster. @default 1 */
  readonly timeScale?: number
  /** Overrides limits of every venue. */
  readonly limits?: Partial<SimLimits>
  /** Things that go wrong by themselves, from the moment the simulator listens; see docs/FAULT_PLANS.md. @default none */
  readonly faults?: FaultPlanFile
  /** API keys and the accounts behind them; they trade in the generated market. @default none */
  readonly accounts?: readonly SimAccountOptions[]
  /**
   * Whether a listen key in the path itself (`/private/ws/<key>`) delivers: reports disagree. The query form always does.
   * @default 'deliver'
   */
  readonly listenKeysInPath?: 'deliver' | 'silent'
  /**
   * Opens the control API on this port of the loopback; 0 takes a free one. Needs the optional packages `hono` and
   * `@hono/node-server`; see docs/SIMULATOR.md.
   * @default no control API
   */
  readonly controlPort?: number
  /** Told of what a user should know, one line each. @default nobody */
  readonly onNotice?: (line: string) => void
}

export interface LiveMarket {
  readonly feed: Feed
  /** Such as `binance-usdm:BTCUSDT`. */
  readonly instruments: readonly string[]
}

export interface ResolvedOptions {
  readonly liveMarket: LiveMarket | undefined
  readonly venues: readonly SimVenue[] | undefined
  readonly host: string
  readonly port: number
  readonly seed: number
  readonly scenario: ScenarioName | undefined
  readonly controlPort: number | undefined
  readonly captures: readonly string[]
  readonly speed: number
  readonly loop: boolean
  readonly autoStart: boolean
  readonly clock: Clock
  readonly timeScale: number
  readonly limits: Partial<SimLimits>
  readonly faults: FaultPlanFile | undefined
  readonly accounts: readonly AccountSetup[]
  readonly areKeysInPathSilent: boolean
  readonly onNotice: (line: string) => void
}

/** @throws ConfigError that names the option and what was expected */
export function resolveOptions(options: SimulatorOptions): ResolvedOptions {
  const { port = 0, seed = 1, speed = 1, timeScale = 1, venues, controlPort } = options
  checkPort('port', port)
  if (controlPort !== undefined) checkPort('controlPort', controlPort)
  if (!Number.isInteger(seed)) throw new ConfigError(`seed must be an integer, was ${seed}`)
  if (!(speed > 0)) throw new ConfigError(`speed must be above 0, was ${speed}`)
  if (!(timeScale > 0)) throw new ConfigError(`timeScale must be above 0, was ${timeScale}`)
  const scenario = options.scenario === undefined ? undefined : readScenario(options.scenario)
  if (scenario !== undefined && (options.captures ?? []).length > 0)
    throw new ConfigError('scenario: only the generated market plays one, leave out captures.')
  const { liveMarket } = options
  if (
    liveMarket !== undefined &&
    (scenario !== undefined || venues !== undefined || (options.captures ?? []).length > 0)
  )
    throw new ConfigError('liveMarket: its instruments say what is served, leave out venues, scenario and captures.')
  const accounts = readAccounts(options.accounts ?? [])
  if (accounts.length > 0 && (options.captures ?? []).length > 0) {
    throw new ConfigError('accounts need the generated market: nothing can be traded in a recording')
  }
  const unserved = accounts.find(({ venue }) => venues !== undefined && !venues.includes(venue))
  if (unserved !== undefined) {
    throw new ConfigError(`accounts: ${unserved.venue} is not among venues (${venues?.join(', ') ?? ''})`)
  }
  return {
    venues: venues?.map(checkVenue),
    host: options.host ?? '127.0.0.1',
    port,
    seed,
    liveMarket,
    scenario,
    controlPort,
    captures: options.captures ?? [],
    speed,
    loop: options.loop ?? false,
    autoStart: options.autoStart ?? true,
    clock: options.clock ?? systemClock,
    timeScale,
    limits: options.limits ?? {},
    faults: options.faults,
    accounts,
    areKeysInPathSilent: options.listenKeysInPath === 'silent',
    onNotice: options.onNotice ?? (() => undefined),
  }
}

function checkPort(name: string, port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new ConfigError(`${name} must be an integer from 0 to 65535, was ${port}`)
}

function checkVenue(name: string): SimVenue {
  if (isSimVenue(name)) return name
  throw new ConfigError(`venues must be among ${simVenues.join(', ')}, was "${name}"`)
}
