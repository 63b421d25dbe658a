import type { Amount } from '../amount.ts'
import { one, tradeValue } from '../amount.ts'
import { adlScore } from './adl-rank.ts'
import type { FuturesAccount } from './futures-account.ts'
import { marginAsset } from './futures-account.ts'
import type { FuturesFloor } from './futures-floor.ts'
import type { Position } from './futures-position.ts'
import type { FuturesTrader } from './futures-trader.ts'

/** What is left of a position that is closed by force, at the price where nothing is left of its margin. */
export interface Leftover {
  readonly account: FuturesAccount
  readonly symbol: string
  readonly isLong: boolean
  readonly price: number
  readonly quantity: number
}

/** The fund of each asset at the start: quote currency, or coins. */
const linearFund = 100_000n * one
const inverseFund = 2n * one

interface Candidate {
  readonly trader: FuturesTrader
  readonly position: Position
  readonly score: number
}

/**
 * Takes over what no book would: the insurance fund while it can bear the loss, then the accounts on the other side, those
 * first that gain most with the most leverage.
 */
export class LossTakers {
  private readonly floor: FuturesFloor
  private readonly traders: () => Iterable<FuturesTrader>
  private readonly funds = new Map<string, Amount>()

  constructor(floor: FuturesFloor, traders: () => Iterable<FuturesTrader>) {
    this.floor = floor
    this.traders = traders
  }

  /** To be called before the leftover itself is booked. @returns units that other accounts have taken over */
  take(leftover: Leftover): number {
    const instrument = this.floor.instrument(leftover.symbol)
    const asset = marginAsset(instrument)
    const fund = this.funds.get(asset) ?? (instrument.isInverse ? inverseFund : linearFund)
    const loss = this.lossOf(leftover)
    if (loss <= fund) {
      this.funds.set(asset, fund - loss)
      return 0
    }
    let left = leftover.quantity
    for (const { trader, position } of this.queue(leftover)) {
      if (left <= 0) break
      const taken = Math.min(left, Math.abs(position.quantity))
      trader.deleverage(position, leftover.price, taken)
      left -= taken
    }
    return leftover.quantity - left
  }

  /** What the fund would lose if it sold at once what it takes; what the book does not take is worth nothing then. */
  private lossOf({ symbol, isLong, price, quantity }: Leftover): Amount {
    const { book, instrument } = this.floor.listed(symbol).market
    let left = quantity
    let loss = 0n
    book.forOrders(isLong ? 'bid' : 'ask', order => {
      const met = Math.min(left, order.remaining)
      const difference = tradeValue(instrument, price, met) - tradeValue(instrument, order.price, met)
      loss += isLong === !instrument.isInverse ? difference : -difference
      left -= met
      return left > 0
    })
    return (loss > 0n ? loss : 0n) + tradeValue(instrument, price, left)
  }

  private queue({ account, symbol, isLong }: Leftover): readonly Candidate[] {
    const candidates: Candidate[] = []
    for (const trader of this.traders()) {
      if (trader.account === account) continue
      for (const position of trader.account.openPositions()) {
        if (position.symbol !== symbol || position.quantity > 0 === isLong) continue
        candidates.push({ trader, position, score: adlScore(trader.account, position, this.floor) })
      }
    }
    return candidates.sort((a, b) => b.score - a.score)
  }
}
