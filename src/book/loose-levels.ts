const LEAST_CAPACITY = 16

/**
 * Levels that lie outside the flat part of a book side, keyed by signed price (bids negative), so that the lowest key
 * is always the best. An open-addressed table of plain numbers: a Map would box every price.
 */
export class LooseLevels {
  size = 0
  private keyAt = new Float64Array(LEAST_CAPACITY)
  /** 0 where the slot is free. */
  private quantityAt = new Float64Array(LEAST_CAPACITY)
  private mask = LEAST_CAPACITY - 1
  /** No key lies below it; exact while `isFloorExact`. */
  private floor = Number.POSITIVE_INFINITY
  private isFloorExact = true
  private sorted: Float64Array | undefined

  /** 0 when there is no such level. */
  get(key: number): number {
    return this.quantityAt[this.find(key)] ?? 0
  }

  /** `quantity` is not 0. */
  set(key: number, quantity: number): void {
    const slot = this.find(key)
    if (this.quantityAt[slot] === 0) {
      this.keyAt[slot] = key
      this.sorted = undefined
      if (key < this.floor) {
        this.floor = key
        this.isFloorExact = true
      }
      this.quantityAt[slot] = quantity
      if (++this.size * 2 > this.mask) this.grow()
    } else this.quantityAt[slot] = quantity
  }

  delete(key: number): void {
    const slot = this.find(key)
    if (this.quantityAt[slot] === 0) return
    this.size--
    this.sorted = undefined
    if (key === this.floor) this.isFloorExact = false
    this.close(slot)
  }

  clear(): void {
    if (this.mask !== LEAST_CAPACITY - 1) this.allocate(LEAST_CAPACITY)
    else this.quantityAt.fill(0)
    this.size = 0
    this.floor = Number.POSITIVE_INFINITY
    this.isFloorExact = true
    this.sorted = undefined
  }

  /** The lowest key below `limit`, or infinity; keys are only searched when one may be there. */
  lowestBelow(limit: number): number {
    if (this.floor >= limit) return Number.POSITIVE_INFINITY
    if (!this.isFloorExact) this.findFloor()
    return this.floor < limit ? this.floor : Number.POSITIVE_INFINITY
  }

  /** All keys, best first; kept until a key comes or goes. */
  keys(): Float64Array {
    if (this.sorted !== undefined) return this.sorted
    const keys = new Float64Array(this.size)
    let count = 0
    for (let slot = 0; slot <= this.mask; slot++) {
      if (this.quantityAt[slot] !== 0) keys[count++] = this.keyAt[slot] ?? 0
    }
    this.sorted = keys.sort()
    return this.sorted
  }

  /** The slot of a key, or the free one where it belongs. */
  private find(key: number): number {
    const { keyAt, quantityAt, mask } = this
    for (let slot = homeOf(key, mask); ; slot = (slot + 1) & mask) {
      if (quantityAt[slot] === 0 || keyAt[slot] === key) return slot
    }
  }

  /** Frees a slot and moves those behind it up, so that every key stays reachable from its home. */
  private close(freed: number): void {
    const { keyAt, quantityAt, mask } = this
    let hole = freed
    for (let slot = (hole + 1) & mask; quantityAt[slot] !== 0; slot = (slot + 1) & mask) {
      const key = keyAt[slot] ?? 0
      const distance = (slot - homeOf(key, mask)) & mask
      if (distance < ((slot - hole) & mask)) continue
      keyAt[hole] = key
      quantityAt[hole] = quantityAt[slot] ?? 0
      hole = slot
    }
    quantityAt[hole] = 0
  }

  private grow(): void {
    const { keyAt, quantityAt } = this
    this.allocate((this.mask + 1) * 2)
    for (let slot = 0; slot < keyAt.length; slot++) {
      const quantity = quantityAt[slot] ?? 0
      if (quantity === 0) continue
      const key = keyAt[slot] ?? 0
      const home = this.find(key)
      this.keyAt[home] = key
      this.quantityAt[home] = quantity
    }
  }

  private allocate(capacity: number): void {
    this.keyAt = new Float64Array(capacity)
    this.quantityAt = new Float64Array(capacity)
    this.mask = capacity - 1
  }

  private findFloor(): void {
    let floor = Number.POSITIVE_INFINITY
    for (let slot = 0; slot <= this.mask; slot++) {
      const key = this.keyAt[slot] ?? 0
      if (this.quantityAt[slot] !== 0 && key < floor) floor = key
    }
    this.floor = floor
    this.isFloorExact = true
  }
}

/** Prices of a book lie close together: spread them by their low digits. */
function homeOf(key: number, mask: number): number {
  const mixed = Math.imul((key * 1e10) | 0, 0x9e3779b1 | 0)
  return (mixed ^ (mixed >>> 15)) & mask
}
