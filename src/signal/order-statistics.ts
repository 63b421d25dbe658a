/** Numbers kept in order: ranks, median and the median of distances from it. */
export class OrderStatistics {
  count = 0
  private values = new Float64Array(256)

  add(value: number): void {
    if (this.count === this.values.length) this.grow()
    const at = this.below(value)
    this.values.copyWithin(at + 1, at, this.count)
    this.values[at] = value
    this.count++
  }

  /** Removes one that was added. */
  remove(value: number): void {
    const at = this.below(value)
    if (at >= this.count || this.values[at] !== value) return
    this.values.copyWithin(at, at + 1, this.count)
    this.count--
  }

  clear(): void {
    this.count = 0
  }

  /** How many are less. */
  below(value: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.values[middle] ?? 0) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Share that is less, equal ones by half: 0 to 1. Undefined of nothing. */
  rank(value: number): number | undefined {
    if (this.count === 0) return undefined
    const below = this.below(value)
    let equal = 0
    while (below + equal < this.count && this.values[below + equal] === value) equal++
    return (below + equal / 2) / this.count
  }

  /** The value below which the share `q` lies, the nearest rank; undefined of nothing. */
  quantile(q: number): number | undefined {
    if (this.count === 0) return undefined
    return this.values[Math.min(this.count - 1, Math.max(0, Math.ceil(q * this.count) - 1))]
  }

  median(): number | undefined {
    const { count, values } = this
    if (count === 0) return undefined
    const upper = values[count >> 1] ?? 0
    return count % 2 === 1 ? upper : ((values[(count >> 1) - 1] ?? 0) + upper) / 2
  }

  /** Median of the distances from `centre`, which has to be the median. */
  medianDistance(centre: number): number {
    const { count, values } = this
    let left = this.below(centre) - 1
    let right = left + 1
    let before = 0
    let distance = 0
    // Both sides grow outwards in order: the middle one of their merge is wanted.
    for (let taken = 0; taken <= count >> 1; taken++) {
      const toLeft = left >= 0 ? centre - (values[left] ?? 0) : Number.POSITIVE_INFINITY
      const toRight = right < count ? (values[right] ?? 0) - centre : Number.POSITIVE_INFINITY
      before = distance
      if (toLeft <= toRight) {
        distance = toLeft
        left--
      } else {
        distance = toRight
        right++
      }
    }
    return count % 2 === 1 ? distance : (before + distance) / 2
  }

  meanDistance(centre: number): number {
    let sum = 0
    for (let at = 0; at < this.count; at++) sum += Math.abs((this.values[at] ?? 0) - centre)
    return this.count === 0 ? 0 : sum / this.count
  }

  private grow(): void {
    const values = new Float64Array(this.values.length * 2)
    values.set(this.values)
    this.values = values
  }
}
