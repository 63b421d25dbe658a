import type { SimInstrument } from './instrument.ts'
import type { MarketListener } from './market/instrument-market.ts'
import type { BookSide } from './market/matching.ts'
import type { UndoLog } from './market/undo-log.ts'
import type { Tape } from './tape/tape.ts'

/** One instrument as feeds and REST see it, generated or recorded. */
export interface MarketView {
  readonly instrument: SimInstrument
  readonly tape: Tape
  readonly listeners: Set<MarketListener>
  /** Id of the newest action on the book; -1 where no book is known. */
  readonly updateId: number
  readonly changedUs: number
  readonly undo: UndoLog
  readonly book: BookView
}

export interface BookView {
  /** Prices changed by the action that listeners are being told of. */
  readonly changes: { readonly bid: ReadonlyMap<number, number>; readonly ask: ReadonlyMap<number, number> }
  bestPrice(side: BookSide): number | undefined
  bestQuantity(side: BookSide): number
  quantityAt(side: BookSide, price: number): number
  /** Best first. */
  forLevels(side: BookSide, count: number, fn: (price: number, quantity: number) => void): void
}

/** Levels of one side in units, best first. */
export type UnitLevels = readonly (readonly [price: number, quantity: number])[]

export interface BookImage {
  readonly updateId: number
  readonly bids: UnitLevels
  readonly asks: UnitLevels
}

/** The best `count` levels of both sides, as they stand or as they stood some actions ago. */
export function bookImage(view: MarketView, count: number, actionsAgo = 0): BookImage {
  const past = view.undo.back(actionsAgo)
  const levels = (side: BookSide): UnitLevels => {
    if (past === undefined) {
      const now: [number, number][] = []
      view.book.forLevels(side, count, (price, quantity) => now.push([price, quantity]))
      return now
    }
    const then = new Map<number, number>()
    view.book.forLevels(side, Number.POSITIVE_INFINITY, (price, quantity) => then.set(price, quantity))
    for (const change of past.changes) {
      if (change.side !== side) continue
      if (change.quantity === 0) then.delete(change.price)
      else then.set(change.price, change.quantity)
    }
    const sign = side === 'bid' ? -1 : 1
    return [...then].sort((a, b) => (a[0] - b[0]) * sign).slice(0, count)
  }
  return { updateId: past?.id ?? view.updateId, bids: levels('bid'), asks: levels('ask') }
}
