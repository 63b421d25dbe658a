import { ConfigError } from '../../model/error.ts'
import { createSimulator, type Simulator, simVenues } from '../../sim/index.ts'
import { type CommonOptions, type Context, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { type RecordingOptions, recordingOptions } from '../recording-options.ts'
import { unlessStopped } from '../stop.ts'
import { unknownVenue, VENUE_IDS } from '../venue-table.ts'
import { readFaultFile } from './sim-faults.ts'

export interface SimOptions extends CommonOptions, RecordingOptions {
  readonly venue?: string
  readonly port: string
  readonly loop?: boolean
  readonly faults?: string
}

/** `tickwire sim`: the simulated exchange as a server; its endpoints are the first line of stdout. */
export async function sim(options: SimOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  await using simulator = await openSimulator(options, context)
  const output = new Output(() => context.stop())
  output.line(JSON.stringify(simulator.endpoints))
  const venues = Object.keys(simulator.endpoints).join(', ')
  const { source } = simulator
  const what = source.kind === 'generated' ? `a generated market, seed ${source.seed}` : source.files.join(', ')
  context.log.info(`serving ${what}: ${venues}; the line above on stdout is for --endpoints`)
  await unlessStopped(simulator.ended)
  await output.flush()
  return EXIT.ok
}

async function openSimulator(options: SimOptions, context: Context): Promise<Simulator> {
  const venues = options.venue?.split(',').map(venue => venue.trim())
  for (const venue of venues ?? []) if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
  const recording = recordingOptions(options)
  const faults = options.faults === undefined ? undefined : readFaultFile(options.faults)
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
  })
}
