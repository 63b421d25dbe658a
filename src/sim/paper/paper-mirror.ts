import type { BookDeltaEvent, BookEvent, Level, MarketEvent, TradeEvent } from '../../model/event.ts'
import type { Listed } from '../market/generated-venue.ts'
import type { BookSide, MatchingBook, RestingOrder } from '../market/matching.ts'
import type { PaperPrice } from './paper-market.ts'

const sides = ['bid', 'ask'] as const
const opposite = { bid: 'ask', ask: 'bid' } as const

/**
 * Keeps one simulated book equal to a live one, with the accounts' orders in it. What the live book shows is owner 0; an
 * account's order stands behind what stood at its price when it came. What leaves a level without a trade leaves from behind,
 * so that only trades bring an order forward; it fills when a trade prints at its price and reaches it, or prints through it.
 */
export class PaperMirror {
  private readonly listed: Listed
  private readonly price: PaperPrice
  private readonly nowUs: () => number
  /** Live levels that an account's order stands in the way of, by side and price. */
  private readonly waiting = { bid: new Map<number, number>(), ask: new Map<number, number>() }

  constructor(listed: Listed, price: PaperPrice, nowUs: () => number) {
    this.listed = listed
    this.price = price
    this.nowUs = nowUs
  }

  /** True when there is a book to trade against. */
  get isReady(): boolean {
    return this.listed.market.mid() !== undefined && (this.listed.derivative === undefined || this.price.price > 0)
  }

  handle(event: MarketEvent): void {
    switch (event.kind) {
      case 'book':
        this.replace(event)
        break
      case 'bookDelta':
        this.change(event)
        break
      case 'trade':
        this.traded(event)
        break
      case 'markPrice':
        this.price.price = event.indexPrice ?? event.markPrice
        this.listed.derivative?.follow(event.markPrice, event.fundingRate)
        break
      case 'gap':
        // What is not known to be right is not traded against.
        if (event.channel === 'book') this.clear()
        break
      default:
        break
    }
  }

  private get book(): MatchingBook {
    return this.listed.market.book
  }

  private commit(): void {
    this.listed.market.commit(this.nowUs())
  }

  private replace(event: BookEvent): void {
    if (!event.synced) {
      this.clear()
      return
    }
    const kept = {
      bid: new Set(event.bids.map(([price]) => this.priceUnits(price))),
      ask: new Set(event.asks.map(([price]) => this.priceUnits(price))),
    }
    for (const side of sides) {
      const gone: number[] = []
      this.book.forLevels(side, Number.POSITIVE_INFINITY, price => {
        if (!kept[side].has(price)) gone.push(price)
      })
      for (const price of gone) this.set(side, price, 0)
    }
    this.change(event)
  }

  /** What a level lost is taken away before anything comes, so that no moment is crossed. */
  private change({ bids, asks }: Pick<BookDeltaEvent, 'bids' | 'asks'>): void {
    const rows = [...this.units('bid', bids), ...this.units('ask', asks)]
    for (const [side, price, quantity] of rows) {
      this.waiting[side].delete(price)
      if (quantity < this.shown(side, price)) this.set(side, price, quantity)
    }
    for (const [side, price, quantity] of rows) if (quantity > this.shown(side, price)) this.set(side, price, quantity)
    for (const side of sides) {
      for (const [price, quantity] of Array.from(this.waiting[side])) {
        this.waiting[side].delete(price)
        this.set(side, price, quantity)
      }
    }
    this.commit()
  }

  private clear(): void {
    for (const side of sides) {
      this.waiting[side].clear()
      const prices: number[] = []
      this.book.forLevels(side, Number.POSITIVE_INFINITY, price => prices.push(price))
      for (const price of prices) this.set(side, price, 0)
    }
    this.commit()
  }

  /** Of the live market, at a price. */
  private shown(side: BookSide, price: number): number {
    return this.book.queueAt(side, price).reduce((sum, order) => sum + (order.owner === 0 ? order.remaining : 0), 0)
  }

  private set(side: BookSide, price: number, quantity: number): void {
    const queue = [...this.book.queueAt(side, price)]
    const change = quantity - queue.reduce((sum, order) => sum + (order.owner === 0 ? order.remaining : 0), 0)
    if (change < 0) this.takeFromBehind(queue, -change)
    else if (change > 0 && this.hasRoom(side, price)) {
      const last = queue[queue.length - 1]
      if (last?.owner === 0) this.book.resize(last.id, last.remaining + change)
      else this.book.rest(side, price, change)
    } else if (change > 0) this.waiting[side].set(price, quantity)
  }

  private takeFromBehind(queue: readonly RestingOrder[], quantity: number): void {
    let left = quantity
    for (let index = queue.length - 1; index >= 0 && left > 0; index--) {
      const order = queue[index]
      if (order === undefined || order.owner !== 0) continue
      const taken = Math.min(left, order.remaining)
      this.book.resize(order.id, order.remaining - taken)
      left -= taken
    }
  }

  /** Live levels on the other side that a live level crosses are gone already; an account's order there is in the way. */
  private hasRoom(side: BookSide, price: number): boolean {
    while (this.book.wouldTrade(side, price)) {
      const best = this.book.bestPrice(opposite[side]) ?? 0
      const queue = [...this.book.queueAt(opposite[side], best)]
      if (queue.some(order => order.owner !== 0)) return false
      for (const order of queue) this.book.cancel(order.id)
    }
    return true
  }

  private traded(event: TradeEvent): void {
    const { market } = this.listed
    const atUs = this.nowUs()
    const price = this.priceUnits(event.price)
    const quantity = this.quantityUnits(event.quantity)
    const makers: BookSide = event.side === 'buy' ? 'ask' : 'bid'
    let own = 0
    for (const order of this.through(makers, price)) own += market.meet(order.id, order.remaining, atUs)?.quantity ?? 0
    let left = quantity
    for (const order of this.book.queueAt(makers, price).slice()) {
      const met = Math.min(left, order.remaining)
      if (met <= 0) break
      left -= met
      if (order.owner === 0) this.book.resize(order.id, order.remaining - met)
      else own += market.meet(order.id, met, atUs)?.quantity ?? 0
    }
    // The accounts' share of a live trade has been shown as theirs.
    if (quantity > own) market.printOutside(price, quantity - own, makers === 'bid' ? 'ask' : 'bid', atUs)
    this.commit()
  }

  /** Accounts' orders at better prices than a trade: it would have met them first. */
  private through(makers: BookSide, price: number): readonly RestingOrder[] {
    const found: RestingOrder[] = []
    this.book.forOrders(makers, order => {
      if (makers === 'bid' ? order.price <= price : order.price >= price) return false
      if (order.owner !== 0) found.push(order)
      return true
    })
    return found
  }

  private units(side: BookSide, levels: readonly Level[]): readonly (readonly [BookSide, number, number])[] {
    return levels.map(([price, quantity]) => [side, this.priceUnits(price), this.quantityUnits(quantity)] as const)
  }

  private priceUnits(price: number): number {
    return Math.round(price * 10 ** this.listed.market.instrument.priceDecimals)
  }

  private quantityUnits(quantity: number): number {
    return Math.round(quantity * 10 ** this.listed.market.instrument.quantityDecimals)
  }
}
