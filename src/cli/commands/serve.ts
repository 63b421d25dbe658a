import { ConfigError } from '../../model/error.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import type { VenueAdapter } from '../../venue/adapter.ts'
import { readConfigFile } from '../config-file.ts'
import { adapterFor, type CommonOptions, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { proveInstruments } from '../prove-instruments.ts'
import { serveFeed } from '../serve-feed.ts'
import { unlessStopped, untilStopped } from '../stop.ts'
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
    environment: options.environment ?? file.environment ?? 'live',
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
      instruments: async feed => {
        await unlessStopped(proveInstruments(feed, venues, ids, context.log))
        return ids
      },
      source: isPointed
        ? { kind: 'generated', label: `exchange at ${hostsOf(venues)}` }
        : { kind: context.environment, label: context.environment },
      host: options.host ?? file.host ?? '127.0.0.1',
      ports: [port],
      token: process.env['TICKWIRE_TOKEN'],
    },
    context,
  )
  const output = new Output(() => context.stop())
  output.line(running.server.url)
  await untilStopped()
  return EXIT.ok
}

function hostsOf(venues: readonly VenueAdapter[]): string {
  return [...new Set(venues.map(adapter => new URL(adapter.endpoints.stream).host))].join(', ')
}
