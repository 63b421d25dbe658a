import type { BookDelta, BookLevels } from '../model/book-levels.ts'
import { BookLevels as Levels } from '../model/book-levels.ts'

/** What one delta takes beside its levels, and what one level takes. */
const DELTA_BYTES = 200
const LEVEL_BYTES = 16

/** Copies of deltas in order, bounded by count and bytes: when it is full the oldest go. */
export class DeltaBuffer {
  private readonly mostDeltas: number
  private readonly mostBytes: number
  private deltas: BookDelta[] = []
  private bytes = 0

  constructor(mostDeltas: number, mostBytes: number) {
    this.mostDeltas = mostDeltas
    this.mostBytes = mostBytes
  }

  get size(): number {
    return this.deltas.length
  }

  get(index: number): BookDelta | undefined {
    return this.deltas[index]
  }

  get newest(): BookDelta | undefined {
    return this.deltas[this.deltas.length - 1]
  }

  push(delta: BookDelta): void {
    const copy = copyOf(delta)
    this.deltas.push(copy)
    this.bytes += bytesOf(copy)
    if (this.deltas.length > this.mostDeltas || this.bytes > this.mostBytes) this.dropOldest()
  }

  clear(): void {
    if (this.deltas.length > 0) this.deltas = []
    this.bytes = 0
  }

  /** Forgets everything before an index. */
  dropBefore(index: number): void {
    if (index <= 0) return
    this.deltas = this.deltas.slice(index)
    this.bytes = this.deltas.reduce((sum, delta) => sum + bytesOf(delta), 0)
  }

  /** A quarter at once, so that a full buffer is not moved with every delta; the newest always stays. */
  private dropOldest(): void {
    let kept = 0
    let from = this.deltas.length
    for (let i = this.deltas.length - 1; i >= 0; i--) {
      const delta = this.deltas[i]
      kept += delta === undefined ? 0 : bytesOf(delta)
      const isTooMuch = kept > this.mostBytes * 0.75 || this.deltas.length - i > this.mostDeltas * 0.75
      if (isTooMuch && from < this.deltas.length) break
      from = i
    }
    this.dropBefore(from)
  }
}

function bytesOf(delta: BookDelta): number {
  return DELTA_BYTES + (delta.bids.count + delta.asks.count) * LEVEL_BYTES
}

function copyOf(delta: BookDelta): BookDelta {
  return { ...delta, bids: copyLevels(delta.bids), asks: copyLevels(delta.asks) }
}

function copyLevels(levels: BookLevels): BookLevels {
  const copy = new Levels()
  copy.prices = levels.prices.slice(0, levels.count)
  copy.quantities = levels.quantities.slice(0, levels.count)
  copy.count = levels.count
  return copy
}
