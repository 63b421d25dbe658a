import { ConfigError } from '../../model/error.ts'
import {
  createSimulator,
  type LiveMarket,
  type SimAccountOptions,
  type SimSource,
  type Simulator,
  simVenues,
} from '../../sim/index.ts'
import { readScenario } from '../../sim/market/scenario/scenario-name.ts'
import { shownKey } from '../../sim/trading/api-key.ts'
import { type CommonOptions, type Context, createContext, feedFor } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { type RecordingOptions, recordingOptions } from '../recording-options.ts'
import { unlessStopped } from '../stop.ts'
import { unknownVenue, VENUE_IDS } from '../venue-table.ts'
import { type MadeAccount, simAccounts } from './sim-accounts.ts'
import { readFaultFile } from './sim-faults.ts'

export interface SimOptions extends CommonOptions, RecordingOptions {
  readonly venue?: string
  readonly port: string
  readonly loop?: boolean
  readonly faults?: string
  readonly scenario?: string
  readonly accounts?: string
  readonly account?: readonly string[]
  readonly controlPort?: string
  readonly liveMarket?: readonly string[]
}

/** `tickwire sim`: the simulated exchange as a server; its endpoints are the first line of stdout. */
export async function sim(options: SimOptions): Promise<ExitCode> {
  // Only paper trading looks at somebody else's endpoints.
  const context = await createContext(options, options.liveMarket === undefined)
  await using live = liveFeed(options, context)
  const accounts = simAccounts(options.accounts, options.account ?? [])
  await using simulator = await openSimulator(options, accounts.all, live, context)
  const output = new Output(() => context.stop())
  output.line(JSON.stringify(firstLine(simulator, accounts.made)))
  const venues = Object.keys(simulator.endpoints).join(', ')
  const what = describe(simulator.source)
  context.log.info(`serving ${what}: ${venues}; the line above on stdout is for --endpoints`)
  for (const { venue, key } of accounts.all) context.log.info(`account on ${venue}, key ${shownKey(key)}`)
  if (simulator.controlUrl !== undefined) context.log.info(`control API on ${simulator.controlUrl}`)
  await unlessStopped(simulator.ended)
  await output.flush()
  return EXIT.ok
}

interface LiveFeed extends AsyncDisposable {
  readonly market: LiveMarket | undefined
}

/** The feed that paper trading follows. @throws ConfigError for options that would do nothing beside the others */
function liveFeed(options: SimOptions, context: Context): LiveFeed {
  const { liveMarket: instruments } = options
  if (instruments === undefined) {
    for (const name of ['endpoints', 'environment'] as const) {
      if (options[name] !== undefined)
        throw new ConfigError(`--${name}: only with --live-market; a simulator looks at no other exchange.`)
    }
    return { market: undefined, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  for (const name of ['venue', 'scenario', 'seed', 'capture'] as const) {
    if (options[name] !== undefined) throw new ConfigError(`--${name}: does nothing with --live-market.`)
  }
  const feed = feedFor(instruments, context)
  return { market: { feed, instruments }, [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose]() }
}

function describe(source: SimSource): string {
  switch (source.kind) {
    case 'generated': {
      const scenario = source.scenario === undefined ? '' : `, scenario ${source.scenario}`
      return `a generated market, seed ${source.seed}${scenario}`
    }
    case 'recording':
      return source.files.join(', ')
    case 'paper':
      return `paper trading on ${source.instruments.join(', ')}`
  }
}

/** Endpoints, and beside them what is no venue: readers of `--endpoints` pass over `simulator`. */
function firstLine({ endpoints, controlUrl }: Simulator, made: readonly MadeAccount[]): object {
  if (controlUrl === undefined && made.length === 0) return endpoints
  const control = controlUrl === undefined ? {} : { control: controlUrl }
  const accounts = made.length === 0 ? {} : { accounts: made }
  return { ...endpoints, simulator: { ...control, ...accounts } }
}

async function openSimulator(
  options: SimOptions,
  accounts: readonly SimAccountOptions[],
  live: LiveFeed,
  context: Context,
): Promise<Simulator> {
  const venues = options.venue?.split(',').map(venue => venue.trim())
  for (const venue of venues ?? []) if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
  const recording = recordingOptions(options)
  const faults = options.faults === undefined ? undefined : readFaultFile(options.faults)
  const scenario = options.scenario === undefined ? undefined : readScenario(options.scenario, '--scenario')
  if (scenario !== undefined && recording.captures !== undefined)
    throw new ConfigError('--scenario: only the generated market plays one, leave out --capture.')
  const controlPort =
    options.controlPort === undefined ? undefined : parseCount('--control-port', options.controlPort, 0, 65_535)
  const port = parseCount('--port', options.port, 0, 65_535)
  const more = (venues ?? simVenues).length - 1
  if (recording.captures === undefined && port + more > 65_535)
    throw new ConfigError(`--port: the ${more} venues after the first take the ports after ${port}, up to 65535 only.`)
  return await createSimulator({
    port,
    loop: options.loop ?? false,
    onNotice: line => context.log.info(line),
    ...recording,
    ...(venues === undefined ? {} : { venues }),
    ...(faults === undefined ? {} : { faults }),
    ...(scenario === undefined ? {} : { scenario }),
    ...(controlPort === undefined ? {} : { controlPort }),
    ...(live.market === undefined ? {} : { liveMarket: live.market }),
    accounts,
  })
}
