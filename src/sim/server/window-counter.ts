/** Counts events within a sliding span of time. */
export class WindowCounter {
  private readonly spanMs: number
  private times: number[] = []

  constructor(spanMs: number) {
    this.spanMs = spanMs
  }

  /** Counts one event, and tells how many fell into the span that ends now. */
  add(nowMs: number): number {
    const oldest = nowMs - this.spanMs
    while (this.times.length > 0 && (this.times[0] ?? 0) <= oldest) this.times.shift()
    this.times.push(nowMs)
    return this.times.length
  }
}
