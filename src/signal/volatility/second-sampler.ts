const SECOND_US = 1_000_000
/** Most seconds without a quote that are filled with the last mid, each. */
const MOST_FILLED = 86_400

/**
 * The last known mid at every whole second of exchange time. A second is told once a quote of a later one, or the clock, proves
 * that it is over.
 */
export class SecondSampler {
  private mid = Number.NaN
  /** The second that collects now. */
  private second = -1
  private isKnown = false

  /** False when the second of the quote is over. */
  add(timeUs: number, mid: number, sample: (second: number, mid: number) => void): boolean {
    const second = Math.floor(timeUs / SECOND_US)
    if (this.isKnown && second < this.second) return false
    this.closeUntil(second, sample)
    this.second = second
    this.mid = mid
    this.isKnown = true
    return true
  }

  /** Every second before this one is over. */
  closeUntil(second: number, sample: (second: number, mid: number) => void): void {
    if (!this.isKnown || second <= this.second) return
    if (second - this.second > MOST_FILLED) {
      this.second = second
      return
    }
    for (; this.second < second; this.second++) sample(this.second, this.mid)
  }

  clear(): void {
    this.isKnown = false
  }
}
