import { randomBytes } from 'node:crypto'
import { ConfigError } from '../../model/error.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import type { VenueAdapter } from '../../venue/adapter.ts'
import { type AccountOptions, loadKeys, setupOf } from '../account-feed.ts'
import { readConfigFile } from '../config-file.ts'
import { adapterFor, type Context, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { readReliabilities } from '../evaluation-files.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { proveInstruments } from '../prove-instruments.ts'
import { type ServedSetups, serveFeed } from '../serve-feed.ts'
import { servedRecordings } from '../served-recordings.ts'
import { unlessStopped, untilStopped } from '../stop.ts'
import { tokenOf } from '../tokens.ts'
import { EXAMPLE } from '../venue-table.ts'
import { serveRules } from './alert-serve.ts'
import { readRulesFile } from './alert-setup.ts'

export interface ServeOptions extends AccountOptions {
  readonly config?: string
  readonly port?: string
  readonly host?: string
  readonly rules?: string
  readonly recordings?: string
  readonly signals?: boolean
  /** Measured reliabilities, as `signals evaluate` writes them. */
  readonly store?: string
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
  const accounts = await servedSetups(options, context)
  const owners = accounts.setups.map(({ adapter }) => adapter.venue)
  const { rules, memory } = options
  const measured = options.store === undefined ? undefined : readReliabilities(options.store)
  const ruled = rules === undefined ? [] : readRulesFile('--rules', rules).rules.flatMap(rule => rule.instruments)
  const venues = [...new Set([...[...ids, ...ruled].map(venueOf), ...owners])].map(venue => adapterFor(venue, context))
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
      token: tokenOf('TICKWIRE_TOKEN'),
      accounts,
      alerts:
        rules === undefined ? undefined : feed => serveRules(feed, { path: rules, instruments: ids, memory }, context),
      recordings: options.recordings === undefined ? undefined : servedRecordings('--recordings', options.recordings),
      signals: options.signals ?? true,
      measured,
    },
    context,
  )
  const output = new Output(() => context.stop())
  output.line(accounts.isTokenMade ? `${running.server.url}/#token=${accounts.token}` : running.server.url)
  await untilStopped()
  return EXIT.ok
}

interface Shown extends ServedSetups {
  /** True for a token that only this line tells. */
  readonly isTokenMade: boolean
}

/** Every account with keys of this environment; those of another one are told and left alone. */
async function servedSetups(options: ServeOptions, context: Context): Promise<Shown> {
  const keys = await loadKeys(options, context)
  const own = keys.filter(one => one.environment === context.environment)
  for (const { account, environment } of keys.filter(one => !own.includes(one))) {
    const text = `the keys of ${account} belong to ${environment}, and are shown to no other environment`
    if (options.keys !== undefined) throw new ConfigError(`--keys: ${text}: expected ${context.environment}.`)
    context.log.warn(`${text}: it is left out`)
  }
  const setups = own.map(one => setupOf(one, options, context))
  if (setups.length === 0) return { setups, isSimulated: false, token: undefined, isTokenMade: false }
  const given = tokenOf('TICKWIRE_ACCOUNT_TOKEN')
  const token = given ?? randomBytes(24).toString('base64url')
  return { setups, isSimulated: false, token, isTokenMade: given === undefined }
}

function hostsOf(venues: readonly VenueAdapter[]): string {
  return [...new Set(venues.map(adapter => new URL(adapter.endpoints.stream).host))].join(', ')
}
