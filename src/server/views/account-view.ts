import type { InstrumentId } from '../../model/instrument.ts'
import type { AccountDesk, WatchedAccount } from '../account-desk.ts'
import { ACCOUNT_SECTIONS, type AccountPart, type AccountSection, type AccountsData } from '../account-protocol.ts'
import type { ViewState } from '../protocol.ts'
import { accountHead, balanceRows, fillRows, orderRows, positionRows, type Touch } from './account-rows.ts'
import { FollowedPrices } from './followed-prices.ts'
import { StateMachine, type Verdict } from './state-machine.ts'
import type { Payload, View, ViewContext } from './view.ts'

const EVERY_MS = 250

interface Section {
  value: unknown
  text: string
  /** Version of the view at which it changed last. */
  changedAt: number
}

/** Balances, positions, orders and fills of every account of the server; a delta holds the sections that changed. */
export class AccountView implements View {
  readonly name = 'account'
  version = 0
  private readonly context: ViewContext
  private readonly desk: AccountDesk
  private readonly machine: StateMachine
  private readonly sections = new Map<string, Map<AccountSection, Section>>()
  private readonly prices: FollowedPrices
  private readAtMs = Number.NEGATIVE_INFINITY
  private receiveUs = 0

  constructor(context: ViewContext, desk: AccountDesk) {
    this.context = context
    this.desk = desk
    this.prices = new FollowedPrices(context)
    this.machine = new StateMachine('Loading accounts', context.clock.nowUs())
    this.tick()
  }

  get state(): ViewState {
    return this.machine.state
  }

  get stateVersion(): number {
    return this.machine.version
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const accounts = this.desk.accounts.flatMap(({ account }) => {
      const part = this.partOf(account.name, since ?? 0)
      return part === undefined ? [] : [part]
    })
    const data: AccountsData = { accounts }
    const type = since === undefined ? 'snapshot' : 'delta'
    return { type, exchangeUs: 0, receiveUs: this.receiveUs, content: { as: 'json', data } }
  }

  tick(): void {
    const { clock } = this.context
    const nowMs = clock.monotonicMs()
    const nowUs = clock.nowUs()
    if (nowMs - this.readAtMs >= EVERY_MS) {
      this.readAtMs = nowMs
      this.read(nowUs)
    }
    const verdict = verdictOf(this.desk.accounts, nowUs)
    this.machine.judge({ ...verdict, text: this.context.scrub(verdict.text) }, nowMs, nowUs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.prices[Symbol.dispose]()
  }

  private read(nowUs: number): void {
    const next = this.version + 1
    let hasChanged = false
    this.followPrices()
    for (const watched of this.desk.accounts) {
      for (const section of ACCOUNT_SECTIONS) {
        if (this.note(watched.account.name, section, this.valueOf(watched, section, nowUs), next)) hasChanged = true
      }
    }
    if (!hasChanged) return
    this.version = next
    this.receiveUs = nowUs
  }

  private valueOf(watched: WatchedAccount, section: AccountSection, nowUs: number): unknown {
    const touchOf = (instrument: InstrumentId): Touch | undefined => this.prices.touch(instrument)
    switch (section) {
      case 'head':
        return accountHead(watched, nowUs, watched.sources.marginCall(this.context.clock.nowUs()), this.context.scrub)
      case 'balances':
        return balanceRows(watched)
      case 'positions':
        return positionRows(watched, touchOf)
      case 'orders':
        return orderRows(watched, touchOf)
      case 'fills':
        return fillRows(watched)
    }
  }

  /** @returns whether it differs from what was known */
  private note(account: string, name: AccountSection, value: unknown, version: number): boolean {
    const sections = this.sections.get(account) ?? new Map<AccountSection, Section>()
    this.sections.set(account, sections)
    const text = JSON.stringify(value)
    const known = sections.get(name)
    if (known?.text === text) return false
    sections.set(name, { value, text, changedAt: version })
    return true
  }

  private partOf(name: string, since: number): AccountPart | undefined {
    const changed = [...(this.sections.get(name) ?? [])].filter(([, section]) => section.changedAt > since)
    if (changed.length === 0) return undefined
    return { name, ...Object.fromEntries(changed.map(([section, { value }]) => [section, value])) }
  }

  /** The prices of what is held or ordered, while somebody looks. */
  private followPrices(): void {
    const held = new Set<InstrumentId>()
    const wanted = new Set<InstrumentId>()
    for (const { account } of this.desk.accounts) {
      for (const { instrument } of account.positions().values()) held.add(instrument)
      for (const { instrument } of account.openOrders().values()) wanted.add(instrument)
    }
    for (const instrument of held) this.prices.follow(instrument, 'markPrice')
    for (const instrument of [...held, ...wanted]) this.prices.follow(instrument, 'quote')
    this.prices.forget(new Set([...held, ...wanted]))
  }
}

/** The worst of the accounts speaks for the panel. */
function verdictOf(accounts: readonly WatchedAccount[], nowUs: number): Verdict {
  if (accounts.length === 0) return { kind: 'empty', text: NO_KEYS }
  const refused = accounts.find(({ account }) => account.phase === 'refused')
  if (refused !== undefined) return refusalOf(refused, accounts)
  for (const phase of ['closed', 'stale', 'connecting', 'reconciling'] as const) {
    const found = accounts.find(({ account }) => account.phase === phase)
    if (found !== undefined) return troubleOf(found, nowUs)
  }
  const ages = accounts.map(({ account }) => account.ageMs ?? 0)
  return { kind: 'live', text: 'accounts', lastEventUs: Math.round(nowUs - Math.min(...ages) * 1000) }
}

const NO_KEYS =
  'No keys are configured. Set TICKWIRE_<VENUE>_KEY and _SECRET in the environment or in .env and start the server again; docs/ACCOUNT.md says how.'

/** Of several accounts the others are still shown. */
function refusalOf({ account }: WatchedAccount, accounts: readonly WatchedAccount[]): Verdict {
  const isAlone = accounts.every(one => one.account.phase === 'refused')
  return { kind: isAlone ? 'error' : 'stale', text: `${account.name}: ${account.cause ?? 'the key was refused'}` }
}

function troubleOf({ account, sources }: WatchedAccount, nowUs: number): Verdict {
  const { name, phase, cause, ageMs } = account
  const text = `${name}: ${cause ?? phase}`
  const wasKnown = sources.source('balances') !== undefined
  if (phase === 'reconciling') return { kind: 'backfilling', text: 'reconciling' }
  if (phase === 'connecting' && !wasKnown) return { kind: 'loading', text: `Connecting ${name}` }
  return { kind: 'stale', text, ...(ageMs === undefined ? {} : { lastEventUs: Math.round(nowUs - ageMs * 1000) }) }
}
