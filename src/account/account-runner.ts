import type { AccountDataEvent, AccountGapEvent, AccountPhase, OrderEvent } from '../model/account-event.ts'
import { AbortedError, AuthError, errorLine } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import { nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Random } from '../net/random.ts'
import type { ServerClock } from '../net/server-clock.ts'
import type { AccountAdapter, AccountUpdate } from '../venue/account-adapter.ts'
import type { ReconcileReport } from './account.ts'
import { Traces } from './candidates.ts'
import { sameDecimal } from './decimal.ts'
import { HiddenChanges } from './hidden-changes.ts'
import { positionKey } from './holdings.ts'
import type { Ledger } from './ledger.ts'
import type { MemoryKeeper } from './memory-keeper.ts'
import { type OpenStream, openUserStream } from './open-user-stream.ts'
import type { PrivateRest } from './private-rest.ts'
import { Reconciler } from './reconciler.ts'
import { Refresher } from './refresher.ts'
import { readOrder } from './rest-view.ts'
import { Suspicions } from './suspicions.ts'
import type { SocketTools, UpdatesMessage } from './user-socket.ts'
import { Vigil } from './vigil.ts'

export interface RunnerOptions {
  readonly adapter: AccountAdapter
  readonly clock: Clock
  readonly random: Random
  readonly rest: PrivateRest
  readonly serverClock: ServerClock
  readonly ledger: Ledger
  readonly memory: MemoryKeeper
  readonly comparedUs: EpochUs | undefined
  readonly named: readonly InstrumentId[]
  readonly reconcileEveryMs: DurationMs
  readonly table: () => Promise<ReadonlyMap<InstrumentId, Instrument> | undefined>
  readonly toolsFor: (url: string) => SocketTools
  readonly rotationAgeMs: () => DurationMs
  readonly signal: AbortSignal
}

export interface RunnerHandlers {
  event(event: AccountDataEvent | AccountGapEvent): void
  phase(phase: AccountPhase, cause?: string, differences?: number): void
  compared(report: ReconcileReport): void
  refused(error: AuthError): void
  log(message: string): void
}

/** Stream events wait so long at most for the comparison that comes before them. */
const HOLD_AT_MOST_MS: DurationMs = 5000
const MOST_HELD = 10_000
/** After a connection, or differences: REST may have lagged behind the engine. */
const LOOK_AGAIN_MS: DurationMs = 2500
const MOST_LOOKS_AGAIN = 3
/** A change of balance that shows in no total for so long is told with the total as it is. */
const CHANGE_SHOWS_WITHIN_US = 15_000_000
/** Answers of one order whose fate is unknown. */
const RESOLVE_EVERY_MS: DurationMs = 500

interface Held {
  readonly update: AccountUpdate
  readonly sentUs: EpochUs
}

/** Everything that runs for one account once its beginning is known: its stream, its comparisons, its suspicions. */
export class AccountRunner {
  private readonly options: RunnerOptions
  private readonly handlers: RunnerHandlers
  private readonly stream: OpenStream
  private readonly reconciler: Reconciler
  private readonly traces = new Traces()
  private readonly suspicions: Suspicions
  private readonly vigil: Vigil
  private held: Held[] | undefined
  private holdTimer: Disposable | undefined
  private againTimer: Disposable | undefined
  private readonly hidden: HiddenChanges
  private readonly refresher: Refresher
  /** Counts confirmations: a comparison is worth as much as the stream that ran meanwhile. */
  private epoch = 0
  private failures = 0
  private looksAgain = 0
  private isClosed = false

  constructor(options: RunnerOptions, handlers: RunnerHandlers) {
    this.options = options
    this.handlers = handlers
    const { adapter, clock, reconcileEveryMs, rest, serverClock, signal } = options
    this.hidden = new HiddenChanges(clock)
    this.refresher = new Refresher(
      clock,
      () => this.refresh(),
      error => this.failed(error, 'balances could not be read'),
    )
    this.suspicions = new Suspicions(adapter.reads.state.some(({ complete }) => complete.includes('positions')))
    this.reconciler = new Reconciler({
      ...options,
      traces: this.traces,
      onApplied: events => {
        this.hidden.look(events, this.serverNowUs(), this.stream.updates === 0)
        this.tellAll(events)
      },
    })
    this.stream = openUserStream(
      {
        adapter,
        rest,
        serverClock,
        random: options.random,
        toolsFor: options.toolsFor,
        rotationAgeMs: options.rotationAgeMs,
      },
      {
        confirmed: () => this.confirmed(),
        doubtful: cause => this.doubtful(cause),
        updates: message => this.updates(message),
        unreadable: reason => this.suspect(`a message could not be read: ${reason}`),
        refused: error => this.handlers.refused(error),
        trouble: message => this.handlers.log(message),
      },
    )
    this.vigil = new Vigil(clock, reconcileEveryMs, signal, {
      hasOpenOrders: () => options.ledger.orders.openCount > 0,
      isUnproven: () => this.stream.isConfirmed && this.stream.isUnproven,
      isBusy: () => this.reconciler.isRunning || !this.stream.isConfirmed,
      compare: cause => this.compareInBackground(cause, false),
      woke: () => this.woke(),
      silent: () => this.stream.prove(),
      tick: nowMs => this.lookForSuspicion(nowMs),
    })
  }

