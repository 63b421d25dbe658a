import { ConfigError } from '../../model/error.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import { readConfigFile } from '../config-file.ts'
import { adapterFor, type CommonOptions, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { serveFeed, untilStopped } from '../serve-feed.ts'
import { EXAMPLE } from '../venue-table.ts'

export interface ServeOptions extends CommonOptions {
  readonly config?: string
  readonly port?: string
  readonly host?: string
}

const DEFAULT_PORT = 8080

/** `tickwire serve`: the live feed with dashboard and API. The command line wins over the configuration file. */
export async function serve(instruments: readonly string[], options: ServeOptions): Promise<ExitCode> {
  const file = options.config === undefined ? {} : readConfigFile(options.config)
  const pointed = options.endpoints ?? (file.endpoints === undefined ? undefined : JSON.stringify(file.endpoints))
  const context = await createContext({
    ...options,
    environment: file.environment ?? options.environment ?? 'live',
    ...(pointed === undefined ? {} : { endpoints: pointed }),
  })
  const names = instruments.length > 0 ? instruments : (file.instruments ?? [])
  if (names.length === 0)
    throw new ConfigError(`instrument: expected at least one, e.g. ${EXAMPLE.instrument}, received none.`)
  const ids = names.map(instrumentId)
  const venues = [...new Set(ids.map(venueOf))].map(venue => adapterFor(venue, context))
  const port = options.port === undefined ? (file.port ?? DEFAULT_PORT) : parseCount('--port', options.port, 0, 65_535)
  const isPointed = venues.every(adapter => context.endpoints.has(adapter.id))
  await using running = await serveFeed(
    {
      venues,
      instruments: () => Promise.resolve(ids),
      source: isPointed
        ? { kind: 'generated', label: 'simulated exchange' }
        : { kind: context.environment, label: context.environment },
      host: options.host ?? file.host ?? '127.0.0.1',
      ports: [port],
      token: process.env['TICKWIRE_TOKEN'],
    },
    context,
  )
  const output = new Output(() => context.stop())
  output.line(running.server.url)
  await untilStopped(context.signal)
  return EXIT.ok
}
