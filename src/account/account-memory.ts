import type { BalanceEvent } from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import type { FillMark } from './fill-ledger.ts'
import type { KnownOrder } from './order-ledger.ts'

/** An execution that was delivered. */
export interface DeliveredFill {
  readonly instrument: InstrumentId
  /** `orderId|tradeId` */
  readonly key: string
  readonly orderId: string
  readonly quantity: string
}

/** What an account has to know after a restart, so that every fill made meanwhile comes, and none comes twice. */
export interface AccountRecord {
  /** Fills before this moment are not delivered. */
  readonly beginUs: EpochUs
  /** When everything was compared last. */
  readonly comparedUs: EpochUs
  readonly fills: ReadonlyMap<InstrumentId, FillMark>
  readonly openOrders: readonly KnownOrder[]
  readonly balances: readonly { readonly event: BalanceEvent; readonly timeUs: EpochUs }[]
}

/** Where accounts remember over restarts. Calls are synchronous: a fill is noted before anybody is told of it. */
export interface AccountMemory {
  /** What was saved last, with everything that was noted since; undefined for an account that was never saved. */
  load(account: string): { readonly record: AccountRecord; readonly noted: readonly DeliveredFill[] } | undefined
  /** Replaces what was saved and noted. */
  save(account: string, record: AccountRecord): void
  /** Cheap, and durable against the death of the process. */
  note(account: string, fill: DeliveredFill): void
}

/** For tests, and for feeds that come and go within one process. */
export function memoryInProcess(): AccountMemory {
  const records = new Map<string, { record: AccountRecord; noted: DeliveredFill[] }>()
  return {
    load: account => records.get(account),
    save: (account, record) => {
      records.set(account, { record, noted: [] })
    },
    note: (account, fill) => {
      records.get(account)?.noted.push(fill)
    },
  }
}
