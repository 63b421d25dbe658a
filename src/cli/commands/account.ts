import { setTimeout as delay } from 'node:timers/promises'
import type { Account } from '../../account/account.ts'
import { TableSources } from '../../account/table-sources.ts'
import type { AccountEvent, AccountStateEvent } from '../../model/account-event.ts'
import { AuthError, ConfigError, errorLine } from '../../model/error.ts'
import { systemClock } from '../../net/clock.ts'
import { withoutAmounts } from '../account-amounts.ts'
import { type AccountOptions, type OpenAccounts, openAccounts } from '../account-feed.ts'
import { accountLines } from '../account-table.ts'
import { AccountTally } from '../account-tally.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { Screen } from '../screen.ts'
import { secrets } from '../secrets.ts'
import { unlessStopped } from '../stop.ts'

export interface AccountCommandOptions extends AccountOptions {
  readonly once?: boolean
  readonly hideAmounts?: boolean
}

const FRAME_MS = 250

/** `tickwire account`: orders, fills, balances and positions; a table on a terminal, events when piped. */
export async function account(names: readonly string[], options: AccountCommandOptions): Promise<ExitCode> {
  if (options.once && options.count !== undefined)
    throw new ConfigError('--count: does nothing with --once, which prints what there is.')
  await using opened = await openAccounts(names, options)
  return await showAccounts(opened, options)
}

export async function showAccounts(opened: OpenAccounts, options: AccountCommandOptions): Promise<ExitCode> {
  const { context, accounts } = opened
  const output = new Output(() => context.stop())
  const run = new Run(accounts, context, output, options.hideAmounts ?? false)
  const show = options.once ? run.once() : context.isJson ? run.print() : run.draw(() => opened.followMarks())
  const code = await show
  await output.flush()
  return code
}

class Run {
  private readonly accounts: readonly Account[]
  private readonly context: Context
  private readonly output: Output
  private readonly hideAmounts: boolean
  private readonly tally: AccountTally

  constructor(accounts: readonly Account[], context: Context, output: Output, hideAmounts: boolean) {
    this.accounts = accounts
    this.context = context
    this.output = output
    this.hideAmounts = hideAmounts
    this.tally = new AccountTally(accounts, context)
    for (const one of accounts) this.watchReady(one)
  }

  /** Events as they come, each a line. */
  async print(): Promise<ExitCode> {
    await Promise.all(this.accounts.map(one => this.printOne(one)))
    return this.tally.exitCode()
  }

  /** The tables, redrawn in place. */
  async draw(onFrame: () => void): Promise<ExitCode> {
    const { accounts, context, output } = this
    using watched = this.watchAll()
    using screen = new Screen(output)
    using _divert = context.log.divert(line => screen.above(line))
    let frames = 0
    while (!context.signal.aborted && frames < context.count) {
      onFrame()
      screen.draw(this.lines(watched.sources))
      if (accounts.every(one => one.synced)) frames++
      await delay(FRAME_MS, undefined, { signal: context.signal }).catch(() => undefined)
    }
    screen.draw(this.lines(watched.sources))
    return this.tally.exitCode()
  }

  /** Compares once, prints the state and ends. */
  async once(): Promise<ExitCode> {
    const { accounts, context, output } = this
    using watched = this.watchAll()
    await unlessStopped(Promise.allSettled(accounts.map(one => one.ready)))
    const known = accounts.filter(one => one.synced)
    if (context.isJson) for (const one of known) this.printState(one)
    else if (known.length > 0) for (const line of this.lines(watched.sources, 0)) output.line(line)
    return this.tally.exitCode()
  }

  private lines(sources: readonly TableSources[], rows = process.stdout.rows ?? 0): readonly string[] {
    const { accounts, hideAmounts } = this
    const share = rows === 0 ? 0 : Math.max(12, Math.floor((rows - 1) / accounts.length))
    const options = { rows: share, hideAmounts, nowUs: systemClock.nowUs() }
    const all = accounts.flatMap((one, index) => {
      const source = sources[index]
      return source === undefined ? [] : accountLines(one, source, options)
    })
    return rows === 0 ? all : all.slice(0, Math.max(1, rows - 1))
  }

  private watchAll(): Disposable & { readonly sources: readonly TableSources[] } {
    const sources = this.accounts.map(one => new TableSources(one))
    const observations = this.accounts.map(one => one.observe(event => this.see(event)))
    return {
      sources,
      [Symbol.dispose]() {
        for (const held of [...sources, ...observations]) held[Symbol.dispose]()
      },
    }
  }

  private see(event: AccountEvent): void {
    this.tally.see(event)
    if (this.tally.isHopeless) this.context.stop()
  }

  private async printOne(one: Account): Promise<void> {
    const { context, tally } = this
    await using events = one.subscribe()
    const end = (): void => {
      Promise.resolve(events[Symbol.asyncDispose]()).catch((error: unknown) => context.log.error(errorLine(error)))
    }
    context.signal.addEventListener('abort', end, { once: true })
    if (context.signal.aborted) return
    for await (const batch of events) {
      for (const event of batch) {
        if (tally.data >= context.count) return
        this.see(event)
        this.json(event)
        if (tally.data >= context.count) context.stop()
      }
    }
  }

  private printState(one: Account): void {
    const { name, phase, cause } = one
    const nowUs = systemClock.nowUs()
    for (const event of one.balances().values()) this.json(event)
    for (const event of one.positions().values()) this.json(event)
    for (const event of one.openOrders().values()) this.json(event)
    for (const event of one.fills()) this.json(event)
    const state: AccountStateEvent = {
      kind: 'accountState',
      account: name,
      phase,
      cause,
      origin: 'reconcile',
      receiveTimeUs: nowUs,
    }
    this.json(state)
  }

  /** What the venue says of itself may hold a listen key: nothing known as a secret leaves, not even in data. */
  private json(event: AccountEvent): void {
    const shown = this.hideAmounts ? withoutAmounts(event) : event
    const text = JSON.stringify(shown)
    this.output.line(event.kind === 'accountRaw' ? secrets.scrub(text) : secrets.withoutKnown(text))
  }

  /** A key that is refused is told once, whether by its state or by this. */
  private watchReady(one: Account): void {
    one.ready.catch((error: unknown) => {
      if (this.context.signal.aborted && !(error instanceof AuthError)) return
      if (error instanceof AuthError) this.tally.refuse(one.name)
      else this.context.log.error(`${one.name}: ${errorLine(error)}`)
      if (this.tally.isHopeless) this.context.stop()
    })
  }
}
