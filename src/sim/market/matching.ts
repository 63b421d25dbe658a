export type BookSide = 'bid' | 'ask'

/** A resting order. Prices and quantities are integers in the instrument's units. */
export interface RestingOrder {
  readonly id: number
  /** Who placed it; the market's own agents are 0. */
  readonly owner: number
  readonly side: BookSide
  readonly price: number
  remaining: number
}

export interface Fill {
  readonly price: number
  readonly quantity: number
  readonly maker: RestingOrder
}

export interface TakeResult {
  readonly fills: readonly Fill[]
  readonly remaining: number
}

interface PriceLevel {
  readonly price: number
  total: number
  readonly queue: RestingOrder[]
}

/** One side: levels by price, and their prices sorted from worst to best, so that the touch stands at the end. */
class SideLevels {
  readonly byPrice = new Map<number, PriceLevel>()
  readonly sorted: number[] = []
  private readonly sign: 1 | -1

  constructor(side: BookSide) {
    this.sign = side === 'bid' ? 1 : -1
  }

  best(): PriceLevel | undefined {
    const price = this.sorted[this.sorted.length - 1]
    return price === undefined ? undefined : this.byPrice.get(price)
  }

  level(price: number): PriceLevel {
    const known = this.byPrice.get(price)
    if (known !== undefined) return known
    const level: PriceLevel = { price, total: 0, queue: [] }
    this.byPrice.set(price, level)
    this.sorted.splice(this.indexOf(price), 0, price)
    return level
  }

  remove(price: number): void {
    if (this.byPrice.delete(price)) this.sorted.splice(this.indexOf(price), 1)
  }

  private indexOf(price: number): number {
    const key = price * this.sign
    let low = 0
    let high = this.sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.sorted[middle] ?? 0) * this.sign < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * A price-time-priority matching engine for one instrument. Pure: it knows neither time nor chance, and reports what an
 * action changed through its result and `changes`.
 */
export class MatchingBook {
  /** Prices whose total changed since the last `clearChanges`, with the total before the first change. */
  readonly changes = { bid: new Map<number, number>(), ask: new Map<number, number>() }
  private readonly sides = { bid: new SideLevels('bid'), ask: new SideLevels('ask') }
  private readonly orders = new Map<number, RestingOrder>()
  private nextId = 1

  get orderCount(): number {
    return this.orders.size
  }

  bestPrice(side: BookSide): number | undefined {
    return this.sides[side].best()?.price
  }

  bestQuantity(side: BookSide): number {
    return this.sides[side].best()?.total ?? 0
  }

  quantityAt(side: BookSide, price: number): number {
    return this.sides[side].byPrice.get(price)?.total ?? 0
  }

  levelCount(side: BookSide): number {
    return this.sides[side].sorted.length
  }

  order(id: number): RestingOrder | undefined {
    return this.orders.get(id)
  }

  /** The order first in the queue at the touch. */
  first(side: BookSide): RestingOrder | undefined {
    return this.sides[side].best()?.queue[0]
  }

  /** The orders at a price, first in the queue first. Not to be changed, and not to be kept over an action. */
  queueAt(side: BookSide, price: number): readonly RestingOrder[] {
    return this.sides[side].byPrice.get(price)?.queue ?? []
  }

  /** Changes what is left of an order, which keeps its place; nothing left cancels it. */
  resize(id: number, remaining: number): void {
    const order = this.orders.get(id)
    const level = order === undefined ? undefined : this.sides[order.side].byPrice.get(order.price)
    if (order === undefined || level === undefined) return
    if (remaining <= 0) {
      this.cancel(id)
      return
    }
    this.note(order.side, level)
    level.total += remaining - order.remaining
    order.remaining = remaining
  }

  /** Calls `fn` with price and total of the best `count` levels, best first. */
  forLevels(side: BookSide, count: number, fn: (price: number, quantity: number) => void): void {
    const { sorted, byPrice } = this.sides[side]
    for (let index = sorted.length - 1, left = count; index >= 0 && left > 0; index--, left--) {
      const price = sorted[index] ?? 0
      fn(price, byPrice.get(price)?.total ?? 0)
    }
  }

