import type { Account } from '../account/account.ts'
import { TableSources } from '../account/table-sources.ts'
import type { DecimalText } from '../model/account-event.ts'
import type { InstrumentId } from '../model/instrument.ts'

/** An account that the dashboard shows. */
export interface ServedAccount {
  readonly account: Account
  /** True for one that trades with play money. @default false */
  readonly isSimulated?: boolean
  /** Profit of a position at another price than the mark; undefined where the instrument is not known. */
  readonly pnlAt?: (
    instrument: InstrumentId,
    quantity: DecimalText,
    entryPrice: DecimalText,
    price: DecimalText,
  ) => DecimalText | undefined
}

export interface WatchedAccount extends ServedAccount {
  readonly sources: TableSources
}

/** The accounts of a server, listened to from its start: a margin call is not missed because nobody looked. */
export class AccountDesk implements Disposable {
  readonly accounts: readonly WatchedAccount[]

  constructor(served: readonly ServedAccount[]) {
    this.accounts = served.map(one => ({ ...one, sources: new TableSources(one.account) }))
  }

  [Symbol.dispose](): void {
    for (const { sources } of this.accounts) sources[Symbol.dispose]()
  }
}
