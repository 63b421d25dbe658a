import type { Clock } from '../net/clock.ts'

const MOST_PER_SECOND = 1000
const MOST_AT_ONCE = 10_000

/** Bounds how many points a source may bring; slow series are far below. */
export class PointQuota {
  private readonly clock: Clock
  private left = MOST_AT_ONCE
  private atMs: number
  private isFlooded = false

  constructor(clock: Clock) {
    this.clock = clock
    this.atMs = clock.monotonicMs()
  }

  /** `first` for the first one of a flood that is too much. */
  take(): 'ok' | 'first' | 'more' {
    const nowMs = this.clock.monotonicMs()
    this.left = Math.min(MOST_AT_ONCE, this.left + ((nowMs - this.atMs) / 1000) * MOST_PER_SECOND)
    this.atMs = nowMs
    if (this.left >= 1) {
      this.left--
      if (this.left > MOST_AT_ONCE / 10) this.isFlooded = false
      return 'ok'
    }
    const verdict = this.isFlooded ? 'more' : 'first'
    this.isFlooded = true
    return verdict
  }
}
