import type { StateReader } from './indicator.ts'

/** Rolling sums are computed anew so often, so that rounding never adds up. */
const RECOUNT_EVERY = 1024

/** The last `size` numbers, and their sum. */
export class RollingWindow {
  readonly size: number
  private readonly values: Float64Array
  private head = 0
  private filled = 0
  private sinceCount = 0
  private total = 0

  constructor(size: number) {
    this.size = size
    this.values = new Float64Array(size)
  }

  get count(): number {
    return this.filled
  }

  get isFull(): boolean {
    return this.filled === this.size
  }

  get sum(): number {
    return this.total
  }

  /** What the next push drops; 0 while the window is not full. */
  get oldest(): number {
    return this.isFull ? (this.values[this.head] ?? 0) : 0
  }

  push(value: number): void {
    this.total += value - this.oldest
    this.values[this.head] = value
    this.head = this.head + 1 === this.size ? 0 : this.head + 1
    if (this.filled < this.size) this.filled++
    if (++this.sinceCount >= RECOUNT_EVERY) this.recount()
  }

  /** Mean squared distance from `mean`. */
  variance(mean: number): number {
    return this.squares(0, mean) / this.filled
  }

  /** The same of the window with `value` in the place of the oldest. */
  variancePreview(value: number, mean: number): number {
    const from = this.isFull ? 1 : 0
    return (this.squares(from, mean) + (value - mean) ** 2) / (this.filled - from + 1)
  }

  /** Oldest first. */
  numbers(): readonly number[] {
    const { values, size, head, filled } = this
    return Array.from({ length: filled }, (_, i) => values[(head + size - filled + i) % size] ?? 0)
  }

  /** Everything that decides the coming sums, to the last bit. */
  state(): readonly number[] {
    return [this.filled, this.sinceCount, this.total, ...this.numbers()]
  }

  load(reader: StateReader): void {
    const filled = reader.next()
    const sinceCount = reader.next()
    const total = reader.next()
    this.head = 0
    this.filled = 0
    for (const value of reader.take(Math.min(filled, this.size))) this.push(value)
    this.sinceCount = sinceCount
    this.total = total
  }

  /** Oldest first, from the `from`-th on: the order decides the last digit. */
  private squares(from: number, mean: number): number {
    const { values, size, filled } = this
    let at = (this.head + size - filled + from) % size
    let sum = 0
    for (let i = from; i < filled; i++) {
      const distance = (values[at] ?? 0) - mean
      sum += distance * distance
      at = at + 1 === size ? 0 : at + 1
    }
    return sum
  }

  private recount(): void {
    this.sinceCount = 0
    let sum = 0
    let lost = 0
    // Neumaier: what a sum rounds away is kept beside it.
    for (const value of this.numbers()) {
      const next = sum + value
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
      sum = next
    }
    this.total = sum + lost
  }
}
