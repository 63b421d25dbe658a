import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { divide, tradeValue } from '../amount.ts'
import type { SpotTrader } from './spot-trader.ts'

/** How often what is owned may be borrowed on top of it. */
const mostBorrowed = 2n

/** A margin account: it trades like a spot account, with money that is partly borrowed. */
export class MarginDesk {
  readonly trader: SpotTrader
  /** The one symbol of an isolated account. */
  readonly symbol: string | undefined
  readonly debts = new Map<string, Amount>()
  private lastId = 40_210_000_000

  constructor(trader: SpotTrader, symbol: string | undefined) {
    this.trader = trader
    this.symbol = symbol
  }

  debt(asset: string): Amount {
    return this.debts.get(asset) ?? 0n
  }

  nextId(): number {
    return ++this.lastId
  }

  /** @throws RestError -3006 when that is more than the account is good for, -3027 for an asset it cannot hold */
  borrow(asset: string, amount: Amount): void {
    this.checkAsset(asset)
    if (this.worth(asset, amount) + this.owed() > this.net() * mostBorrowed) {
      throw badRequest(-3006, 'Your borrow amount has exceed maximum borrow amount.')
    }
    this.debts.set(asset, this.debt(asset) + amount)
    this.trader.transfer(asset, amount)
  }

  /** @throws RestError -3015 for more than is owed, -3041 for more than there is */
  repay(asset: string, amount: Amount): void {
    this.checkAsset(asset)
    if (amount > this.debt(asset)) throw badRequest(-3015, 'Repay amount exceeds borrow amount.')
    if (this.trader.account.balance(asset).free < amount) throw badRequest(-3041, 'Balance is not enough')
    this.debts.set(asset, this.debt(asset) - amount)
    this.trader.transfer(asset, -amount)
  }

  /** Moves money in, or out. @throws RestError -3020 when what is left would not cover the debts */
  move(asset: string, change: Amount): void {
    this.checkAsset(asset)
    if (change < 0n && this.owed() > (this.net() + this.worth(asset, change)) * mostBorrowed) {
      throw badRequest(-3020, 'Transfer out amount exceeds max amount.')
    }
    this.trader.transfer(asset, change)
  }

  /** What is owned in relation to what is owed, as text; 999 without debts. */
  level(): string {
    const owed = this.owed()
    if (owed === 0n) return '999.00000000'
    return (Number(this.net() + owed) / Number(owed)).toFixed(8)
  }

  /** In dollars. */
  net(): Amount {
    let sum = 0n
    for (const { asset, free, locked } of this.trader.account.balances.values()) sum += this.worth(asset, free + locked)
    return sum - this.owed()
  }

  owed(): Amount {
    let sum = 0n
    for (const [asset, amount] of this.debts) sum += this.worth(asset, amount)
    return sum
  }

  private worth(asset: string, amount: Amount): Amount {
    if (asset === 'USDT') return amount
    const listed = this.trader.floor.source.listed.get(`${asset}USDT`)
    if (listed === undefined) return 0n
    const { instrument } = listed.market
    const one = 10 ** instrument.quantityDecimals
    return divide(amount * tradeValue(instrument, this.trader.floor.lastPrice(instrument.symbol), one), 100_000_000n)
  }

  /** @throws RestError -3027 */
  private checkAsset(asset: string): void {
    const symbols = this.symbol === undefined ? [...this.trader.floor.source.listed.keys()] : [this.symbol]
    const isKnown = symbols.some(name => {
      const { baseAsset, quoteAsset } = this.trader.floor.instrument(name)
      return asset === baseAsset || asset === quoteAsset
    })
    if (!isKnown) throw badRequest(-3027, 'Not a valid margin asset.')
  }
}
