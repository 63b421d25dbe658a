import type { BookLevels } from '../model/book-levels.ts'
import { POWERS_OF_TEN } from '../model/number.ts'
import { LevelWindow } from './level-window.ts'
import { LooseLevels } from './loose-levels.ts'
import { placementFor } from './placement.ts'

export interface SideLimits {
  /** Most slots of the flat part; 8 bytes each. */
  readonly mostSlots: number
  /** Most levels held; beyond that the farthest are dropped. */
  readonly mostLevels: number
}

/** Off-grid levels inside the window before the grid is chosen anew. */
const MOST_ODD = 64
/** Changes behind the window before it may be made larger. */
const FAR_WRITES = 1024
/** Deltas in another scale before the window takes that scale. */
const MOST_FOREIGN = 64

/**
 * One side of a book. Prices near the touch live in a {@link LevelWindow}; what is far away, better than the window or
 * off its grid keeps its exact price as key in a map. The grid only decides where a level is kept, never which level it
 * is: a changed tick size cannot merge two prices.
 */
export class BookSide {
  /** Signed price of the best level, infinity when the side is empty. */
  best = Number.POSITIVE_INFINITY
  /** Signed price up to which the side is known; infinity when all of it is. */
  horizon = Number.POSITIVE_INFINITY
  /** The level a walk stands at: its signed price, its price, its quantity. */
  key = 0
  price = 0
  quantity = 0
  private readonly sign: 1 | -1
  private readonly limits: SideLimits
  private readonly window = new LevelWindow()
  /** Inside the window's range but off its grid, or better than it. */
  private readonly odd = new LooseLevels()
  /** Behind the window. */
  private readonly far = new LooseLevels()
  private oddLimit = MOST_ODD
  private writes = 0
  private farWrites = 0
  private foreign = 0
  /** Most digits behind the point that prices came with since the last snapshot. */
  private finestScale = 0
  private walkSlot = -1
  private walkOdd = 0
  private walkFar = 0

  constructor(sign: 1 | -1, limits: SideLimits) {
    this.sign = sign
    this.limits = limits
  }

  get size(): number {
    return this.window.count + this.odd.size + this.far.size
  }

  clear(): void {
    this.window.place(0, 0, 0, 1)
    this.odd.clear()
    this.far.clear()
    this.best = Number.POSITIVE_INFINITY
    this.horizon = Number.POSITIVE_INFINITY
  }

  /** Replaces everything. `isComplete` tells that nothing lies behind the last level. */
  load(levels: BookLevels, scale: number, isComplete: boolean): void {
    this.clear()
    const factor = POWERS_OF_TEN[scale] ?? Number.NaN
    let last = Number.NEGATIVE_INFINITY
    for (let i = 0; i < levels.count; i++) {
      const quantity = levels.quantities[i] ?? 0
      if (quantity === 0) continue
      const key = (this.sign * (levels.prices[i] ?? 0)) / factor
      this.far.set(key, quantity)
      if (key > last) last = key
    }
    if (!isComplete && this.far.size > 0) this.horizon = last
    this.finestScale = scale
    this.settle(0)
    this.updateBest()
  }

  apply(levels: BookLevels, scale: number): void {
    const { window, sign } = this
    const { prices, quantities, count } = levels
    this.writes += count
    if (scale !== window.scale || window.slots === 0) this.applyForeign(levels, scale)
    else {
      for (let i = 0; i < count; i++) {
        const units = prices[i] ?? 0
        const slot = window.slotOf(sign * units)
        if (slot >= 0) window.set(slot, quantities[i] ?? 0)
        else this.setLoose(slot, (sign * units) / (POWERS_OF_TEN[scale] ?? Number.NaN), quantities[i] ?? 0)
      }
    }
    this.updateBest()
    if (this.isMisplaced()) {
      this.settle(window.slots)
      this.updateBest()
    }
    if (this.size > this.limits.mostLevels) this.evict()
  }

  quantityOfBest(): number {
    const { window } = this
    if (window.best >= 0 && window.priceOf(window.best) === this.best) return window.quantityAt(window.best)
    return this.odd.get(this.best) || this.far.get(this.best)
  }

  /** Quantity at a price given as the float64 of its text; 0 when there is no level. */
  quantityAt(price: number): number {
    const key = this.sign * price
    const slot = this.slotOfPrice(key)
    return slot >= 0 ? this.window.quantityAt(slot) : slot === -3 ? this.far.get(key) : this.odd.get(key)
  }

  /** Starts a walk: `price` and `quantity` are the best level's. False when the side is empty. */
  first(): boolean {
    this.walkSlot = this.window.best
    this.walkOdd = 0
    this.walkFar = 0
    return this.next()
  }

