import { createSimulator, type Simulator } from '../../sim/index.ts'
import { type CommonOptions, type Context, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { parseSpeed, requireFiles } from '../recording-options.ts'
import { unknownVenue, VENUE_IDS } from '../venue-table.ts'

export interface SimOptions extends CommonOptions {
  readonly venue?: string
  readonly port: string
  readonly seed: string
  readonly capture?: readonly string[]
  readonly speed: string
  readonly loop?: boolean
}

/** `tickwire sim`: the simulated exchange as a server; its endpoints are the first line of stdout. */
export async function sim(options: SimOptions): Promise<ExitCode> {
  const context = await createContext(options)
  await using simulator = await openSimulator(options, context)
  const output = new Output(() => context.stop())
  output.line(JSON.stringify(simulator.endpoints))
  await untilEnd(simulator, context)
  await output.flush()
  return EXIT.ok
}

async function openSimulator(options: SimOptions, context: Context): Promise<Simulator> {
  const venues = options.venue?.split(',').map(venue => venue.trim())
  for (const venue of venues ?? []) if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
  return await createSimulator({
    port: parseCount('--port', options.port, 0, 65_535),
    seed: parseCount('--seed', options.seed, 0),
    speed: parseSpeed(options.speed),
    loop: options.loop ?? false,
    onNotice: line => context.log.info(line),
    ...(venues === undefined ? {} : { venues }),
    ...(options.capture === undefined ? {} : { captures: requireFiles('--capture', options.capture) }),
  })
}

/** Until Ctrl-C, `--for`, or the end of the recording. */
async function untilEnd(simulator: Simulator, context: Context): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    if (context.signal.aborted) resolve()
    context.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([stopped, simulator.ended])
}
