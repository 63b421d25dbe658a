/**
 * A rate per second that every event lifts and time lets fall: R(t) = R(t0)·2^(−(t−t0)/h) + N·ln2/h. Its integral over one
 * event is the event's size. An event that comes late counts with what would be left of it.
 */
export class KernelRate {
  private readonly halfLifeUs: number
  private readonly liftPerUnit: number
  private rate = 0
  private atUs = Number.NEGATIVE_INFINITY

  constructor(halfLifeMs: number) {
    this.halfLifeUs = halfLifeMs * 1000
    this.liftPerUnit = Math.LN2 / (halfLifeMs / 1000)
  }

  /** The rate at a time at or after the newest event. */
  at(timeUs: number): number {
    if (this.rate === 0) return 0
    return this.rate * 2 ** (-Math.max(0, timeUs - this.atUs) / this.halfLifeUs)
  }

  add(timeUs: number, size: number): void {
    const lift = size * this.liftPerUnit
    if (timeUs >= this.atUs) {
      this.rate = this.at(timeUs) + lift
      this.atUs = timeUs
    } else this.rate += lift * 2 ** (-(this.atUs - timeUs) / this.halfLifeUs)
  }

  clear(): void {
    this.rate = 0
    this.atUs = Number.NEGATIVE_INFINITY
  }
}
