import { ConfigError } from '../model/error.ts'

/** Sums are taken anew from the window so often, so that rounding never adds up. */
const RECOUNT_EVERY = 10_000
const FIRST_CAPACITY = 256

/**
 * Entries of the rolling window `(t - size, t]`, each with a time and `columns` numbers, and the sum of every column. `t` is the
 * newest time seen. An entry that comes late is put where it belongs. Sums are compensated (Neumaier) and recounted.
 */
export class TimeWindow {
  readonly sizeUs: number
  /** The newest time seen; -Infinity before the first. */
  endUs = Number.NEGATIVE_INFINITY
  count = 0
  private readonly columns: number
  private readonly most: number
  private times = new Float64Array(FIRST_CAPACITY)
  private rows: Float64Array
  private mask = FIRST_CAPACITY - 1
  private head = 0
  private readonly totals: Float64Array
  private readonly lost: Float64Array
  private updates = 0
  private refusedUs = Number.NEGATIVE_INFINITY

  /** @throws ConfigError for a size that is not above 0 */
  constructor(sizeMs: number, columns: number, mostEntries = 16_777_216) {
    if (!(sizeMs > 0)) throw new ConfigError(`windowMs must be above 0, was ${sizeMs}.`)
    this.sizeUs = sizeMs * 1000
    this.columns = columns
    this.most = mostEntries
    this.rows = new Float64Array(FIRST_CAPACITY * columns)
    this.totals = new Float64Array(columns)
    this.lost = new Float64Array(columns)
  }

  /** False while an entry that was refused at the limit would still be inside. */
  get isWhole(): boolean {
    return this.refusedUs <= this.endUs - this.sizeUs
  }

  sum(column: number): number {
    return (this.totals[column] ?? 0) + (this.lost[column] ?? 0)
  }

  /** Time of the oldest entry; undefined while the window is empty. */
  get oldestUs(): number | undefined {
    return this.count === 0 ? undefined : this.times[this.head]
  }

  /** A number of the `index`-th entry, oldest first. */
  at(index: number, column: number): number {
    return this.rows[((this.head + index) & this.mask) * this.columns + column] ?? 0
  }

  timeAt(index: number): number {
    return this.times[(this.head + index) & this.mask] ?? 0
  }

  /** False when the entry lies before the window, or the window is full to its limit: it was not taken. */
  push(timeUs: number, ...values: readonly number[]): boolean {
    this.advance(timeUs)
    if (timeUs <= this.endUs - this.sizeUs) return false
    if (this.count >= this.most) {
      this.refusedUs = Math.max(this.refusedUs, timeUs)
      return false
    }
    if (this.count > this.mask) this.grow()
    let index = this.count++
    while (index > 0 && this.timeAt(index - 1) > timeUs) this.move(index - 1, index--)
    const slot = (this.head + index) & this.mask
    this.times[slot] = timeUs
    for (let column = 0; column < this.columns; column++) {
      const value = values[column] ?? 0
      this.rows[slot * this.columns + column] = value
      this.add(column, value)
    }
    this.updated()
    return true
  }

  /** Moves the window's end; what is older than its size leaves. */
  advance(timeUs: number): void {
    if (timeUs > this.endUs) this.endUs = timeUs
    const startUs = this.endUs - this.sizeUs
    while (this.count > 0 && (this.times[this.head] ?? 0) <= startUs) this.drop()
  }

  clear(): void {
    this.count = 0
    this.head = 0
    this.updates = 0
    this.refusedUs = Number.NEGATIVE_INFINITY
    this.endUs = Number.NEGATIVE_INFINITY
    this.totals.fill(0)
    this.lost.fill(0)
  }

  private drop(): void {
    const from = this.head * this.columns
    this.count--
    this.head = (this.head + 1) & this.mask
    if (this.count === 0) {
      // An empty window sums up to nothing at all, not to what rounding left behind.
      this.totals.fill(0)
      this.lost.fill(0)
      return
    }
    for (let column = 0; column < this.columns; column++) this.add(column, -(this.rows[from + column] ?? 0))
    this.updated()
  }

  private add(column: number, value: number): void {
    const sum = this.totals[column] ?? 0
    const next = sum + value
    const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    this.lost[column] = (this.lost[column] ?? 0) + lost
    this.totals[column] = next
  }

  private updated(): void {
    if (++this.updates < RECOUNT_EVERY) return
    this.updates = 0
    this.totals.fill(0)
    this.lost.fill(0)
    for (let index = 0; index < this.count; index++) {
      for (let column = 0; column < this.columns; column++) this.add(column, this.at(index, column))
    }
  }

  private move(from: number, to: number): void {
    const source = (this.head + from) & this.mask
    const target = (this.head + to) & this.mask
    this.times[target] = this.times[source] ?? 0
    this.rows.copyWithin(target * this.columns, source * this.columns, (source + 1) * this.columns)
  }

  private grow(): void {
    const capacity = this.times.length * 2
    const times = new Float64Array(capacity)
    const rows = new Float64Array(capacity * this.columns)
    for (let index = 0; index < this.times.length; index++) {
      times[index] = this.timeAt(index)
      for (let column = 0; column < this.columns; column++) rows[index * this.columns + column] = this.at(index, column)
    }
    this.times = times
    this.rows = rows
    this.mask = capacity - 1
    this.head = 0
  }
}
