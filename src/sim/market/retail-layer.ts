import type { SimInstrument } from '../instrument.ts'
import type { BookView, MarketView } from '../market-view.ts'
import type { Tape } from '../tape/tape.ts'
import type { MarketListener } from './instrument-market.ts'
import type { BookSide } from './matching.ts'
import { MatchingBook } from './matching.ts'
import type { BookChange } from './undo-log.ts'
import { UndoLog } from './undo-log.ts'

/**
 * Retail price improvement orders of a USD-M contract: only retail takers meet them, and only the `rpiDepth` image shows
 * them, together with the plain book. They never stand at or beyond the other side of the plain book.
 */
export class RetailLayer implements MarketView {
  readonly instrument: SimInstrument
  readonly tape: Tape
  readonly listeners = new Set<MarketListener>()
  readonly undo = new UndoLog()
  readonly orders = new MatchingBook()
  readonly book: BookView
  updateId: number
  changedUs = 0
  private readonly plain: MatchingBook

  constructor(instrument: SimInstrument, tape: Tape, plain: MatchingBook, updateId: number) {
    this.instrument = instrument
    this.tape = tape
    this.plain = plain
    this.updateId = updateId
    this.book = new MergedBook(plain, this.orders)
  }

  /** Takes away what the plain book has come to cross, and what has fallen far behind the touch. */
  prune(reach: number): void {
    for (const side of ['bid', 'ask'] as const) {
      const sign = side === 'bid' ? 1 : -1
      const opposite = this.plain.bestPrice(side === 'bid' ? 'ask' : 'bid')
      const touch = this.plain.bestPrice(side)
      const stale: number[] = []
      this.orders.forLevels(side, 20, price => {
        const isCrossed = opposite !== undefined && price * sign >= opposite * sign
        const isBehind = touch !== undefined && (touch - price) * sign > reach
        if (isCrossed || isBehind) stale.push(price)
      })
      for (const price of stale) this.orders.clearLevel(side, price)
    }
  }

  /** Ends an action that changed the plain book, this layer, or both. */
  commit(updateId: number, atUs: number): void {
    const { bid, ask } = this.book.changes
    const undone: BookChange[] = []
    for (const [price, quantity] of bid) undone.push({ side: 'bid', price, quantity })
    for (const [price, quantity] of ask) undone.push({ side: 'ask', price, quantity })
    this.undo.push(this.updateId, undone)
    this.updateId = updateId
    this.changedUs = atUs
    for (const listener of this.listeners) listener.changed?.(atUs)
    this.orders.clearChanges()
  }
}

/** Both books as one. */
class MergedBook implements BookView {
  private readonly plain: MatchingBook
  private readonly retail: MatchingBook

  constructor(plain: MatchingBook, retail: MatchingBook) {
    this.plain = plain
    this.retail = retail
  }

  get changes(): { readonly bid: ReadonlyMap<number, number>; readonly ask: ReadonlyMap<number, number> } {
    return { bid: this.changed('bid'), ask: this.changed('ask') }
  }

  bestPrice(side: BookSide): number | undefined {
    const prices = [this.plain.bestPrice(side), this.retail.bestPrice(side)].filter(price => price !== undefined)
    if (prices.length === 0) return undefined
    return side === 'bid' ? Math.max(...prices) : Math.min(...prices)
  }

  bestQuantity(side: BookSide): number {
    const price = this.bestPrice(side)
    return price === undefined ? 0 : this.quantityAt(side, price)
  }

  quantityAt(side: BookSide, price: number): number {
    return this.plain.quantityAt(side, price) + this.retail.quantityAt(side, price)
  }

  forLevels(side: BookSide, count: number, fn: (price: number, quantity: number) => void): void {
    const prices = new Set<number>()
    this.plain.forLevels(side, count, price => prices.add(price))
    this.retail.forLevels(side, count, price => prices.add(price))
    const sorted = [...prices].sort((a, b) => (side === 'bid' ? b - a : a - b))
    for (const price of sorted.slice(0, count)) fn(price, this.quantityAt(side, price))
  }

  /** Totals before the action: what one book had, plus what the other had then. */
  private changed(side: BookSide): ReadonlyMap<number, number> {
    const before = new Map<number, number>()
    const [plain, retail] = [this.plain.changes[side], this.retail.changes[side]]
    for (const price of [...plain.keys(), ...retail.keys()]) {
      const plainBefore = plain.get(price) ?? this.plain.quantityAt(side, price)
      const retailBefore = retail.get(price) ?? this.retail.quantityAt(side, price)
      before.set(price, plainBefore + retailBefore)
    }
    return before
  }
}
