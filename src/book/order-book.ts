import type { BookDelta, BookSnapshot } from '../model/book-levels.ts'
import type { Level, Side } from '../model/event.ts'
import { BookSide } from './book-side.ts'
import type { BookLevelsView, CostOf, DepthTo } from './readable-book.ts'
import { UnitSum } from './unit-sum.ts'

export interface OrderBookOptions {
  /** Most slots of the flat part per side, 8 bytes each; a power of two. @default 16384 */
  readonly mostSlots?: number
  /** Most levels held per side. @default 20000 */
  readonly mostLevels?: number
}

/**
 * A limit order book keyed by exact prices. It applies what it is given and proves nothing: whether changes follow one
 * another is the business of `BookSync`. Prices come out as the float64 of the venue's own text.
 */
export class OrderBook {
  private readonly bids: BookSide
  private readonly asks: BookSide

  constructor(options: OrderBookOptions = {}) {
    const limits = { mostSlots: options.mostSlots ?? 16_384, mostLevels: options.mostLevels ?? 20_000 }
    this.bids = new BookSide(-1, limits)
    this.asks = new BookSide(1, limits)
  }

  clear(): void {
    this.bids.clear()
    this.asks.clear()
  }

  /** Replaces the whole book; the horizon of an incomplete side is its last level. */
  loadSnapshot(snapshot: BookSnapshot): void {
    this.bids.load(snapshot.bids, snapshot.scale, snapshot.isBidComplete)
    this.asks.load(snapshot.asks, snapshot.scale, snapshot.isAskComplete)
  }

  /** Sets and removes levels; quantities are absolute, 0 removes, removing what is not there is normal. */
  applyDelta(delta: BookDelta): void {
    if (delta.bids.count > 0) this.bids.apply(delta.bids, delta.scale)
    if (delta.asks.count > 0) this.asks.apply(delta.asks, delta.scale)
  }

  /** Best bid, NaN when the side is empty. Beyond the horizon it is only the best that is known: see `isBidKnown`. */
  get bidPrice(): number {
    return this.bids.size === 0 ? Number.NaN : -this.bids.best
  }

  get askPrice(): number {
    return this.asks.size === 0 ? Number.NaN : this.asks.best
  }

  get bidQuantity(): number {
    return this.bids.size === 0 ? Number.NaN : this.bids.quantityOfBest()
  }

  get askQuantity(): number {
    return this.asks.size === 0 ? Number.NaN : this.asks.quantityOfBest()
  }

  /** False when the touch has left the range that the snapshot covered, or the side is empty. */
  get isBidKnown(): boolean {
    return this.bids.size > 0 && this.bids.best <= this.bids.horizon
  }

  get isAskKnown(): boolean {
    return this.asks.size > 0 && this.asks.best <= this.asks.horizon
  }

  /** True when the best bid is at or above the best ask, which no venue's book ever is. */
  get isCrossed(): boolean {
    return -this.bids.best >= this.asks.best
  }

  /** Outermost known prices; undefined when all of the side is known. */
  horizon(): { readonly bid: number | undefined; readonly ask: number | undefined } {
    const { bids, asks } = this
    return {
      bid: bids.horizon === Number.POSITIVE_INFINITY ? undefined : -bids.horizon,
      ask: asks.horizon === Number.POSITIVE_INFINITY ? undefined : asks.horizon,
    }
  }

  size(): { readonly bids: number; readonly asks: number } {
    return { bids: this.bids.size, asks: this.asks.size }
  }

  /** Quantity resting at a price of a side; 0 when there is no level. */
  quantityAt(side: 'bids' | 'asks', price: number): number {
    return this[side].quantityAt(price)
  }

  /** The best `count` levels per side that lie within the horizon. */
  levels(count: number): BookLevelsView {
    return { bids: collect(this.bids, count, this.bids.horizon), asks: collect(this.asks, count, this.asks.horizon) }
  }

  /** Every level held, those beyond the horizon included. */
  allLevels(): BookLevelsView {
    const every = Number.POSITIVE_INFINITY
    return { bids: collect(this.bids, every, every), asks: collect(this.asks, every, every) }
  }

  /** What a taker of `side` finds from the touch up to `price`, that price included. */
  depthTo(side: Side, price: number): DepthTo {
    const book = side === 'buy' ? this.asks : this.bids
    const limit = side === 'buy' ? price : -price
    const quantity = new UnitSum()
    let notional = 0
    let levels = 0
    for (let isThere = book.first(); isThere; isThere = book.next()) {
      if (book.key > limit || book.key > book.horizon) break
      quantity.add(book.quantity)
      notional += book.price * book.quantity
      levels++
    }
    return { quantity: quantity.value, notional, levels, isComplete: limit <= book.horizon }
  }

  /** What a market order of `side` would pay now; undefined without both touches. */
  costOf(side: Side, quantity: number): CostOf | undefined {
    if (!this.isBidKnown || !this.isAskKnown || !(quantity > 0)) return undefined
    const book = side === 'buy' ? this.asks : this.bids
    const mid = (this.bidPrice + this.askPrice) / 2
    const taken = new UnitSum()
    let notional = 0
    let worstPrice = 0
    for (
      let isThere = book.first();
      isThere && book.key <= book.horizon && taken.value < quantity;
      isThere = book.next()
    ) {
      const before = taken.value
      taken.add(book.quantity)
      notional += book.price * (taken.value >= quantity ? quantity - before : book.quantity)
      worstPrice = book.price
    }
    const isComplete = taken.value >= quantity
    const filled = isComplete ? quantity : taken.value
    const averagePrice = notional / filled
    const distance = side === 'buy' ? averagePrice - mid : mid - averagePrice
    return { averagePrice, worstPrice, filled, notional, slippageBps: (distance / mid) * 10_000, isComplete }
  }
}

function collect(side: BookSide, count: number, horizon: number): readonly Level[] {
  const levels: Level[] = []
  for (let isThere = side.first(); isThere && levels.length < count && side.key <= horizon; isThere = side.next()) {
    levels.push([side.price, side.quantity])
  }
  return levels
}
