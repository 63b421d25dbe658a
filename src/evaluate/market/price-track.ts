/** What a taker met at one moment. */
export interface ExecutablePrice {
  readonly timeUs: number
  /** What a buyer pays: the ask, or the average of a walk through the book. */
  readonly buyPrice: number
  /** What a seller gets. */
  readonly sellPrice: number
  readonly mid: number
}

export type NoPrice = 'beforeStart' | 'afterEnd' | 'gap' | 'stale' | 'thinBook'

/** Most changes of price that are kept of one instrument: 32 bytes each. */
const MOST_CHANGES = 20_000_000

/** Executable prices of one instrument by receive time, in columns, only where one of them changed. */
export class PriceTrack {
  /** Receive time up to which is known that nothing else changed. */
  private endUs = Number.NEGATIVE_INFINITY
  private count = 0
  private columns = [new Float64Array(1024), new Float64Array(1024), new Float64Array(1024), new Float64Array(1024)]
  private readonly gaps: { readonly fromUs: number; untilUs: number }[] = []
  private readonly mostAgeUs: number

  /** @param mostAgeMs a price that nothing confirmed for so long is none */
  constructor(mostAgeMs: number) {
    this.mostAgeUs = mostAgeMs * 1000
  }

  get changes(): number {
    return this.count
  }

  get fromUs(): number {
    return this.columns[0]?.[0] ?? 0
  }

  get untilUs(): number {
    return this.endUs
  }

  get gapCount(): number {
    return this.gaps.length
  }

  /** @throws RangeError beyond 20 million changes @param buyPrice NaN where the book is too thin */
  add(timeUs: number, buyPrice: number, sellPrice: number, mid: number): void {
    const open = this.gaps.at(-1)
    const wasLost = open?.untilUs === Number.POSITIVE_INFINITY
    if (open !== undefined && wasLost) open.untilUs = timeUs
    this.endUs = Math.max(this.endUs, timeUs)
    const last = this.count - 1
    const [times, buys, sells, mids] = this.columns
    if (times === undefined || buys === undefined || sells === undefined || mids === undefined) return
    const isSame = Object.is(buys[last], buyPrice) && Object.is(sells[last], sellPrice) && mids[last] === mid
    // A price that stays is confirmed from time to time, so that it does not look old.
    if (last >= 0 && isSame && !wasLost && timeUs - (times[last] ?? 0) < this.mostAgeUs / 4) return
    if (this.count === MOST_CHANGES)
      throw new RangeError(`more than ${MOST_CHANGES} changes of price: evaluate a shorter part (--from, --to).`)
    if (this.count === times.length) this.grow()
    for (const [column, value] of [timeUs, buyPrice, sellPrice, mid].entries()) {
      const kept = this.columns[column]
      if (kept !== undefined) kept[this.count] = value
    }
    this.count++
  }

  /** Prices are unknown from here until the next one. */
  lose(timeUs: number): void {
    if (this.gaps.at(-1)?.untilUs === Number.POSITIVE_INFINITY || this.count === 0) return
    this.gaps.push({ fromUs: timeUs, untilUs: Number.POSITIVE_INFINITY })
  }

  /** The recording goes on at least up to here. */
  reach(timeUs: number): void {
    this.endUs = Math.max(this.endUs, timeUs)
  }

  /** What a taker met at this moment: the newest price known then, never a later one. */
  at(timeUs: number): ExecutablePrice | NoPrice {
    if (this.count === 0 || timeUs < this.fromUs) return 'beforeStart'
    if (timeUs > this.endUs) return 'afterEnd'
    if (timeUs < (this.gapFrom(timeUs)?.untilUs ?? Number.NEGATIVE_INFINITY)) return 'gap'
    const [times, buys, sells, mids] = this.columns
    const index = this.indexAt(timeUs)
    const knownUs = times?.[index] ?? 0
    if (timeUs - knownUs > this.mostAgeUs) return 'stale'
    const buyPrice = buys?.[index] ?? Number.NaN
    const sellPrice = sells?.[index] ?? Number.NaN
    if (Number.isNaN(buyPrice) || Number.isNaN(sellPrice)) return 'thinBook'
    return { timeUs: knownUs, buyPrice, sellPrice, mid: mids?.[index] ?? Number.NaN }
  }

  /** True when prices were unknown at some moment of the span. */
  hasGap(fromUs: number, untilUs: number): boolean {
    // They do not overlap: of those that began by then the last one ends last.
    return (this.gapFrom(untilUs)?.untilUs ?? Number.NEGATIVE_INFINITY) > fromUs
  }

  /** The last gap that began by then. */
  private gapFrom(timeUs: number): { readonly fromUs: number; readonly untilUs: number } | undefined {
    let low = 0
    let high = this.gaps.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.gaps[middle]?.fromUs ?? 0) <= timeUs) low = middle + 1
      else high = middle
    }
    return this.gaps[low - 1]
  }

  private indexAt(timeUs: number): number {
    const times = this.columns[0]
    let low = 0
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((times?.[middle] ?? 0) <= timeUs) low = middle
      else high = middle - 1
    }
    return low
  }

  private grow(): void {
    this.columns = this.columns.map(column => {
      const larger = new Float64Array(column.length * 2)
      larger.set(column)
      return larger
    })
  }
}
