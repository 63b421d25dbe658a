import { type OpenFeed, openFeed } from '../feed/create-feed.ts'
import type { Feed } from '../feed/feed.ts'
import type { FeedOptions } from '../feed/feed-options.ts'
import { PRIORITY } from '../feed/rest-client.ts'
import { rotationAge } from '../feed/rotation.ts'
import type { VenueRuntime } from '../feed/venue-runtime.ts'
import { ConfigError } from '../model/error.ts'
import { instrumentId, venueOf } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import { ServerClock } from '../net/server-clock.ts'
import type { Account, AccountSetup } from './account.ts'
import { LiveAccount } from './live-account.ts'
import { MemoryKeeper } from './memory-keeper.ts'
import { PrivateRest } from './private-rest.ts'
import type { SocketTools } from './user-socket.ts'

export interface AccountFeedOptions extends FeedOptions {
  /** Accounts of venues that stand in `venues`; each connects when it is asked for first. @default none */
  readonly accounts?: readonly AccountSetup[]
}

export interface AccountFeed extends Feed {
  /**
   * The account of this name, started at the first call. Without a name: the only one.
   * @throws ConfigError when there is no such account, or several and none is named
   */
  account(name?: string): Account
}

const RECONCILE_EVERY_MS = 300_000
const MOST_RECONCILE_MS = 86_400_000
/** An account is compared no more often: the venue's request weight belongs to market data, too. */
const LEAST_RECONCILE_MS = 10_000

/**
 * Opens a feed over the given venues, and over accounts. Nothing is connected until something is asked for.
 * @throws ConfigError when no venue is given, or one twice, when an account's venue or environment is not among them, or two
 * accounts have one name
 * @example
 * await using feed = createFeed({ venues: [binanceUsdm()], accounts: [{ adapter: binanceUsdmAccount(), credentials }] })
 * const account = feed.account()
 * await account.ready
 * for await (const batch of account.subscribe()) for (const event of batch) console.log(event)
 */
export function createFeed(options: AccountFeedOptions): AccountFeed {
  const feed = openFeed(options)
  const accounts = new Accounts(feed, options)
  return {
    subscribe: request => feed.subscribe(request),
    observe: (request, fn) => feed.observe(request, fn),
    book: (instrument, bookOptions) => feed.book(instrument, bookOptions),
    status: () => feed.status(),
    instruments: venue => feed.instruments(venue),
    klines: range => feed.klines(range),
    recentTrades: (instrument, limit) => feed.recentTrades(instrument, limit),
    settledFunding: range => feed.settledFunding(range),
    openInterestHistory: range => feed.openInterestHistory(range),
    account: name => accounts.open(name),
    async [Symbol.asyncDispose]() {
      await accounts.dispose()
      await feed[Symbol.asyncDispose]()
    },
  }
}

class Accounts {
  private readonly feed: OpenFeed
  private readonly options: FeedOptions
  private readonly setups = new Map<string, AccountSetup>()
  private readonly opened = new Map<string, LiveAccount>()
  private readonly clocks = new Map<string, ServerClock>()
  private isDisposed = false

  constructor(feed: OpenFeed, options: AccountFeedOptions) {
    this.feed = feed
    this.options = options
    for (const setup of options.accounts ?? []) {
      const name = nameOf(setup)
      if (this.setups.has(name))
        throw new ConfigError(`accounts: "${name}" was given twice: give one of them another name.`)
      this.check(setup, name)
      this.setups.set(name, setup)
    }
  }

  open(asked?: string): LiveAccount {
    if (this.isDisposed) throw new ConfigError('the feed has been disposed.')
    const name = this.named(asked)
    const existing = this.opened.get(name)
    if (existing !== undefined) return existing
    const setup = this.setups.get(name)
    const runtime = setup === undefined ? undefined : this.feed.venue(setup.adapter.venue)
    if (setup === undefined || runtime === undefined) throw this.unknown(name)
    const account = new LiveAccount(this.partsOf(setup, name, runtime))
    this.opened.set(name, account)
    account.start()
    return account
  }

  async dispose(): Promise<void> {
    this.isDisposed = true
    for (const account of this.opened.values()) await account[Symbol.asyncDispose]()
    for (const clock of this.clocks.values()) await clock[Symbol.asyncDispose]()
  }

  private named(asked: string | undefined): string {
    if (asked !== undefined) {
      if (this.setups.has(asked)) return asked
      throw this.unknown(asked)
    }
    const [only, ...others] = this.setups.keys()
    if (only === undefined) throw new ConfigError('accounts: this feed was created without any.')
    if (others.length > 0) throw new ConfigError(`expected the name of an account: ${[only, ...others].join(', ')}.`)
    return only
  }

