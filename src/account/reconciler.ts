import type { AccountDataEvent, AccountGapEvent } from '../model/account-event.ts'
import { AbortedError } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { ReconcileReport } from './account.ts'
import { fillCandidates, type Traces } from './candidates.ts'
import { applyView, gapOf } from './compare.ts'
import type { Ledger } from './ledger.ts'
import {
  inGroups,
  REST_LAG_US,
  type ReadTools,
  type RestView,
  readFills,
  readOpenOrders,
  readStates,
  readTraded,
  readVanished,
} from './rest-view.ts'

export interface ReconcilerOptions extends ReadTools {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly traces: Traces
  readonly named: readonly InstrumentId[]
  /** When everything was compared last, before this process; undefined when never. */
  readonly comparedUs: EpochUs | undefined
  /** To find the pairs of assets that moved; asked only where the venue does not tell what traded. */
  readonly table: () => Promise<ReadonlyMap<InstrumentId, Instrument> | undefined>
  /** Differences, in order, at once after they were applied. */
  readonly onApplied: (events: readonly (AccountDataEvent | AccountGapEvent)[]) => void
}

export interface Comparing {
  readonly cause: string
  /** Everything that was ever traded is asked for, not only what moved. */
  readonly isThorough: boolean
}

/** What stream and REST disagree about is asked for again so often, each time a second later. */
const MOST_LOOKS = 6
/** REST that lagged at the first look may not have listed an order that was there. */
const FIRST_LOOK_MARGIN_US = 10_000_000
/** `traded` may be told late. */
const TRADED_MARGIN_US = 300_000_000

/** Compares the account with REST, one comparison at a time; what is asked for meanwhile becomes one more. */
export class Reconciler {
  private readonly options: ReconcilerOptions
  private running: Promise<ReconcileReport> | undefined
  private next: { comparing: Comparing; readonly promise: Promise<ReconcileReport> } | undefined
  private isFirstLook: boolean
  private areSettingsRead = false
  /** When the last whole comparison was begun, by the venue's time. */
  comparedUs: EpochUs | undefined

  constructor(options: ReconcilerOptions) {
    this.options = options
    this.comparedUs = options.comparedUs
    this.isFirstLook = options.comparedUs === undefined
    if (!this.isFirstLook) options.ledger.firstLookUs = 0
  }

  get isRunning(): boolean {
    return this.running !== undefined
  }

  /** @throws HttpError, RateLimited, DecodeError, AbortedError, AuthError */
  async compare(comparing: Comparing): Promise<ReconcileReport> {
    const { running } = this
    if (running === undefined) return await this.begin(comparing)
    if (this.next !== undefined) {
      const { cause, isThorough } = this.next.comparing
      this.next.comparing = { cause, isThorough: isThorough || comparing.isThorough }
      return await this.next.promise
    }
    const promise = running
      .catch(() => undefined)
      .then(() => {
        const asked = this.next?.comparing ?? comparing
        this.next = undefined
        return this.begin(asked)
      })
    this.next = { comparing, promise }
    return await promise
  }

  /** Balances and positions only. True when nothing is disputed. @throws as `compare` */
  async refresh(): Promise<boolean> {
    const askedUs = await this.serverUs()
    const states = await readStates(this.options, false)
    return this.apply({ askedUs, openOrders: [], states, vanished: [], fills: [] }).disputed.length === 0
  }

  private begin(comparing: Comparing): Promise<ReconcileReport> {
    const run = this.run(comparing).finally(() => {
      if (this.running === run) this.running = undefined
    })
    this.running = run
    return run
  }

  private async run({ cause, isThorough }: Comparing): Promise<ReconcileReport> {
    const { clock, traces, signal, ledger } = this.options
    const beganMs = clock.monotonicMs()
    const found: (AccountDataEvent | AccountGapEvent)[] = []
    for (let look = 1; ; look++) {
      const view = await this.read(isThorough)
      const { events, disputed } = this.apply(view)
      if (this.isFirstLook) ledger.firstLookUs = (await this.serverUs()) + FIRST_LOOK_MARGIN_US
      this.isFirstLook = false
      found.push(...events)
      const isSettled = disputed.length === 0 && ledger.orders.lacking().length === 0
      if (isSettled || look >= MOST_LOOKS) {
        if (!isSettled) this.giveUp()
        this.comparedUs = view.askedUs
        ledger.fills.compared(view.askedUs)
        break
      }
      await sleep(clock, look * 1000, signal)
      if (signal.aborted) throw new AbortedError('the comparison was aborted')
    }
    traces.forget(beganMs)
    const count = (kind: AccountDataEvent['kind']): number => found.filter(event => event.kind === kind).length
    return {
      cause,
      tookMs: clock.monotonicMs() - beganMs,
      orders: count('order'),
      fills: count('fill'),
      balances: count('balance'),
      positions: count('position'),
    }
  }

  private apply(view: RestView): ReturnType<typeof applyView> {
    const { ledger, clock, onApplied } = this.options
    const result = applyView(ledger, view, { receiveTimeUs: clock.nowUs(), isFirstLook: this.isFirstLook })
    onApplied(result.events)
    return result
  }

  private async read(isThorough: boolean): Promise<RestView> {
    const { ledger, traces, named, adapter } = this.options
    const askedUs = await this.serverUs()
    const sinceUs = epochUs(Math.max(ledger.beginUs, (this.comparedUs ?? ledger.beginUs) - TRADED_MARGIN_US))
    const openOrders = await readOpenOrders(this.options)
    const [states, traded] = await Promise.all([
      readStates(this.options, !this.areSettingsRead),
      readTraded(this.options, sinceUs),
    ])
    this.areSettingsRead = true
    const vanished = await readVanished(this.options, ledger, openOrders)
    const table = adapter.reads.traded === undefined ? await this.options.table() : undefined
    const ended = vanished.map(({ found }) => found).filter(order => order !== undefined)
    const listed = openOrders
    const instruments = fillCandidates({ ledger, traces, named, listed, ended, states, traded, table, isThorough })
    // After the totals: what moved them has its fills by now.
    const fills = await inGroups(instruments, instrument => readFills(this.options, ledger, instrument))
    return { askedUs, openOrders, states, vanished, fills }
  }

  /** The venue says that more was filled than it has fills to show. */
  private giveUp(): void {
    const { ledger, clock, onApplied } = this.options
    const gaps = ledger.orders.lacking().map(order => {
      const { instrument, orderId, filledQuantity } = order.event
      ledger.orders.giveUpFills(order)
      const reason = `fills of order ${orderId} are missing: ${order.filledSeen} of ${filledQuantity} were told`
      const times = { fromUs: epochUs(order.timeUs - REST_LAG_US), toUs: order.timeUs }
      return gapOf(ledger, clock.nowUs(), 'fills', { instrument, ...times, reason })
    })
    onApplied(gaps)
  }

  private async serverUs(): Promise<EpochUs> {
    return epochUs((await this.options.serverClock.timestampMs()) * 1000)
  }
}
