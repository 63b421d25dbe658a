import type { AccountSetup } from '../account/account.ts'
import { hmacCredentials } from '../account/credentials.ts'
import { systemClock } from '../net/clock.ts'
import { systemRandom } from '../net/random.ts'
import type { SimAccountOptions, Simulator } from '../sim/index.ts'
import { PlayTrader } from '../sim/play/play-trader.ts'
import { madeAccounts } from './commands/sim-accounts.ts'
import type { Context } from './context.ts'
import { openAccountAdapter, PLAY_VENUES } from './venue-table.ts'

/** An account of the demonstration, with play money and keys of this very run. */
export interface PlayAccount extends SimAccountOptions {
  readonly secret: string
}

export function playAccounts(): readonly PlayAccount[] {
  return madeAccounts(PLAY_VENUES)
}

export function playSetup({ venue, key, secret }: PlayAccount, simulator: Simulator): AccountSetup {
  const endpoints = simulator.endpoints[venue]
  const adapter = openAccountAdapter(venue, { environment: 'live', ...(endpoints === undefined ? {} : { endpoints }) })
  return { adapter, credentials: hmacCredentials(key, secret), name: venue }
}

/** Trades on the first of them. */
export function startTrader(
  simulator: Simulator,
  [first]: readonly PlayAccount[],
  context: Context,
): PlayTrader | undefined {
  const rest = first === undefined ? undefined : simulator.endpoints[first.venue]?.rest
  if (first === undefined || rest === undefined) return undefined
  const { key, secret } = first
  const onProblem = (message: string): void => context.log.warn(message)
  return new PlayTrader({ rest, key, secret, clock: systemClock, random: systemRandom, onProblem })
}