  private unknown(name: string): ConfigError {
    const known = [...this.setups.keys()]
    return new ConfigError(
      `unknown account "${name}", this feed has ${known.join(', ') || 'none'}.`,
      nearest(name, known),
    )
  }

  /** Keys, hosts and venue belong to one environment: a mismatch is refused before anything is sent. */
  private check({ adapter, instruments = [], reconcileEveryMs }: AccountSetup, name: string): void {
    const runtime = this.feed.venue(adapter.venue)
    if (runtime === undefined)
      throw new ConfigError(`accounts: "${name}" belongs to ${adapter.venue}, which is not among the venues.`)
    const { environment } = runtime.adapter
    if (environment !== adapter.environment)
      throw new ConfigError(
        `accounts: "${name}" is for the ${adapter.environment} environment, but ${adapter.venue} is ${environment}.`,
      )
    for (const text of instruments)
      if (venueOf(instrumentId(text)) !== adapter.venue)
        throw new ConfigError(`accounts: "${name}": expected instruments of ${adapter.venue}, was "${text}".`)
    if (reconcileEveryMs === undefined) return
    if (!(reconcileEveryMs >= LEAST_RECONCILE_MS && reconcileEveryMs <= MOST_RECONCILE_MS))
      throw new ConfigError(
        `accounts: "${name}": reconcileEveryMs: expected ${LEAST_RECONCILE_MS} to ${MOST_RECONCILE_MS}, was ${reconcileEveryMs}.`,
      )
  }

  private partsOf(
    setup: AccountSetup,
    name: string,
    runtime: VenueRuntime,
  ): ConstructorParameters<typeof LiveAccount>[0] {
    const { adapter, credentials, memory } = setup
    const { clock, random, http, log } = this.feed.tools
    const serverClock = this.clockOf(runtime)
    const budget = runtime.budgets.weight
    const budgetOf = (url: string): ReturnType<OpenFeed['weightOf']> => this.feed.weightOf(url)
    const venue = runtime.adapter
    const tools = { http, clock, random, budget, budgetOf, serverClock }
    const rest = new PrivateRest({ adapter, venue, credentials, ...tools })
    const { limits } = runtime.adapter
    return {
      name,
      adapter,
      clock,
      random,
      rest,
      serverClock,
      memory: new MemoryKeeper(memory, name, clock, message => log('error', `${name}: ${message}`)),
      market: {
        markPrice: instrument => runtime.marks.of(instrument)?.price,
        instrument: id => runtime.table.known?.get(id),
      },
      allowWithdrawals: setup.allowWithdrawals ?? false,
      running: {
        named: (setup.instruments ?? []).map(text => instrumentId(text)),
        reconcileEveryMs: setup.reconcileEveryMs ?? RECONCILE_EVERY_MS,
        table: async () => await runtime.proof(),
        toolsFor: url => this.socketTools(url, runtime),
        rotationAgeMs: () =>
          rotationAge(this.options.rotation ?? {}, limits.connectionLifetimeMs, clock.nowUs() / 1000, random),
      },
      log,
    }
  }

  private socketTools(url: string, { adapter }: VenueRuntime): SocketTools {
    const { dial, clock, random } = this.feed.tools
    const { pingEveryMs, pongWithinMs, deadAfterMs } = adapter.heartbeat
    const { backoff } = this.options
    return {
      dial,
      clock,
      random,
      heartbeat: { pingEveryMs, pongWithinMs, deadAfterMs },
      attempts: this.feed.attemptsTo(new URL(url).host, adapter),
      ...(backoff === undefined ? {} : { backoff }),
    }
  }

  /** The venue's time is one for all its accounts. */
  private clockOf(runtime: VenueRuntime): ServerClock {
    const { adapter, rest } = runtime
    const existing = this.clocks.get(adapter.id)
    if (existing !== undefined) return existing
    const { clock, log } = this.feed.tools
    const made = new ServerClock({
      clock,
      ask: async signal => await rest.call(adapter.time, undefined, PRIORITY.book, signal),
      onProblem: message => log('warn', `${adapter.id}: ${message}`),
    })
    this.clocks.set(adapter.id, made)
    return made
  }
}

/** `binance-usdm`, or `binance-spot/margin` where the product is not the venue's own. */
export function nameOf({ name, adapter }: Pick<AccountSetup, 'name' | 'adapter'>): string {
  if (name !== undefined) return name
  return adapter.venue.endsWith(`-${adapter.product}`) ? adapter.venue : `${adapter.venue}/${adapter.product}`
}
