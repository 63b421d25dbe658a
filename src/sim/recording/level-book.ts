import type { BookSide } from '../market/matching.ts'
import type { BookView, UnitLevels } from '../market-view.ts'

/** A book that is told its levels: absolute quantities per price, in units. */
export class LevelBook implements BookView {
  readonly changes = { bid: new Map<number, number>(), ask: new Map<number, number>() }
  private readonly levels = { bid: new Map<number, number>(), ask: new Map<number, number>() }
  /** Prices best first; made when first looked at, and kept up from then on. */
  private readonly sorted: { bid: number[] | undefined; ask: number[] | undefined } = { bid: undefined, ask: undefined }

  /** Quantity 0 removes the level. */
  set(side: BookSide, price: number, quantity: number): void {
    const levels = this.levels[side]
    const before = levels.get(price) ?? 0
    if (before === quantity) return
    if (!this.changes[side].has(price)) this.changes[side].set(price, before)
    const sorted = this.sorted[side]
    if (sorted !== undefined && (before === 0 || quantity === 0)) {
      const index = indexOf(sorted, price, side === 'bid' ? -1 : 1)
      sorted.splice(index, quantity === 0 ? 1 : 0, ...(quantity === 0 ? [] : [price]))
    }
    if (quantity === 0) levels.delete(price)
    else levels.set(price, quantity)
  }

  clearChanges(): void {
    this.changes.bid.clear()
    this.changes.ask.clear()
  }

  /** What must be set to turn this side into `target`. */
  difference(side: BookSide, target: ReadonlyMap<number, number>): UnitLevels {
    const rows: [number, number][] = []
    for (const price of this.levels[side].keys()) if (!target.has(price)) rows.push([price, 0])
    for (const [price, quantity] of target) if (this.levels[side].get(price) !== quantity) rows.push([price, quantity])
    return rows.sort((a, b) => a[0] - b[0])
  }

  bestPrice(side: BookSide): number | undefined {
    return this.prices(side)[0]
  }

  bestQuantity(side: BookSide): number {
    return this.quantityAt(side, this.bestPrice(side) ?? 0)
  }

  quantityAt(side: BookSide, price: number): number {
    return this.levels[side].get(price) ?? 0
  }

  forLevels(side: BookSide, count: number, fn: (price: number, quantity: number) => void): void {
    const prices = this.prices(side)
    for (let index = 0; index < Math.min(count, prices.length); index++) {
      const price = prices[index] ?? 0
      fn(price, this.quantityAt(side, price))
    }
  }

  private prices(side: BookSide): number[] {
    const known = this.sorted[side]
    if (known !== undefined) return known
    const prices = [...this.levels[side].keys()].sort((a, b) => (side === 'bid' ? b - a : a - b))
    this.sorted[side] = prices
    return prices
  }
}

/** Where a price stands, or would stand, among prices that ascend when multiplied by `sign`. */
function indexOf(sorted: readonly number[], price: number, sign: 1 | -1): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) * sign < price * sign) low = middle + 1
    else high = middle
  }
  return low
}
