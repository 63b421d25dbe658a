import type {
  AccountEvent,
  AccountPhase,
  BalanceEvent,
  DecimalText,
  FillEvent,
  OrderEvent,
  PositionEvent,
} from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs } from '../model/time.ts'
import type { AccountAdapter } from '../venue/account-adapter.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Credentials } from './credentials.ts'

/** One account of one venue, as a value that is passed to `createFeed`. */
export interface AccountSetup {
  readonly adapter: AccountAdapter
  readonly credentials: Credentials
  /** The user's own name of it. @default the venue, and behind a slash the product where it is not the venue's own */
  readonly name?: string
  /**
   * Instruments whose fills are compared even when nothing points at them. Where the venue cannot tell which instruments
   * traded (spot), the others are found by open orders, by earlier fills and by balances that moved.
   */
  readonly instruments?: readonly (InstrumentId | string)[]
  /** How often REST is compared while everything seems well. @default 300000 */
  readonly reconcileEveryMs?: DurationMs
  /**
   * What is remembered over restarts, so that fills made meanwhile come once: `fileMemory(directory)`.
   * @default nothing: fills count from the start of the feed
   */
  readonly memory?: AccountMemory
  /** Trading keys with the right to withdraw are refused. @default false */
  readonly allowWithdrawals?: boolean
}

/** What the comparison with REST found. */
export interface ReconcileReport {
  readonly cause: string
  readonly tookMs: DurationMs
  /** Events that had to be made because the stream had not told them. */
  readonly orders: number
  readonly fills: number
  readonly balances: number
  readonly positions: number
}

export interface PositionView extends PositionEvent {
  /** From the feed's mark price where one is observed, otherwise the venue's own. */
  readonly markPrice?: DecimalText | undefined
}

/** A readable account and its lifetime. Nothing here sends an order. */
export interface Account extends AsyncDisposable {
  readonly name: string
  readonly venue: string
  readonly phase: AccountPhase
  /** Why it is not synced, in one line. */
  readonly cause: string | undefined
  /** True while everything that happened to the account is known. */
  readonly synced: boolean
  /** Time since the last proof (an event, or a comparison that found nothing); undefined before the first. */
  readonly ageMs: DurationMs | undefined
  /** Resolves when synced for the first time. @throws AuthError when the venue refuses the key */
  readonly ready: Promise<void>
  balances(): ReadonlyMap<string, BalanceEvent>
  /** Keyed by instrument and, in hedge mode, side: `binance-usdm:BTCUSDT` or `binance-usdm:BTCUSDT|long`. */
  positions(): ReadonlyMap<string, PositionView>
  /** By instrument and order id, `binance-usdm:BTCUSDT|42`: a venue's ids are unique per instrument only. */
  openOrders(): ReadonlyMap<string, OrderEvent>
  /** Newest last. @default limit 100, at most what is kept (10,000) */
  fills(limit?: number): readonly FillEvent[]
  /** Maintenance margin over margin balance of cross positions, 1 is liquidation; undefined where it has none. */
  readonly marginRatio: number | undefined
  readonly lastReport: ReconcileReport | undefined
  /** Calls `fn` in the tick of the message. Errors thrown by `fn` are counted and contained. */
  observe(fn: (event: AccountEvent) => void): Disposable
  /** Batched async iterable. Nothing is ever dropped. */
  subscribe(): AsyncIterable<readonly AccountEvent[]> & AsyncDisposable
  /**
   * What became of an order whose answer never came (a timeout, an unknown result): looked for by the stream and by REST, by
   * the id that the client gave it. Undefined when the venue does not know it within `withinMs`: it was not placed. Reads only.
   * @default withinMs 10000
   * @throws HttpError, AuthError
   */
  resolveOrder(
    instrument: InstrumentId | string,
    clientOrderId: string,
    withinMs?: DurationMs,
  ): Promise<OrderEvent | undefined>
  /** Compares with REST now. @throws HttpError, AuthError */
  reconcile(cause?: string): Promise<ReconcileReport>
}
