import type { AccountSetup } from '../account-options.ts'
import type { Amount } from '../amount.ts'
import { rateAmount } from '../amount.ts'
import { OrderStore } from '../order-store.ts'
import type { UserStream } from '../user-stream.ts'
import type { SpotFill, SpotOrder } from './spot-order.ts'

export interface SpotBalance {
  readonly asset: string
  free: Amount
  locked: Amount
}

/** Fills kept per account. */
const mostKept = 50_000

/** What one spot account owns and has on order. */
export class SpotAccount {
  readonly name: string
  readonly owner: number
  readonly makerRate: Amount
  readonly takerRate: Amount
  readonly stream: UserStream
  readonly balances = new Map<string, SpotBalance>()
  readonly orders = new OrderStore<SpotOrder>()
  readonly fills: SpotFill[] = []
  updatedMs = 0

  constructor(setup: AccountSetup, owner: number, stream: UserStream) {
    this.name = setup.account
    this.owner = owner
    this.makerRate = rateAmount(setup.makerFee)
    this.takerRate = rateAmount(setup.takerFee)
    this.stream = stream
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
    this.fills.push(fill)
    if (this.fills.length > mostKept * 1.1) this.fills.splice(0, this.fills.length - mostKept)
  }
}
