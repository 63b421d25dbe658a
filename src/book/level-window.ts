import { POWERS_OF_TEN } from '../model/number.ts'

const NONE = -1

/**
 * The flat part of a book side: quantities indexed by price, best first, over a window of equal steps. A bitmap finds the
 * next level by counting leading zeros. Keys are signed units (bids negative), so that a lower slot is always better.
 */
export class LevelWindow {
  /** Digits behind the point of one unit. */
  scale = 0
  /** Signed units of slot 0, and units from slot to slot. */
  base = 0
  stride = 1
  slots = 0
  /** Levels held. */
  count = 0
  /** Slot of the best level, -1 when there is none. */
  best = NONE
  private inverse = 1
  private width = 0
  private quantities = new Float64Array(0)
  private bits = new Int32Array(0)

  /** Empties the window and moves it. `slots` is a multiple of 32. */
  place(slots: number, scale: number, base: number, stride: number): void {
    if (slots === this.slots) {
      this.quantities.fill(0)
      this.bits.fill(0)
    } else {
      this.quantities = new Float64Array(slots)
      this.bits = new Int32Array(slots >>> 5)
    }
    this.slots = slots
    this.scale = scale
    this.base = base
    this.stride = stride
    this.inverse = 1 / stride
    this.width = slots * stride
    this.count = 0
    this.best = NONE
  }

  /** The slot of signed units, -1 when they lie between two slots, -2 below the window, -3 behind it. */
  slotOf(key: number): number {
    const offset = key - this.base
    if (offset < 0) return -2
    if (offset >= this.width) return -3
    const slot = (offset * this.inverse + 0.5) | 0
    return slot * this.stride === offset ? slot : -1
  }

  /** Signed price of a slot, the float64 that its decimal text would parse to. */
  priceOf(slot: number): number {
    return (this.base + slot * this.stride) / (POWERS_OF_TEN[this.scale] ?? Number.NaN)
  }

  quantityAt(slot: number): number {
    return this.quantities[slot] ?? 0
  }

  set(slot: number, quantity: number): void {
    if (quantity === 0) {
      if (this.quantities[slot] === 0) return
      this.quantities[slot] = 0
      const word = slot >>> 5
      this.bits[word] = (this.bits[word] ?? 0) & ~(1 << (slot & 31))
      this.count--
      if (slot === this.best) this.best = this.next(slot + 1)
      return
    }
    if (this.quantities[slot] === 0) {
      const word = slot >>> 5
      this.bits[word] = (this.bits[word] ?? 0) | (1 << (slot & 31))
      this.count++
      if (this.best === NONE || slot < this.best) this.best = slot
    }
    this.quantities[slot] = quantity
  }

  /** The first level at or behind a slot, -1 when there is none. */
  next(slot: number): number {
    if (slot >= this.slots) return NONE
    const bits = this.bits
    let word = slot >>> 5
    // Bits below the slot are masked off; `x & -x` leaves the lowest one set.
    let rest = (bits[word] ?? 0) & (-1 << (slot & 31))
    while (rest === 0) {
      word++
      if (word === bits.length) return NONE
      rest = bits[word] ?? 0
    }
    return (word << 5) + 31 - Math.clz32(rest & -rest)
  }
}
