import type { Side } from '../../model/event.ts'

/** What a taker's price was worth later, in basis points: positive when the market went the taker's way. */
export function markoutBps(side: Side, midThen: number, midLater: number): number | undefined {
  if (!(midThen > 0 && midLater > 0)) return undefined
  return ((side === 'buy' ? 1 : -1) * (midLater - midThen) * 1e4) / midThen
}

/** The last known mid at or before a time, of what was seen in order. */
export class MidHistory {
  private readonly times: number[] = []
  private readonly mids: number[] = []
  private from = 0

  get newestUs(): number {
    return this.times.at(-1) ?? Number.NEGATIVE_INFINITY
  }

  add(timeUs: number, mid: number): void {
    const { times, mids } = this
    if (mids.length > this.from && mids.at(-1) === mid) return
    // Quotes come in order; one that does not is told at the time of the one before.
    times.push(Math.max(timeUs, this.newestUs))
    mids.push(mid)
  }

  /** Undefined when none was known then. */
  at(timeUs: number): number | undefined {
    const { times, mids } = this
    let low = this.from
    let high = times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((times[middle] ?? 0) <= timeUs) low = middle + 1
      else high = middle
    }
    return low > this.from ? mids[low - 1] : undefined
  }

  /** What was known before is forgotten, but for the last of it. */
  forget(timeUs: number): void {
    const { times, mids } = this
    while (this.from + 1 < times.length && (times[this.from + 1] ?? 0) <= timeUs) this.from++
    if (this.from < 8192) return
    times.splice(0, this.from)
    mids.splice(0, this.from)
    this.from = 0
  }

  clear(): void {
    this.times.length = 0
    this.mids.length = 0
    this.from = 0
  }
}
