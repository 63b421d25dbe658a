import type { AccountSetup } from '../account/account.ts'
import { PrivateRest } from '../account/private-rest.ts'
import { PRIORITY, RestClient } from '../feed/rest-client.ts'
import { errorLine } from '../model/error.ts'
import { systemClock } from '../net/clock.ts'
import { systemRandom } from '../net/random.ts'
import { ServerClock } from '../net/server-clock.ts'
import { WeightBudget } from '../net/weight-budget.ts'
import type { KeyPermissions } from '../venue/account-adapter.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { Finding } from './commands/doctor.ts'
import { adapterFor, type Context } from './context.ts'
import { network } from './network.ts'

/** Shows each key to its own environment once: is it accepted, and does it have more rights than reading needs? */
export async function checkKeys(
  setups: readonly AccountSetup[],
  allowWithdrawals: boolean,
  context: Context,
  report: (finding: Finding) => void,
): Promise<void> {
  for (const setup of setups) {
    if (context.signal.aborted) return
    await checkKey(setup, allowWithdrawals, context, report)
  }
}

async function checkKey(
  setup: AccountSetup,
  allowWithdrawals: boolean,
  context: Context,
  report: (finding: Finding) => void,
): Promise<void> {
  const { adapter, credentials, name = adapter.venue } = setup
  const venue = name
  const market = adapterFor(adapter.venue, context)
  await using serverClock = clockOf(market)
  const rest = privateRest(setup, market, serverClock)
  const [state] = adapter.reads.state
  try {
    if (state !== undefined) await rest.read(state.endpoint, undefined, context.signal)
    const text = `accepted by the ${adapter.environment} environment (${credentials.algorithm} signature)`
    report({ venue, check: 'key', verdict: 'ok', tookMs: undefined, text })
  } catch (error) {
    report({ venue, check: 'key', verdict: 'fail', tookMs: undefined, text: errorLine(error) })
    return
  }
  const { permissions } = adapter.reads
  if (permissions === undefined) {
    const text = 'this place does not tell what a key may do: look at the venue’s own page'
    report({ venue, check: 'key rights', verdict: 'warn', tookMs: undefined, text })
    return
  }
  try {
    const rights = await rest.read(permissions, undefined, context.signal)
    report({ venue, check: 'key rights', tookMs: undefined, ...judge(rights, allowWithdrawals) })
  } catch (error) {
    const text = `what the key may do could not be read: ${errorLine(error)}`
    report({ venue, check: 'key rights', verdict: 'warn', tookMs: undefined, text })
  }
}

function judge(rights: KeyPermissions, allowWithdrawals: boolean): Pick<Finding, 'verdict' | 'text'> {
  const { canRead, canTrade, canWithdraw, isBoundToAddresses } = rights
  const may = [canRead ? 'read' : '', canTrade ? 'trade' : '', canWithdraw ? 'withdraw' : ''].filter(
    word => word !== '',
  )
  const words = may.length > 1 ? `${may.slice(0, -1).join(', ')} and ${may.at(-1)}` : (may[0] ?? 'do nothing')
  const text = `may ${words}, ${isBoundToAddresses ? 'from its own addresses only' : 'from any address'}`
  if (!canRead) return { verdict: 'fail', text: `${text}: give it the right to read` }
  if (canWithdraw) {
    const advice = 'take the right to withdraw away, account and serve refuse it without --allow-withdrawals'
    return { verdict: allowWithdrawals ? 'warn' : 'fail', text: `${text}: ${advice}` }
  }
  if (canTrade) return { verdict: 'warn', text: `${text}: reading is all that is needed here` }
  return isBoundToAddresses ? { verdict: 'ok', text } : { verdict: 'warn', text: `${text}: bind it to yours` }
}

function clockOf(adapter: VenueAdapter): ServerClock {
  const budget = new WeightBudget(systemClock, adapter.limits.weightPerMinute)
  const rest = new RestClient({ adapter, http: network().http, clock: systemClock, random: systemRandom, budget })
  return new ServerClock({
    clock: systemClock,
    ask: async signal => await rest.call(adapter.time, undefined, PRIORITY.table, signal),
  })
}

function privateRest(setup: AccountSetup, venue: VenueAdapter, serverClock: ServerClock): PrivateRest {
  const { adapter, credentials } = setup
  const budget = new WeightBudget(systemClock, venue.limits.weightPerMinute)
  const random = systemRandom
  return new PrivateRest({
    adapter,
    venue,
    credentials,
    http: network().http,
    clock: systemClock,
    random,
    budget,
    serverClock,
  })
}
