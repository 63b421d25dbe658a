/** Values of a signal by the receive time at which they were known; NaN where there was none to trust. */
export class ValueSeries {
  private times = new Float64Array(1024)
  private values = new Float64Array(1024)
  private count = 0

  get length(): number {
    return this.count
  }

  add(timeUs: number, value: number | undefined): void {
    if (this.count === this.times.length) {
      this.times = grown(this.times)
      this.values = grown(this.values)
    }
    this.times[this.count] = timeUs
    this.values[this.count] = value ?? Number.NaN
    this.count++
  }

  /** The newest value known in `(fromUs, untilUs]`. */
  newestIn(fromUs: number, untilUs: number): number | undefined {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.times[middle] ?? 0) <= untilUs) low = middle + 1
      else high = middle
    }
    const value = this.values[low - 1]
    const timeUs = this.times[low - 1]
    if (low === 0 || value === undefined || timeUs === undefined) return undefined
    return timeUs > fromUs && !Number.isNaN(value) ? value : undefined
  }
}

function grown(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2)
  larger.set(column)
  return larger
}
