import type { DurationMs, EpochUs } from '../model/time.ts'
import { epochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly fn: () => void
}

/** A clock that stands still until it is told to move: hours pass in a test within milliseconds. */
export class FakeClock implements Clock {
  private timers: Timer[] = []
  private elapsedMs = 0
  private wallStartUs: number
  private nextOrder = 0

  /** @param startUs wall time at the beginning, microseconds since 1970 */
  constructor(startUs = 1_790_000_000_000_000) {
    this.wallStartUs = startUs
  }

  nowUs(): EpochUs {
    return epochUs(Math.round(this.wallStartUs + this.elapsedMs * 1000))
  }

  monotonicMs(): number {
    return this.elapsedMs
  }

  setTimer(delayMs: DurationMs, fn: () => void): Disposable {
    const timer: Timer = { atMs: this.elapsedMs + Math.max(0, delayMs), order: this.nextOrder++, fn }
    this.timers.push(timer)
    return {
      [Symbol.dispose]: () => {
        this.timers = this.timers.filter(other => other !== timer)
      },
    }
  }

  /** Timers that wait. */
  get pending(): number {
    return this.timers.length
  }

  /** Steps the wall clock only, as a time server or a person would. */
  stepWall(byMs: DurationMs): void {
    this.wallStartUs += byMs * 1000
  }

  /** Time passes while nothing runs, as during long synchronous work: timers that fell due fire late, with the next `advance`. */
  stall(byMs: DurationMs): void {
    this.elapsedMs += byMs
  }

  /** Lets time pass: timers fire in order, and promises settle between them. */
  async advance(byMs: DurationMs): Promise<void> {
    const untilMs = this.elapsedMs + byMs
    await settle()
    for (;;) {
      const next = this.nextDue(untilMs)
      if (next === undefined) break
      this.timers = this.timers.filter(other => other !== next)
      this.elapsedMs = Math.max(this.elapsedMs, next.atMs)
      next.fn()
      await settle()
    }
    this.elapsedMs = untilMs
    await settle()
  }

  private nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.timers) {
      if (timer.atMs > untilMs) continue
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order))
        next = timer
    }
    return next
  }
}

/** Runs everything that is ready: promise callbacks, and what they queue. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve()
}