  start(): void {
    this.handlers.phase('connecting')
    this.vigil.start()
    this.stream.start()
  }

  close(): void {
    this.isClosed = true
    this.vigil.stop()
    this.stream.close()
    this.refresher.close()
    for (const timer of [this.holdTimer, this.againTimer]) timer?.[Symbol.dispose]()
    const { memory, ledger } = this.options
    memory.close()
    memory.save(ledger, this.reconciler.comparedUs)
  }

  /** By the user. @throws HttpError, AuthError */
  async compare(cause: string): Promise<ReconcileReport> {
    return await this.run(cause, true)
  }

  /**
   * What became of an order whose answer never came: looked for by the stream and by REST. Undefined when the venue does not
   * know it within `withinMs`: it was not placed.
   */
  async resolveOrder(
    instrument: InstrumentId,
    clientOrderId: string,
    withinMs: DurationMs,
  ): Promise<OrderEvent | undefined> {
    const { clock, ledger, signal } = this.options
    const untilMs = clock.monotonicMs() + withinMs
    for (;;) {
      const known = ledger.orders.findByClientId(instrument, clientOrderId)
      if (known !== undefined) return known.event
      const found = await readOrder(this.options, { instrument, clientOrderId })
      if (found !== undefined) {
        const update = { kind: 'told', event: found.order, timeUs: found.timeUs } as const
        this.tellAll(ledger.tell(update, { origin: 'reconcile' }))
      } else if (clock.monotonicMs() >= untilMs) return undefined
      else await sleep(clock, RESOLVE_EVERY_MS, signal)
      if (signal.aborted) throw new AbortedError('the account was disposed')
    }
  }

  private confirmed(): void {
    this.epoch++
    this.failures = 0
    this.looksAgain = 0
    this.hidden.confirmed(this.serverNowUs())
    this.handlers.phase('reconciling', 'the user stream is connected')
    this.hold()
    this.compareInBackground('the user stream was connected', true)
  }

  private doubtful(cause: string): void {
    if (this.isClosed) return
    this.release()
    this.hidden.doubtful()
    this.handlers.phase('connecting', cause)
  }

  /** Until REST has told what came before, what comes now waits; what warns of a liquidation does not. */
  private hold(): void {
    this.held ??= []
    this.holdTimer?.[Symbol.dispose]()
    this.holdTimer = this.options.clock.setTimer(HOLD_AT_MOST_MS, () => this.release())
  }

  private release(): void {
    this.holdTimer?.[Symbol.dispose]()
    const held = this.held ?? []
    this.held = undefined
    for (const { update, sentUs } of held) this.take(update, sentUs)
  }

  private updates({ updates, eventTimeUs }: UpdatesMessage): void {
    this.vigil.heard()
    for (const update of updates) {
      const isUrgent = update.kind === 'told' && update.event.kind === 'marginCall'
      if (this.held === undefined || isUrgent) this.take(update, eventTimeUs)
      else this.held.push({ update, sentUs: eventTimeUs })
    }
    if (this.held !== undefined && this.held.length > MOST_HELD) this.release()
  }

  private take(update: AccountUpdate, sentUs: EpochUs): void {
    const { ledger, clock } = this.options
    const nowMs = clock.monotonicMs()
    switch (update.kind) {
      case 'fillAhead': {
        const { instrument, orderId, tradeId, timeUs } = update
        if (!ledger.fills.has(instrument, orderId, tradeId))
          this.suspicions.announce(instrument, orderId, tradeId, timeUs, nowMs)
        return
      }
      case 'balanceChange':
        this.suspicions.explained(update.timeUs)
        this.tellAll(ledger.balanceChanged(update.asset, update))
        this.refresher.ask()
        return
      case 'told': {
        const isQuantityMoved = this.isQuantityMoved(update.event)
        const events = ledger.tell(update, { origin: 'stream', sentUs })
        for (const event of events) this.suspicions.told(event, update.timeUs, isQuantityMoved, nowMs)
        this.tellAll(events)
      }
    }
  }

