import type {
  AccountDataEvent,
  AccountEvent,
  AccountGapEvent,
  AccountPhase,
  BalanceEvent,
  FillEvent,
  OrderEvent,
} from '../model/account-event.ts'
import { AbortedError, AuthError, ConfigError, errorLine } from '../model/error.ts'
import { type InstrumentId, instrumentId } from '../model/instrument.ts'
import { type DurationMs, epochUs } from '../model/time.ts'
import { nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Random } from '../net/random.ts'
import type { ServerClock } from '../net/server-clock.ts'
import type { AccountAdapter } from '../venue/account-adapter.ts'
import type { Account, PositionView, ReconcileReport } from './account.ts'
import { AccountRunner, type RunnerOptions } from './account-runner.ts'
import { balancesOf, fillsOf, type MarketView, marginRatioOf, openOrdersOf, positionsOf } from './account-view.ts'
import type { Ledger } from './ledger.ts'
import type { MemoryKeeper } from './memory-keeper.ts'
import type { PrivateRest } from './private-rest.ts'
import { Publisher } from './publisher.ts'

export interface LiveAccountOptions {
  readonly name: string
  readonly adapter: AccountAdapter
  readonly clock: Clock
  readonly random: Random
  readonly rest: PrivateRest
  readonly serverClock: ServerClock
  readonly memory: MemoryKeeper
  readonly market: MarketView
  readonly allowWithdrawals: boolean
  readonly running: Omit<
    RunnerOptions,
    'adapter' | 'clock' | 'random' | 'rest' | 'serverClock' | 'memory' | 'ledger' | 'comparedUs' | 'signal'
  >
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

const RESOLVE_WITHIN_MS: DurationMs = 10_000
const PERMISSION_TRIES = 2

/** One account as its user sees it. It starts by itself, and is stopped by disposing it. */
export class LiveAccount implements Account {
  readonly name: string
  readonly venue: string
  readonly ready: Promise<void>
  phase: AccountPhase = 'connecting'
  cause: string | undefined
  lastReport: ReconcileReport | undefined
  observerErrors = 0
  private readonly options: LiveAccountOptions
  private readonly publisher: Publisher
  private readonly controller = new AbortController()
  private ledger: Ledger | undefined
  private runner: AccountRunner | undefined
  private refusal: AuthError | undefined
  private provenMs: number | undefined
  private becomeReady: (() => void) | undefined
  private failReady: ((error: Error) => void) | undefined

  constructor(options: LiveAccountOptions) {
    this.options = options
    this.name = options.name
    this.venue = options.adapter.venue
    this.publisher = new Publisher(error => this.observerFailed(error))
    this.ready = new Promise((resolve, reject) => {
      this.becomeReady = resolve
      this.failReady = reject
    })
    this.ready.catch(() => undefined)
  }

  get synced(): boolean {
    return this.phase === 'synced'
  }

  get ageMs(): DurationMs | undefined {
    return this.provenMs === undefined ? undefined : this.options.clock.monotonicMs() - this.provenMs
  }

  get marginRatio(): number | undefined {
    return this.ledger === undefined ? undefined : marginRatioOf(this.ledger)
  }

  start(): void {
    void this.begin().catch((error: unknown) => {
      if (error instanceof AuthError) this.refused(error)
      else if (!this.controller.signal.aborted) this.options.log('error', `${this.name}: ${errorLine(error)}`)
    })
  }

  balances(): ReadonlyMap<string, BalanceEvent> {
    return this.ledger === undefined ? new Map() : balancesOf(this.ledger)
  }

  positions(): ReadonlyMap<string, PositionView> {
    const { adapter, market } = this.options
    return this.ledger === undefined ? new Map() : positionsOf(this.ledger, adapter, market)
  }

  openOrders(): ReadonlyMap<string, OrderEvent> {
    return this.ledger === undefined ? new Map() : openOrdersOf(this.ledger)
  }

  fills(limit = 100): readonly FillEvent[] {
    return this.ledger === undefined ? [] : fillsOf(this.ledger, limit)
  }

  observe(fn: (event: AccountEvent) => void): Disposable {
    return this.publisher.observe(fn)
  }

  subscribe(): AsyncIterable<readonly AccountEvent[]> & AsyncDisposable {
    return this.publisher.subscribe()
  }

  async reconcile(cause = 'the user asked'): Promise<ReconcileReport> {
    return await this.mustRun().compare(cause)
  }

  async resolveOrder(
    instrument: InstrumentId | string,
    clientOrderId: string,
    withinMs: DurationMs = RESOLVE_WITHIN_MS,
  ): Promise<OrderEvent | undefined> {
    return await this.mustRun().resolveOrder(instrumentId(instrument), clientOrderId, withinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.phase === 'closed') return
    this.controller.abort()
    this.runner?.close()
    this.setPhase('closed')
    this.publisher.end()
    this.failReady?.(new AbortedError(`${this.name}: the account was disposed before it was synced`))
    await Promise.resolve()
  }

