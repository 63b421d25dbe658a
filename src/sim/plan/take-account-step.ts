import { ConfigError } from '../../model/error.ts'
import type { FaultTarget } from '../faults.ts'
import { Call } from '../rest/query.ts'
import { RestError } from '../rest/rest-error.ts'
import type { Caller } from '../trading/key-ring.ts'
import type { VenueTrading } from '../trading/open-trading.ts'
import type { SimAccount } from '../trading/sim-account.ts'
import { venueRules } from '../venue-rules.ts'
import { counted, together } from './counted.ts'
import type { AccountFaultName, ServerStep } from './fault-step.ts'
import type { Taken } from './take-step.ts'

type AccountStep = Extract<ServerStep, { readonly fault: AccountFaultName }>

/** An account with all of its keys. */
interface Holder {
  readonly name: string
  readonly callers: readonly Caller[]
  readonly account: SimAccount
}

/** The accounts of a venue that a step is about. */
export function holdersOf(step: Pick<ServerStep, 'account'>, trading: VenueTrading | undefined): readonly Holder[] {
  const byName = new Map<string, Caller[]>()
  for (const caller of trading?.service.keys.all() ?? []) {
    byName.set(caller.account, [...(byName.get(caller.account) ?? []), caller])
  }
  const holders: Holder[] = []
  for (const [name, callers] of byName) {
    const isMeant = step.account === undefined || step.account === name || callers.some(has(step.account))
    const account = trading?.account(callers[0]?.apiKey.key ?? '')
    if (isMeant && account !== undefined) holders.push({ name, callers, account })
  }
  return holders
}

function has(key: string): (caller: Caller) => boolean {
  return ({ apiKey }) => apiKey.key === key
}

/** Takes a step that is about accounts on one venue. */
export function takeAccountStep(step: AccountStep, target: FaultTarget): Taken {
  if (step.fault === 'clockSkew') return { met: '', end: target.source.skew(step.ms) }
  const holders = holdersOf(step, target.trading)
  const met = counted(holders.length, 'account')
  switch (step.fault) {
    case 'revokeKey':
      return revoke(step, holders, target)
    case 'loseUserEvents':
      return { met, end: lay(holders, step.count === undefined ? { mute: true } : { lose: step.count }, step.kinds) }
    case 'duplicateUserEvents':
      return { met, end: lay(holders, { duplicate: step.count }, step.kinds) }
    case 'delayUserEvents':
      return { met, end: lay(holders, { delayMs: step.ms }, step.kinds) }
    case 'answerUnknown': {
      const answers = target.trading?.service.answers
      const end = answers?.arm(new Set(holders.map(({ name }) => name)), step.count ?? 1)
      return end === undefined ? { met } : { met, end }
    }
    default: {
      const outcomes = holders.map(holder => attempt(() => strike(step, holder, target)))
      return { met: outcomes.length === 0 ? met : [...new Set(outcomes)].join('; ') }
    }
  }
}

type Laid = Parameters<SimAccount['lay']>[0]

function lay(holders: readonly Holder[], faults: Laid, kinds: readonly string[] | undefined): Disposable {
  return together(holders.map(({ account }) => account.lay(kinds === undefined ? faults : { ...faults, kinds })))
}

function revoke(step: AccountStep, holders: readonly Holder[], { trading }: FaultTarget): Taken {
  const keys = holders.flatMap(({ callers }) => callers.map(({ apiKey }) => apiKey.key))
  // A key that is named is taken back alone; the others of its account live on.
  const chosen = keys.includes(step.account ?? '') ? keys.filter(key => key === step.account) : keys
  const ring = trading?.service.keys
  for (const key of chosen) ring?.revoke(key)
  const end = {
    [Symbol.dispose]: () => {
      for (const key of chosen) ring?.restore(key)
    },
  }
  return { met: counted(chosen.length, 'key'), end }
}

type Blow = Exclude<
  AccountStep,
  {
    readonly fault:
      | 'clockSkew'
      | 'revokeKey'
      | 'loseUserEvents'
      | 'duplicateUserEvents'
      | 'delayUserEvents'
      | 'answerUnknown'
  }
>

/** @returns what it met */
function strike(step: Blow, holder: Holder, target: FaultTarget): string {
  const { account } = holder
  switch (step.fault) {
    case 'expireListenKey':
      account.expireStream()
      return '1 account'
    case 'liquidate':
      return counted(account.liquidate(step.symbol), 'position')
    case 'adl':
      return counted(account.deleverage(step.symbol, step.share), 'position')
    case 'funding':
      return counted(account.payFunding(step.rate, step.symbol), 'position')
    case 'deposit':
    case 'transfer':
      account.transfer(step.asset, step.amount)
      return '1 account'
    case 'foreignTrade':
      tradeAsStranger(step, holder, target)
      return '1 account'
  }
}

/** What the venue refuses is told where the step is told. */
function attempt(act: () => string): string {
  try {
    return act()
  } catch (error) {
    if (error instanceof RestError) return `refused with ${error.code}: ${error.message}`
    if (error instanceof ConfigError) return `refused: ${error.message}`
    throw error
  }
}

/** An order at the market, as if somebody else had the key. */
function tradeAsStranger(
  step: Extract<Blow, { readonly fault: 'foreignTrade' }>,
  { callers }: Holder,
  { trading, source }: FaultTarget,
): void {
  const rules = venueRules[source.venue]
  const route = trading?.service.routes.get(`POST ${rules.restPrefix}/order`)
  const [caller] = callers
  if (route === undefined || caller === undefined) return
  const { symbol, side, quantity } = step
  const order = { symbol, side, quantity, type: 'MARKET' }
  const place = (params: Readonly<Record<string, string>>): void =>
    void route.answer(new Call(source, rules, new Map(Object.entries(params))), caller)
  try {
    place(order)
  } catch (error) {
    // In hedge mode an order must say which side it opens.
    if (!(error instanceof RestError) || error.code !== -4061) throw error
    place({ ...order, positionSide: side === 'BUY' ? 'LONG' : 'SHORT' })
  }
}
