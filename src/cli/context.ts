import { createFeed } from '../feed/create-feed.ts'
import type { Feed } from '../feed/feed.ts'
import { ConfigError } from '../model/error.ts'
import { type Environment, instrumentId, venueOf } from '../model/instrument.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import { parseCount, parseDuration } from './duration.ts'
import { type EndpointMap, readEndpoints } from './endpoints.ts'
import { createLogger, type Logger } from './logger.ts'
import { openVenue } from './venue-table.ts'

/** Options that every command understands, as commander hands them over. */
export interface CommonOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly for?: string
  readonly count?: string
  readonly strict?: boolean
  readonly endpoints?: string
  readonly environment?: string
}

/** What a command runs with: parsed options, an abort signal for Ctrl-C, --for and --count, and the log on stderr. */
export interface Context {
  readonly isJson: boolean
  readonly isStrict: boolean
  /** Events to print; Infinity when not limited. */
  readonly count: number
  readonly environment: Environment
  readonly endpoints: EndpointMap
  readonly log: Logger
  readonly signal: AbortSignal
  /** Ends the command as if Ctrl-C had been pressed. */
  stop(): void
}

const ENVIRONMENTS: readonly Environment[] = ['live', 'testnet', 'demo']

/** @throws ConfigError for an option that cannot be read */
export async function createContext(options: CommonOptions): Promise<Context> {
  const controller = new AbortController()
  const log = createLogger(options.quiet ?? false)
  const forMs = options.for === undefined ? undefined : parseDuration('--for', options.for)
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : parseCount('--count', options.count, 1)
  const environment = readEnvironment(options.environment ?? 'live')
  const endpoints = await readEndpoints(options.endpoints)
  const stop = (): void => controller.abort()
  if (forMs !== undefined) setTimeout(stop, forMs).unref()
  stopOnSignals(stop)
  return {
    isJson: options.json ?? !process.stdout.isTTY,
    isStrict: options.strict ?? false,
    count,
    environment,
    endpoints,
    log,
    signal: controller.signal,
    stop,
  }
}

/** The first signal ends cleanly, the second at once. */
function stopOnSignals(stop: () => void): void {
  let received = 0
  const onSignal = (): void => {
    received++
    if (received > 1) process.exit(130)
    stop()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', onSignal)
}

function readEnvironment(text: string): Environment {
  for (const environment of ENVIRONMENTS) if (environment === text) return environment
  throw new ConfigError(`--environment: expected one of ${ENVIRONMENTS.join(', ')}, was "${text}".`)
}

export function adapterFor(venue: string, context: Context): VenueAdapter {
  const endpoints = context.endpoints.get(venue)
  return openVenue(venue, { environment: context.environment, ...(endpoints === undefined ? {} : { endpoints }) })
}

/** A feed over the venues that the given instruments name. @throws ConfigError */
export function feedFor(instruments: readonly string[], context: Context): Feed {
  const venues = [...new Set(instruments.map(text => venueOf(instrumentId(text))))]
  return createFeed({
    venues: venues.map(venue => adapterFor(venue, context)),
    log: (level, message) => context.log[level](message),
  })
}
