import type { AccountSetup } from '../account-options.ts'
import type { Amount } from '../amount.ts'
import { rateAmount } from '../amount.ts'
import { isOpen } from '../order.ts'
import { OrderStore } from '../order-store.ts'
import type { UserStream } from '../user-stream.ts'
import type { SpotFill, SpotOrder, SpotPrevention } from './spot-order.ts'
import type { SpotOrderList } from './spot-order-list.ts'

export interface SpotBalance {
  readonly asset: string
  free: Amount
  locked: Amount
}

export type SpotAccountType = 'SPOT' | 'MARGIN' | 'ISOLATED_MARGIN'

/** Fills kept per account, and order lists that have ended. */
const mostKept = 50_000
const mostLists = 2000

/** What one spot account owns and has on order. */
export class SpotAccount {
  readonly name: string
  readonly owner: number
  readonly type: SpotAccountType
  readonly makerRate: Amount
  readonly takerRate: Amount
  readonly stream: UserStream
  readonly balances = new Map<string, SpotBalance>()
  readonly orders = new OrderStore<SpotOrder>()
  readonly fills: SpotFill[] = []
  readonly preventions: SpotPrevention[] = []
  readonly lists = new Map<number, SpotOrderList>()
  updatedMs = 0

  constructor(setup: AccountSetup, owner: number, stream: UserStream, type: SpotAccountType = 'SPOT') {
    this.name = setup.account
    this.owner = owner
    this.type = type
    this.makerRate = rateAmount(setup.makerFee)
    this.takerRate = rateAmount(setup.takerFee)
    this.stream = stream
    if (type !== 'SPOT') return
    for (const [asset, free] of setup.balances) this.balances.set(asset, { asset, free, locked: 0n })
  }

  balance(asset: string): SpotBalance {
    let balance = this.balances.get(asset)
    if (balance === undefined) {
      balance = { asset, free: 0n, locked: 0n }
      this.balances.set(asset, balance)
    }
    return balance
  }

  addFill(fill: SpotFill): void {
    keep(this.fills, fill)
  }

  addPrevention(row: SpotPrevention): void {
    keep(this.preventions, row)
  }

  addList(list: SpotOrderList): void {
    this.lists.set(list.id, list)
    if (this.lists.size <= mostLists) return
    for (const [id, known] of this.lists) {
      if (known.orders.some(isOpen)) continue
      this.lists.delete(id)
      return
    }
  }

  openLists(): readonly SpotOrderList[] {
    return [...this.lists.values()].filter(({ status }) => status === 'EXECUTING')
  }
}

function keep<T>(rows: T[], row: T): void {
  rows.push(row)
  if (rows.length > mostKept * 1.1) rows.splice(0, rows.length - mostKept)
}