  /** Where everything counts from: the venue's time, and what is remembered of an earlier run. */
  private async begin(): Promise<void> {
    const { memory, running, allowWithdrawals, rest, serverClock, adapter, clock, random } = this.options
    const { signal } = this.controller
    this.publish({ ...this.stateBase(), kind: 'accountState', phase: 'connecting' })
    const nowMs = await this.venueTimeMs()
    if (nowMs === undefined) return
    if (!allowWithdrawals) await this.checkPermissions()
    if (signal.aborted) return
    const { ledger, comparedUs, forgot } = memory.open(epochUs(nowMs * 1000))
    this.ledger = ledger
    if (forgot !== undefined) this.publish({ ...this.stateBase(), kind: 'accountGap', what: 'fills', reason: forgot })
    const options = { ...running, adapter, clock, random, rest, serverClock, memory, ledger, comparedUs, signal }
    this.runner = new AccountRunner(options, {
      event: event => this.tell(event),
      phase: (phase, cause, differences) => this.setPhase(phase, cause, differences),
      compared: report => {
        this.lastReport = report
        this.provenMs = clock.monotonicMs()
      },
      refused: error => this.refused(error),
      log: message => this.options.log('warn', `${this.name}: ${message}`),
    })
    this.runner.start()
  }

  /** Undefined when the account was disposed meanwhile. */
  private async venueTimeMs(): Promise<number | undefined> {
    const { serverClock, clock, random } = this.options
    const { signal } = this.controller
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await serverClock.timestampMs()
      } catch (error) {
        this.setPhase('connecting', `the venue's time could not be had: ${errorLine(error)}`)
        await sleep(clock, nextDelay(attempt, random), signal)
      }
    }
    return undefined
  }

  /** @throws AuthError for a key that may withdraw, or may not read */
  private async checkPermissions(): Promise<void> {
    const { adapter, rest, log } = this.options
    const { permissions } = adapter.reads
    if (permissions === undefined) return
    try {
      const { canRead, canWithdraw } = await rest.read(permissions, undefined, this.controller.signal, PERMISSION_TRIES)
      if (!canRead) throw rest.refusedKey('it lacks the right to read', undefined)
      if (!canWithdraw) return
      const text = 'it has the right to withdraw, which nothing here needs: take it away, or set allowWithdrawals'
      throw rest.refusedKey(text, undefined)
    } catch (error) {
      if (error instanceof AuthError || this.controller.signal.aborted) throw error
      log('warn', `${this.name}: what the key may do could not be read: ${errorLine(error)}`)
    }
  }

  private tell(event: AccountDataEvent | AccountGapEvent): void {
    if (event.origin === 'stream') this.provenMs = this.options.clock.monotonicMs()
    this.publish(event)
  }

  private setPhase(phase: AccountPhase, cause?: string, differences?: number): void {
    if (this.phase === 'refused' && phase !== 'closed') return
    const isSame = this.phase === phase && (phase === 'synced' || this.cause === cause)
    this.phase = phase
    this.cause = phase === 'synced' ? undefined : cause
    if (phase === 'synced') this.becomeReady?.()
    if (isSame && (differences ?? 0) === 0) return
    const detail = { ...(cause === undefined ? {} : { cause }), ...(differences === undefined ? {} : { differences }) }
    this.publish({ ...this.stateBase(), kind: 'accountState', phase, ...detail })
  }

  /** Once: nothing is tried any more, so that no storm of attempts turns a wrong key into a ban. */
  private refused(error: AuthError): void {
    if (this.refusal !== undefined || this.phase === 'closed') return
    this.refusal = error
    this.controller.abort()
    this.runner?.close()
    this.setPhase('refused', error.message)
    this.options.log('error', `${this.name}: ${error.message}`)
    this.failReady?.(error)
  }

  private publish(event: AccountEvent): void {
    this.publisher.publish(event)
  }

  private stateBase(): Pick<AccountEvent, 'account' | 'origin' | 'receiveTimeUs'> {
    return { account: this.name, origin: 'reconcile', receiveTimeUs: this.options.clock.nowUs() }
  }

  private observerFailed(error: unknown): void {
    this.observerErrors++
    if (this.observerErrors === 1 || this.observerErrors % 1000 === 0)
      this.options.log('error', `${this.name}: an observer threw (${this.observerErrors} so far): ${errorLine(error)}`)
  }

  private mustRun(): AccountRunner {
    if (this.refusal !== undefined) throw this.refusal
    if (this.phase === 'closed') throw new ConfigError(`the account ${this.name} has been disposed.`)
    if (this.runner === undefined) throw new ConfigError(`the account ${this.name} is not connected yet: await ready.`)
    return this.runner
  }
}