  private isQuantityMoved(event: Extract<AccountUpdate, { kind: 'told' }>['event']): boolean {
    if (event.kind !== 'position') return false
    const known = this.options.ledger.positions.get(positionKey(event))?.event
    return !sameDecimal(known?.quantity ?? '0', event.quantity)
  }

  private tellAll(events: readonly (AccountDataEvent | AccountGapEvent)[]): void {
    const { memory, clock, ledger } = this.options
    if (events.length === 0) return
    const nowMs = clock.monotonicMs()
    for (const event of events) {
      memory.note(event)
      if (event.kind !== 'accountGap') this.traces.note(event, nowMs)
      this.handlers.event(event)
    }
    memory.changed(ledger, () => this.reconciler.comparedUs)
  }

  private lookForSuspicion(nowMs: number): void {
    if (!this.stream.isConfirmed || this.held !== undefined) return
    const suspicion = this.suspicions.due(nowMs)
    if (suspicion === undefined) return
    if (suspicion.kind === 'refresh') {
      this.refresher.ask()
      return
    }
    if (suspicion.instrument !== undefined) this.traces.point(suspicion.instrument, nowMs)
    this.suspect(suspicion.cause)
  }

  private distrustIfHidden(): void {
    const hidden = this.hidden.take()
    if (hidden === undefined) return
    const what = this.stream.updates === 0 ? 'is silent' : 'left something out'
    const reason = `the user stream ${what}: a change (${hidden}) was found by comparing only`
    this.handlers.log(reason)
    this.handlers.phase('stale', reason)
    this.stream.distrust(reason)
  }

  private serverNowUs(): number {
    const { clock, serverClock } = this.options
    return clock.nowUs() + (serverClock.offsetMs ?? 0) * 1000
  }

  private suspect(cause: string): void {
    if (!this.stream.isConfirmed) return
    this.handlers.phase('stale', cause)
    this.compareInBackground(cause, false)
  }

  private woke(): void {
    this.stream.woke()
    if (!this.stream.isConfirmed) return
    this.handlers.phase('stale', 'the computer slept')
    this.compareInBackground('the computer slept', true)
  }

  private compareInBackground(cause: string, isThorough: boolean): void {
    void this.run(cause, isThorough).catch((error: unknown) => this.failed(error, cause))
  }

  private failed(error: unknown, cause: string): void {
    if (this.isClosed || error instanceof AbortedError) return
    if (error instanceof AuthError) {
      this.handlers.refused(error)
      return
    }
    this.release()
    this.failures++
    if (this.stream.isConfirmed) this.handlers.phase('stale', `REST could not be compared: ${errorLine(error)}`)
    this.again(nextDelay(this.failures, this.options.random), cause, true)
  }

  private again(delayMs: DurationMs, cause: string, isThorough: boolean): void {
    this.againTimer?.[Symbol.dispose]()
    this.againTimer = this.options.clock.setTimer(delayMs, () => {
      if (this.stream.isConfirmed) this.compareInBackground(cause, isThorough)
    })
  }

  private async run(cause: string, isThorough: boolean): Promise<ReconcileReport> {
    const { epoch } = this
    const report = await this.reconciler.compare({ cause, isThorough })
    if (this.isClosed) throw new AbortedError('the account was disposed')
    this.vigil.compared()
    this.failures = 0
    this.settled(report, epoch)
    return report
  }

  private settled(report: ReconcileReport, epoch: number): void {
    const { clock } = this.options
    const differences = report.orders + report.fills + report.balances + report.positions
    this.suspicions.judged(differences > 0, clock.monotonicMs())
    this.handlers.compared(report)
    if (!this.stream.isConfirmed || epoch !== this.epoch) return
    this.suspicions.clear()
    this.release()
    this.handlers.phase('synced', report.cause, differences)
    const isFirst = this.looksAgain === 0 && report.cause === 'the user stream was connected'
    if ((differences > 0 || isFirst) && this.looksAgain < MOST_LOOKS_AGAIN) {
      this.looksAgain++
      this.again(LOOK_AGAIN_MS, 'a second look', false)
    } else if (differences === 0) this.looksAgain = 0
    this.distrustIfHidden()
  }

  /** Totals of which the stream told only that they moved. True when they are settled. */
  private async refresh(): Promise<boolean> {
    const { ledger } = this.options
    const isSettled = await this.reconciler.refresh()
    this.tellAll(ledger.flushChanges(epochUs(this.serverNowUs() - CHANGE_SHOWS_WITHIN_US)))
    return isSettled && !ledger.hasPendingChanges
  }
}
