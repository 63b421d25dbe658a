import type { InstrumentMarket } from '../market/instrument-market.ts'
import type { BookSide, Fill } from '../market/matching.ts'
import type { SimTrade } from '../tape/candle.ts'
import type { Order, OwnFill } from './order.ts'
import { bookSide, remaining } from './order.ts'

/** Whose orders a desk carries out, and who hears of it. */
export interface Trader<T extends Order = Order> {
  /** Number of the account; never 0, which are the market's own agents. */
  readonly owner: number
  filled(order: T, fill: OwnFill): void
  /** A resting order gave way to the account's own taker. */
  prevented(order: T, taker: T): void
}

export type TakeOutcome = 'done' | 'prevented'

interface Entry<T extends Order> {
  readonly trader: Trader<T>
  readonly order: T
}

/** Brings accounts' orders into one instrument's book, where they meet the agents' by price and time like any other. */
export class OrderDesk<T extends Order> {
  readonly market: InstrumentMarket
  private readonly resting = new Map<number, Entry<T>>()
  private taking: Entry<T> | undefined

  constructor(market: InstrumentMarket) {
    this.market = market
    market.listeners.add({ traded: (trade, atUs, fill) => this.traded(trade, atUs, fill) })
  }

  /** True when all of an order would trade at once, no worse than `limit`, with its own account's orders in the way. */
  wouldFill(trader: Trader<T>, order: T, limit: number | undefined): boolean {
    const side = bookSide(order.side)
    const wanted = remaining(order)
    let found = 0
    this.market.book.forOrders(opposite[side], resting => {
      if (found >= wanted || isWorse(side, resting.price, limit)) return false
      const isOwn = resting.owner === trader.owner && order.stp !== 'NONE'
      if (!isOwn) found += resting.remaining
      return !isOwn || order.stp === 'EXPIRE_MAKER'
    })
    return found >= wanted
  }

  /** The first of the account's own orders that an order would meet. */
  ownInTheWay(trader: Trader<T>, order: T, limit: number | undefined): T | undefined {
    const side = bookSide(order.side)
    let found: T | undefined
    this.market.book.forOrders(opposite[side], resting => {
      if (isWorse(side, resting.price, limit)) return false
      if (resting.owner === trader.owner) found = this.resting.get(resting.id)?.order
      return found === undefined
    })
    return found
  }

  /** Trades what can be traded now. Own orders in the way are dealt with as the order's mode says. */
  take(trader: Trader<T>, order: T, limit: number | undefined, atUs: number): TakeOutcome {
    const side = bookSide(order.side)
    const { quantity, own, isStopped } = this.reach(trader, order, side, limit)
    if (order.stp !== 'EXPIRE_TAKER') for (const id of own) this.prevent(id, order)
    if (quantity > 0) {
      this.taking = { trader, order }
      this.market.take(side, quantity, limit, atUs)
      this.taking = undefined
    }
    return isStopped ? 'prevented' : 'done'
  }

  /** Rests what is left of an order, or so much of it. The caller has made sure that it does not cross. */
  rest(trader: Trader<T>, order: T, quantity = remaining(order)): void {
    const resting = this.market.book.rest(bookSide(order.side), order.price, quantity, trader.owner)
    order.bookId = resting.id
    this.resting.set(resting.id, { trader, order })
  }

  /** Fills a resting order, or part of it, as if somebody had met it. @returns false when it does not rest */
  meet(order: T, quantity: number, atUs: number): boolean {
    if (order.bookId === undefined) return false
    this.market.meet(order.bookId, quantity, atUs)
    this.market.commit(atUs)
    return true
  }

  /** Makes a resting order smaller; it keeps its place in the queue. */
  shrink(order: T, by: number): void {
    if (order.bookId === undefined || by <= 0) return
    this.market.book.meet(order.bookId, by)
    if (this.market.book.order(order.bookId) !== undefined) return
    this.resting.delete(order.bookId)
    order.bookId = undefined
  }

  /** What the book holds of an order. */
  shown(order: T): number {
    return order.bookId === undefined ? 0 : (this.market.book.order(order.bookId)?.remaining ?? 0)
  }

  /** Takes an order out of the book; nothing happens when it is not there. */
  remove(order: T): void {
    if (order.bookId === undefined) return
    this.market.book.cancel(order.bookId)
    this.resting.delete(order.bookId)
    order.bookId = undefined
  }

  private reach(
    trader: Trader<T>,
    order: T,
    side: BookSide,
    limit: number | undefined,
  ): { quantity: number; own: readonly number[]; isStopped: boolean } {
    const wanted = remaining(order)
    const own: number[] = []
    let found = 0
    let isStopped = false
    this.market.book.forOrders(opposite[side], resting => {
      if (found >= wanted || isWorse(side, resting.price, limit)) return false
      if (resting.owner !== trader.owner || order.stp === 'NONE') {
        found += resting.remaining
        return true
      }
      own.push(resting.id)
      isStopped = order.stp !== 'EXPIRE_MAKER'
      return !isStopped
    })
    return { quantity: isStopped ? Math.min(found, wanted) : wanted, own, isStopped }
  }

  private prevent(bookId: number, taker: T): void {
    const entry = this.resting.get(bookId)
    if (entry === undefined) return
    this.remove(entry.order)
    entry.trader.prevented(entry.order, taker)
  }

  private traded(trade: SimTrade, atUs: number, fill: Fill | undefined): void {
    if (fill === undefined) return
    const { taking } = this
    const { price, quantity } = fill
    const common = { tradeId: trade.id, price, quantity, atUs }
    if (taking !== undefined) taking.trader.filled(taking.order, { ...common, isMaker: false })
    // The agents' retail layer has ids of its own: only an account's order may be looked up.
    const maker = fill.maker.owner === 0 ? undefined : this.resting.get(fill.maker.id)
    if (maker === undefined) return
    // What rests may be a part of an iceberg.
    if (fill.maker.remaining <= 0) {
      this.resting.delete(fill.maker.id)
      maker.order.bookId = undefined
    }
    maker.trader.filled(maker.order, { ...common, isMaker: true })
  }
}

const opposite = { bid: 'ask', ask: 'bid' } as const

function isWorse(side: BookSide, price: number, limit: number | undefined): boolean {
  if (limit === undefined) return false
  return side === 'bid' ? price > limit : price < limit
}
