/** The newest entries with ascending ids, at most `limit` of them kept for certain. */
export class IdRing<T extends { readonly id: number; readonly timeUs: number }> {
  private items: T[] = []
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get last(): T | undefined {
    return this.items[this.items.length - 1]
  }

  get length(): number {
    return this.items.length
  }

  push(item: T): void {
    this.items.push(item)
    if (this.items.length >= this.limit * 2) this.items = this.items.slice(-this.limit)
  }

  newest(count: number): readonly T[] {
    return count <= 0 ? [] : this.items.slice(-count)
  }

  /** From the first id at or above `id`. */
  fromId(id: number, count: number): readonly T[] {
    const start = this.firstIndex(item => item.id >= id)
    return this.items.slice(start, start + count)
  }

  /** Entries with startUs <= time <= endUs, the oldest `count`. */
  between(startUs: number, endUs: number, count: number): readonly T[] {
    const start = this.firstIndex(item => item.timeUs >= startUs)
    const end = this.firstIndex(item => item.timeUs > endUs)
    return this.items.slice(start, Math.min(end, start + count))
  }

  private firstIndex(isReached: (item: T) => boolean): number {
    let low = 0
    let high = this.items.length
    while (low < high) {
      const middle = (low + high) >> 1
      const item = this.items[middle]
      if (item !== undefined && isReached(item)) high = middle
      else low = middle + 1
    }
    return low
  }
}
