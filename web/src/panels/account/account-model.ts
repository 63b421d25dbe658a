import { signal } from '@preact/signals'
import type {
  AccountHead,
  AccountPart,
  BalanceRow,
  FillRow,
  OrderRow,
  PositionRow,
} from '../../../../src/server/account-protocol.ts'
import type { PanelData } from '../../link/messages.ts'
import { listen } from '../../state/client.ts'

export interface ShownAccount {
  readonly name: string
  readonly head: AccountHead
  readonly balances: readonly BalanceRow[]
  readonly positions: readonly PositionRow[]
  readonly orders: readonly OrderRow[]
  readonly fills: readonly FillRow[]
}

export const accountModel = signal<readonly ShownAccount[]>([])
/** Name of the account that is looked at; undefined for all of them. */
export const chosenAccount = signal<string | undefined>(undefined)

listen('account', accept, () => {
  accountModel.value = []
})

function accept(message: PanelData): void {
  if (message.content.as !== 'json') return
  const { data } = message.content
  if (!isAccounts(data)) return
  const known = new Map(message.isSnapshot ? [] : accountModel.value.map(one => [one.name, one]))
  for (const part of data.accounts) {
    const merged = merge(known.get(part.name), part)
    if (merged !== undefined) known.set(part.name, merged)
  }
  accountModel.value = [...known.values()]
}

/** A delta holds the sections that changed. */
function merge(before: ShownAccount | undefined, part: AccountPart): ShownAccount | undefined {
  const head = part.head ?? before?.head
  if (head === undefined) return undefined
  return {
    name: part.name,
    head,
    balances: part.balances ?? before?.balances ?? [],
    positions: part.positions ?? before?.positions ?? [],
    orders: part.orders ?? before?.orders ?? [],
    fills: part.fills ?? before?.fills ?? [],
  }
}

function isAccounts(data: unknown): data is { readonly accounts: readonly AccountPart[] } {
  return typeof data === 'object' && data !== null && 'accounts' in data && Array.isArray(data.accounts)
}