  /** Calls `fn` with resting orders in the order in which a taker would meet them, until it returns false. */
  forOrders(side: BookSide, fn: (order: RestingOrder) => boolean): void {
    const { sorted, byPrice } = this.sides[side]
    for (let index = sorted.length - 1; index >= 0; index--) {
      for (const order of byPrice.get(sorted[index] ?? 0)?.queue ?? []) if (!fn(order)) return
    }
  }

  clearChanges(): void {
    this.changes.bid.clear()
    this.changes.ask.clear()
  }

  /** True when an order at this price would trade at once. */
  wouldTrade(side: BookSide, price: number): boolean {
    const opposite = this.bestPrice(side === 'bid' ? 'ask' : 'bid')
    if (opposite === undefined) return false
    return side === 'bid' ? price >= opposite : price <= opposite
  }

  /** Rests an order without matching it. The caller has made sure that it does not cross. */
  rest(side: BookSide, price: number, quantity: number, owner = 0): RestingOrder {
    const order: RestingOrder = { id: this.nextId++, owner, side, price, remaining: quantity }
    const level = this.sides[side].level(price)
    this.note(side, level)
    level.total += quantity
    level.queue.push(order)
    this.orders.set(order.id, order)
    return order
  }

  /** Matches a taker of `side` against the other side, no worse than `limit` when one is given. */
  take(side: BookSide, quantity: number, limit?: number): TakeResult {
    const makers: BookSide = side === 'bid' ? 'ask' : 'bid'
    const fills: Fill[] = []
    let remaining = quantity
    while (remaining > 0) {
      const level = this.sides[makers].best()
      if (level === undefined) break
      if (limit !== undefined && (side === 'bid' ? level.price > limit : level.price < limit)) break
      remaining = this.matchLevel(makers, level, remaining, fills)
    }
    return { fills, remaining }
  }

  /** Matches one resting order alone, past whoever stands before it. */
  meet(id: number, quantity: number): Fill | undefined {
    const maker = this.orders.get(id)
    const level = maker === undefined ? undefined : this.sides[maker.side].byPrice.get(maker.price)
    if (maker === undefined || level === undefined) return undefined
    const met = Math.min(quantity, maker.remaining)
    this.note(maker.side, level)
    maker.remaining -= met
    level.total -= met
    if (maker.remaining === 0) {
      level.queue.splice(level.queue.indexOf(maker), 1)
      this.orders.delete(id)
      if (level.queue.length === 0) this.sides[maker.side].remove(level.price)
    }
    return { price: level.price, quantity: met, maker }
  }

  cancel(id: number): RestingOrder | undefined {
    const order = this.orders.get(id)
    if (order === undefined) return undefined
    const level = this.sides[order.side].byPrice.get(order.price)
    this.orders.delete(id)
    if (level === undefined) return order
    this.note(order.side, level)
    level.queue.splice(level.queue.indexOf(order), 1)
    level.total -= order.remaining
    if (level.queue.length === 0) this.sides[order.side].remove(order.price)
    return order
  }

  /** Cancels every order at a price. */
  clearLevel(side: BookSide, price: number): void {
    const queue = this.sides[side].byPrice.get(price)?.queue
    for (let order = queue?.[0]; order !== undefined; order = queue?.[0]) this.cancel(order.id)
  }

  private matchLevel(makers: BookSide, level: PriceLevel, wanted: number, fills: Fill[]): number {
    this.note(makers, level)
    while (wanted > 0) {
      const maker = level.queue[0]
      if (maker === undefined) break
      const quantity = Math.min(wanted, maker.remaining)
      maker.remaining -= quantity
      level.total -= quantity
      wanted -= quantity
      fills.push({ price: level.price, quantity, maker })
      if (maker.remaining > 0) break
      level.queue.shift()
      this.orders.delete(maker.id)
    }
    if (level.queue.length === 0) this.sides[makers].remove(level.price)
    return wanted
  }

  private note(side: BookSide, level: PriceLevel): void {
    const changes = this.changes[side]
    if (!changes.has(level.price)) changes.set(level.price, level.total)
  }
}
