import type { DurationMs } from '../model/time.ts'
import type { Clock } from './clock.ts'

/** Connection attempts towards one host: at most `most` in any window, all connections together, and none while blocked. */
export class AttemptBudget {
  private readonly clock: Clock
  private readonly most: number
  private readonly windowMs: DurationMs
  private attemptsMs: number[] = []
  private blockedUntilMs = 0

  constructor(clock: Clock, most: number, windowMs: DurationMs) {
    this.clock = clock
    this.most = most
    this.windowMs = windowMs
  }

  /** 0 when an attempt may start now (it is then counted), otherwise how long to wait before asking again. */
  take(): DurationMs {
    const nowMs = this.clock.monotonicMs()
    if (nowMs < this.blockedUntilMs) return this.blockedUntilMs - nowMs
    this.attemptsMs = this.attemptsMs.filter(atMs => nowMs - atMs < this.windowMs)
    const oldest = this.attemptsMs[0]
    if (oldest !== undefined && this.attemptsMs.length >= this.most) return oldest + this.windowMs - nowMs
    this.attemptsMs.push(nowMs)
    return 0
  }

  /** The host asked everybody to wait (429 or 418 on an upgrade). */
  block(durationMs: DurationMs): void {
    this.blockedUntilMs = Math.max(this.blockedUntilMs, this.clock.monotonicMs() + durationMs)
  }
}
