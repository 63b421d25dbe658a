import { basename } from 'node:path'
import { styleText } from 'node:util'
import { ConfigError } from '../../model/error.ts'
import type { Instrument, InstrumentId } from '../../model/instrument.ts'
import { instrumentId } from '../../model/instrument.ts'
import { createSimulator, type Simulator } from '../../sim/index.ts'
import { adapterFor, type CommonOptions, type Context, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { type PlayAccount, playAccounts, playSetup, startTrader } from '../play-accounts.ts'
import { type RecordingOptions, recordingOptions } from '../recording-options.ts'
import { type RunningServer, type ServeSettings, serveFeed } from '../serve-feed.ts'
import { untilStopped } from '../stop.ts'
import { LIVE_NAME, openVenue, SHOWN_FIRST, VENUE_IDS } from '../venue-table.ts'
import { servePassingRules } from './alert-serve.ts'

export interface DemoOptions extends CommonOptions, RecordingOptions {
  readonly live?: boolean
  readonly loop: boolean
  readonly port?: string
}

const FREE_PORTS = Array.from({ length: 10 }, (_, index) => 8080 + index)

/** `tickwire demo`, which `npm start` runs: an exchange, the feed over real sockets, and the dashboard. */
export async function demo(options: DemoOptions): Promise<ExitCode> {
  refuseIdle(options)
  const context = await createContext(options, options.live !== true)
  const ports = options.port === undefined ? FREE_PORTS : [parseCount('--port', options.port, 0, 65_535)]
  const alerts: ServeSettings['alerts'] = feed => servePassingRules(feed, context)
  const listen = { host: '127.0.0.1', ports, token: undefined, alerts }
  if (options.live) {
    const venues = VENUE_IDS.map(venue => adapterFor(venue, context))
    const instruments = (): Promise<readonly InstrumentId[]> => Promise.resolve(SHOWN_FIRST.map(instrumentId))
    const source = { kind: context.environment, label: context.environment }
    await using running = await serveFeed({ venues, instruments, source, ...listen }, context)
    return await present(running, LIVE_NAME, context)
  }
  const players = options.capture === undefined ? playAccounts() : []
  await using simulator = await openSimulator(options, players, context)
  await using _trader = startTrader(simulator, players, context)
  const accounts = { setups: players.map(one => playSetup(one, simulator)), isSimulated: true, token: undefined }
  const settings = { ...simulated(simulator), ...listen, accounts }
  await using running = await serveFeed(settings, context)
  const what =
    simulator.source.kind === 'generated'
      ? `a generated market, seed ${simulator.source.seed}`
      : `the recording ${settings.source.label}`
  return await present(running, what, context)
}

/** @throws ConfigError for an option that would do nothing beside the others */
function refuseIdle(options: DemoOptions): void {
  if (options.live) {
    for (const name of ['capture', 'speed', 'seed'] as const) {
      if (options[name] !== undefined) throw new ConfigError(`--${name}: does nothing with --live.`)
    }
    return
  }
  for (const name of ['endpoints', 'environment'] as const) {
    if (options[name] !== undefined)
      throw new ConfigError(`--${name}: only with --live; the demonstration brings its own exchange.`)
  }
}

async function openSimulator(
  options: DemoOptions,
  accounts: readonly PlayAccount[],
  context: Context,
): Promise<Simulator> {
  const onNotice = (line: string): void => context.log.info(line)
  return await createSimulator({ loop: options.loop, onNotice, accounts, ...recordingOptions(options) })
}

function simulated(simulator: Simulator): Pick<ServeSettings, 'venues' | 'instruments' | 'source'> {
  const venues = Object.entries(simulator.endpoints).map(([venue, endpoints]) =>
    openVenue(venue, { environment: 'live', endpoints }),
  )
  const source =
    simulator.source.kind === 'recording'
      ? ({ kind: 'recording', label: simulator.source.files.map(file => basename(file)).join(', ') } as const)
      : ({ kind: 'generated', label: 'seed' in simulator.source ? `seed ${simulator.source.seed}` : '' } as const)
  return { venues, instruments: async feed => inOrder(await feed.instruments()), source }
}

function inOrder(listed: readonly Instrument[]): readonly InstrumentId[] {
  const ids = listed.filter(instrument => instrument.isTrading).map(instrument => instrument.id)
  const first = SHOWN_FIRST.flatMap(text => ids.filter(id => id === text))
  return [...first, ...ids.filter(id => !first.includes(id))]
}

async function present(running: RunningServer, what: string, context: Context): Promise<ExitCode> {
  const output = new Output(() => context.stop())
  if (output.isTerminal) output.line(`\n  ${styleText('bold', 'Tickwire')} is running on ${what}.\n`)
  else context.log.info(`running on ${what}`)
  output.line(output.isTerminal ? `  ${styleText(['cyan', 'underline'], running.server.url)}\n` : running.server.url)
  if (output.isTerminal) output.line(styleText('dim', '  Ctrl-C stops it.'))
  await untilStopped()
  return EXIT.ok
}