  /** Steps to the next level, best first. */
  next(): boolean {
    const { window, odd, far } = this
    const windowKey = this.walkSlot >= 0 ? window.priceOf(this.walkSlot) : Number.POSITIVE_INFINITY
    const oddKey = odd.size === 0 ? Number.POSITIVE_INFINITY : (odd.keys()[this.walkOdd] ?? Number.POSITIVE_INFINITY)
    if (windowKey < oddKey) {
      const slot = this.walkSlot
      this.walkSlot = window.next(slot + 1)
      return this.stand(windowKey, window.quantityAt(slot))
    }
    if (oddKey < Number.POSITIVE_INFINITY) {
      this.walkOdd++
      return this.stand(oddKey, odd.get(oddKey))
    }
    const farKey = far.size === 0 ? undefined : far.keys()[this.walkFar]
    if (farKey === undefined) return false
    this.walkFar++
    return this.stand(farKey, far.get(farKey))
  }

  private stand(key: number, quantity: number): true {
    this.key = key
    this.price = this.sign * key
    this.quantity = quantity
    return true
  }

  private applyForeign(levels: BookLevels, scale: number): void {
    const { window, sign } = this
    const factor = POWERS_OF_TEN[scale] ?? Number.NaN
    for (let i = 0; i < levels.count; i++) {
      const key = (sign * (levels.prices[i] ?? 0)) / factor
      const quantity = levels.quantities[i] ?? 0
      const slot = this.slotOfPrice(key)
      if (slot >= 0) window.set(slot, quantity)
      else this.setLoose(slot, key, quantity)
    }
    if (scale > this.finestScale) this.finestScale = scale
    if (window.slots === 0) this.settle(0)
    else if (levels.count > 0 && scale > window.scale && ++this.foreign > MOST_FOREIGN) this.settle(window.slots)
  }

  private slotOfPrice(key: number): number {
    const { window } = this
    if (window.slots === 0) return -3
    const factor = POWERS_OF_TEN[window.scale] ?? Number.NaN
    const units = Math.round(key * factor)
    const slot = window.slotOf(units)
    // Units that do not give back the price lie between two slots, wherever in the window's range they are.
    return slot >= 0 && units / factor !== key ? -1 : slot
  }

  private setLoose(place: number, key: number, quantity: number): void {
    const home = place === -3 ? this.far : this.odd
    if (place === -3) this.farWrites++
    if (quantity === 0) home.delete(key)
    else home.set(key, quantity)
  }

  private updateBest(): void {
    const { window } = this
    const inWindow = window.best >= 0 ? window.priceOf(window.best) : Number.POSITIVE_INFINITY
    let best = Math.min(this.odd.lowestBelow(inWindow), inWindow)
    if (best === Number.POSITIVE_INFINITY) best = this.far.lowestBelow(best)
    this.best = best
  }

  /** True when the window no longer surrounds the touch, or its grid no longer fits. */
  private isMisplaced(): boolean {
    const { window } = this
    if (this.best === Number.POSITIVE_INFINITY) return false
    if (window.best < 0 || window.best > (window.slots >>> 2) * 3) return true
    if (this.odd.size > 0 && this.best < window.priceOf(0)) return true
    if (this.odd.size > this.oddLimit) return true
    return window.slots < this.limits.mostSlots && this.isCrowdedOutside()
  }

  /** True when more than a sixteenth of the changes, and not just a few, fell behind the window. */
  private isCrowdedOutside(): boolean {
    return this.farWrites > FAR_WRITES && this.farWrites * 16 > this.writes
  }

  /** Chooses the window anew and puts every level into its place. */
  private settle(atLeastSlots: number): void {
    const { window, odd, far } = this
    const keys: number[] = []
    const quantities: number[] = []
    const take = (key: number, quantity: number): void => {
      keys.push(key)
      quantities.push(quantity)
    }
    for (let slot = window.best; slot >= 0; slot = window.next(slot + 1)) {
      take(window.priceOf(slot), window.quantityAt(slot))
    }
    for (const loose of [odd, far]) for (const key of loose.keys()) take(key, loose.get(key))
    const wanted = this.isCrowdedOutside() ? atLeastSlots * 2 : atLeastSlots
    const { slots, scale, base, stride } = placementFor(keys, this.finestScale, wanted, this.limits.mostSlots)
    odd.clear()
    far.clear()
    window.place(slots, scale, base, stride)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? 0
      const slot = this.slotOfPrice(key)
      if (slot >= 0) window.set(slot, quantities[i] ?? 0)
      else (slot === -3 ? far : odd).set(key, quantities[i] ?? 0)
    }
    this.oddLimit = Math.max(MOST_ODD, odd.size * 2)
    this.writes = 0
    this.farWrites = 0
    this.foreign = 0
  }

  /** Drops the farthest levels, down to three quarters of the cap; what was dropped is from then on unknown. */
  private evict(): void {
    const keep = Math.floor(this.limits.mostLevels * 0.75)
    const loose = this.far.keys()
    const drop = Math.min(this.size - keep, loose.length)
    if (drop === 0) return
    const lastKept = loose.length - drop - 1
    for (let i = lastKept + 1; i < loose.length; i++) this.far.delete(loose[i] ?? 0)
    const edge = lastKept >= 0 ? (loose[lastKept] ?? 0) : this.window.priceOf(this.window.slots - 1)
    if (edge < this.horizon) this.horizon = edge
    this.updateBest()
  }
}
