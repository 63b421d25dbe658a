import type { Account, AccountSetup } from '../account/account.ts'
import type { AccountFeed } from '../account/create-feed.ts'
import { fileMemory } from '../account/file-memory.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { chooseAccounts, oneEnvironment } from './choose-accounts.ts'
import { adapterFor, type CommonOptions, type Context, createContext, openFeed } from './context.ts'
import { readAccountKeys } from './credentials-source.ts'
import type { AccountKeys } from './key-fields.ts'
import { refuseDebugging } from './refuse-debugging.ts'
import { ACCOUNT_VENUES, openAccountAdapter } from './venue-table.ts'

export interface AccountOptions extends CommonOptions {
  readonly keys?: string
  readonly allowWithdrawals?: boolean
  /** Directory of what is remembered over restarts. */
  readonly memory?: string
}

/** Accounts of the command line, and the feed below them. */
export interface OpenAccounts extends AsyncDisposable {
  readonly accounts: readonly Account[]
  readonly context: Context
  /** Has the mark prices of what is held told by the venue, as long as it is held. */
  followMarks(): void
}

/** Keys of every source. With any of them in memory, nobody may look into the process. @throws ConfigError */
export async function loadKeys(options: AccountOptions, context: Context): Promise<readonly AccountKeys[]> {
  const { keys } = options
  const found = await readAccountKeys({
    keys,
    environment: process.env,
    directory: process.cwd(),
    venues: ACCOUNT_VENUES,
  })
  if (found.length > 0) refuseDebugging(context.log)
  return found
}

/** @throws ConfigError before anything is sent: no keys, wrong environment, a file that others can read */
export async function openAccounts(names: readonly string[], options: AccountOptions): Promise<OpenAccounts> {
  const asked = await createContext(options)
  const keys = chooseAccounts(await loadKeys(options, asked), names, ACCOUNT_VENUES)
  const context = { ...asked, environment: oneEnvironment(keys, options.environment) }
  if (context.environment !== 'live') context.log.info(`the environment is ${context.environment}, as the keys say`)
  const setups = keys.map(one => setupOf(one, options, context))
  const venues = [...new Set(setups.map(({ adapter }) => adapter.venue))]
  const feed = openFeed(
    venues.map(venue => adapterFor(venue, context)),
    context,
    setups,
  )
  const accounts = keys.map(one => feed.account(one.account))
  const marks = new Marks(feed, accounts)
  return {
    accounts,
    context,
    followMarks: () => marks.follow(),
    async [Symbol.asyncDispose]() {
      marks[Symbol.dispose]()
      await feed[Symbol.asyncDispose]()
    },
  }
}

export function setupOf(keys: AccountKeys, options: AccountOptions, context: Context): AccountSetup {
  const [venue = ''] = keys.account.split('/', 1)
  const { wallet, ...endpoints } = context.endpoints.get(venue) ?? {}
  const pointed = 'rest' in endpoints ? { endpoints } : {}
  const adapter = openAccountAdapter(keys.account, {
    environment: keys.environment,
    ...pointed,
    ...(wallet === undefined ? {} : { wallet }),
  })
  return {
    adapter,
    credentials: keys.credentials,
    name: keys.account,
    allowWithdrawals: options.allowWithdrawals ?? false,
    ...(options.memory === undefined ? {} : { memory: fileMemory(options.memory) }),
  }
}

/** Observations of the mark prices of open positions: the account computes profit from them. */
class Marks implements Disposable {
  private readonly feed: AccountFeed
  private readonly accounts: readonly Account[]
  private readonly held = new Map<InstrumentId, Disposable>()

  constructor(feed: AccountFeed, accounts: readonly Account[]) {
    this.feed = feed
    this.accounts = accounts
  }

  follow(): void {
    const wanted = new Set(
      this.accounts.flatMap(one => [...one.positions().values()].map(({ instrument }) => instrument)),
    )
    for (const [instrument, observation] of this.held) {
      if (wanted.has(instrument)) continue
      observation[Symbol.dispose]()
      this.held.delete(instrument)
    }
    for (const instrument of wanted) {
      if (this.held.has(instrument)) continue
      const request = { instruments: [instrument], channels: ['markPrice'] }
      this.held.set(
        instrument,
        this.feed.observe(request, () => undefined),
      )
    }
  }

  [Symbol.dispose](): void {
    for (const observation of this.held.values()) observation[Symbol.dispose]()
    this.held.clear()
  }
}
