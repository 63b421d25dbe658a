/** Something that happens at an instant of simulated time. Cancelled by taking its `run` away. */
export interface Scheduled {
  readonly atMs: number
  /** Decides between events of one instant. */
  readonly rank: number
  run: (() => void) | undefined
}

/** A binary heap of events, the earliest first; equal instants by rank, which the seed draws, then by age. */
export class EventHeap {
  private readonly entries: Scheduled[] = []

  push(atMs: number, rank: number, run: () => void): Scheduled {
    const entry: Scheduled = { atMs, rank, run }
    const { entries } = this
    let index = entries.length
    entries.push(entry)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = entries[above]
      if (parent === undefined || !isBefore(entry, parent)) break
      entries[index] = parent
      index = above
    }
    entries[index] = entry
    return entry
  }

  /** When the next event is due; infinity when there is none. */
  nextMs(): number {
    for (;;) {
      const first = this.entries[0]
      if (first === undefined) return Number.POSITIVE_INFINITY
      if (first.run !== undefined) return first.atMs
      this.remove()
    }
  }

  pop(): Scheduled | undefined {
    this.nextMs()
    const first = this.entries[0]
    if (first !== undefined) this.remove()
    return first
  }

  private remove(): void {
    const { entries } = this
    const last = entries.pop()
    const size = entries.length
    if (last === undefined || size === 0) return
    let index = 0
    for (;;) {
      let below = 2 * index + 1
      if (below >= size) break
      const left = entries[below]
      const right = entries[below + 1]
      if (left !== undefined && right !== undefined && isBefore(right, left)) below++
      const child = entries[below]
      if (child === undefined || !isBefore(child, last)) break
      entries[index] = child
      index = below
    }
    entries[index] = last
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank)
}
