import type { Account } from '../account/account.ts'
import type { Reading } from './reading.ts'
import type { AlertSource } from './source.ts'

type AccountSource = Extract<AlertSource, { readonly kind: 'account' }>

interface Watched {
  readonly source: AccountSource
  readonly account: Account
}

/** Figures of accounts that are there without any event: an account that has long been synced, a margin that moves with the mark. */
export class AccountFigures {
  private watched: readonly Watched[] = []

  /** @throws ConfigError for an account that is not there */
  set(sources: readonly AlertSource[], accountOf: ((name?: string) => Account) | undefined): void {
    const found = new Map<string, Watched>()
    for (const source of sources) {
      if (source.kind !== 'account' || accountOf === undefined) continue
      if (source.field !== 'synced' && source.field !== 'marginRatio') continue
      found.set(source.text, { source, account: accountOf(source.account) })
    }
    this.watched = [...found.values()]
  }

  /** A second has passed. */
  tick(atUs: number, onReading: (source: string, reading: Reading) => void): void {
    for (const { source, account } of this.watched) {
      const value = source.field === 'synced' ? Number(account.synced) : account.marginRatio
      if (value !== undefined) onReading(source.text, { atUs, timeUs: atUs, value })
    }
  }
}
