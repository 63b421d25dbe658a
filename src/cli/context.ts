import type { AccountSetup } from '../account/account.ts'
import { type AccountFeed, createFeed } from '../account/create-feed.ts'
import type { Feed } from '../feed/feed.ts'
import type { FeedOptions } from '../feed/feed-options.ts'
import { ConfigError } from '../model/error.ts'
import { type Environment, instrumentId, venueOf } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import { parseCount, parseDuration } from './duration.ts'
import { type EndpointMap, readEndpoints } from './endpoints.ts'
import { ENVIRONMENTS } from './environments.ts'
import { loggedHttp } from './logged-http.ts'
import { createLogger, type Logger } from './logger.ts'
import { network } from './network.ts'
import { sharedBudgets } from './state-directory.ts'
import { stop, stopSignal } from './stop.ts'
import { openVenue } from './venue-table.ts'

/** Options that several commands understand, as commander hands them over. */
export interface CommonOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly for?: string
  readonly count?: string
  readonly strict?: boolean
  readonly endpoints?: string
  readonly environment?: string
  readonly redundancy?: string
}

/** What a command runs with: parsed options, an abort signal for Ctrl-C, --for and --count, and the log on stderr. */
export interface Context {
  readonly isJson: boolean
  readonly isStrict: boolean
  /** Events to print; Infinity when not limited. */
  readonly count: number
  readonly environment: Environment
  readonly endpoints: EndpointMap
  /** Sockets per stream. */
  readonly redundancy: 1 | 2
  readonly log: Logger
  readonly signal: AbortSignal
  /** True when `--for` ended the command. */
  isTimeUp(): boolean
  /** Ends the command as if Ctrl-C had been pressed. */
  stop(): void
}

/**
 * @param isServed true for commands that serve an exchange of their own and look at no endpoints: `TICKWIRE_ENDPOINTS`
 * may then name the very file that the command is about to write
 * @throws ConfigError for an option that cannot be read
 */
export async function createContext(options: CommonOptions, isServed = false): Promise<Context> {
  const log = createLogger(options.quiet ?? false)
  const forMs = options.for === undefined ? undefined : parseDuration('--for', options.for)
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : parseCount('--count', options.count, 1)
  const environment = readEnvironment(options.environment ?? 'live')
  const endpoints = isServed ? new Map() : await readEndpoints(options.endpoints)
  let isTimeUp = false
  const onTime = (): void => {
    isTimeUp = !stopSignal.aborted
    stop()
  }
  if (forMs !== undefined) setTimeout(onTime, forMs).unref()
  return {
    isJson: options.json ?? !process.stdout.isTTY,
    isStrict: options.strict ?? false,
    count,
    environment,
    endpoints,
    redundancy: readRedundancy(options.redundancy ?? '1'),
    log,
    signal: stopSignal,
    isTimeUp: () => isTimeUp,
    stop,
  }
}

function readEnvironment(text: string): Environment {
  for (const environment of ENVIRONMENTS) if (environment === text) return environment
  const expected = ENVIRONMENTS.join(', ')
  throw new ConfigError(`--environment: expected one of ${expected}, was "${text}".`, nearest(text, ENVIRONMENTS))
}

function readRedundancy(text: string): 1 | 2 {
  if (text === '1') return 1
  if (text === '2') return 2
  throw new ConfigError(`--redundancy: expected 1 or 2 sockets per stream, was "${text}".`)
}

export function adapterFor(venue: string, context: Context): VenueAdapter {
  const pointed = context.endpoints.get(venue)
  if (pointed === undefined) return openVenue(venue, { environment: context.environment })
  const { wallet: _, ...endpoints } = pointed
  return openVenue(venue, { environment: context.environment, endpoints })
}

/** A feed that logs to stderr, refused REST calls included. */
export function openFeed(
  venues: readonly VenueAdapter[],
  context: Context,
  accounts: readonly AccountSetup[] = [],
  tools: Pick<FeedOptions, 'clock' | 'dial' | 'http'> = {},
): AccountFeed {
  // What an exchange on this machine counts is nobody else's business.
  const budgets = venues.some(isLocal) ? undefined : sharedBudgets(context.log)
  return createFeed({
    venues,
    accounts,
    redundancy: context.redundancy,
    ...(budgets === undefined ? {} : { budgets }),
    log: (level, message) => context.log[level](message),
    dial: network().dial,
    http: loggedHttp(venues, context.log),
    ...tools,
  })
}

function isLocal({ endpoints }: VenueAdapter): boolean {
  return (
    URL.canParse(endpoints.stream) && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(endpoints.stream).hostname)
  )
}

/** A feed over the venues that the given instruments name. @throws ConfigError */
export function feedFor(instruments: readonly string[], context: Context): Feed {
  const venues = [...new Set(instruments.map(text => venueOf(instrumentId(text))))]
  return openFeed(
    venues.map(venue => adapterFor(venue, context)),
    context,
  )
}
