import { type EpochUs, epochUs } from '../../../src/model/time.ts'
import type { Clock } from '../../../src/net/clock.ts'
import { EventHeap, type Scheduled } from './event-heap.ts'

/** When the simulated world begins: 20 s before a full minute of November 2026. */
export const START_MS = 1_795_000_000_000 - (1_795_000_000_000 % 60_000) + 40_000

/**
 * The clocks and timers of the machine on which the client runs. Wall and monotonic time are separate; the machine may
 * sleep (its monotonic clock stands still) or be busy (only its callbacks are late).
 */
export class HostClock implements Clock {
  private readonly timers = new EventHeap()
  private readonly worldMs: () => number
  private created = 0
  private sleptMs = 0
  private jumpedMs = 0
  private driftPpm = 0
  private driftSinceMs = 0
  /** Nothing of the client runs before this, in world time. */
  frozenUntilMs = 0
  /** Timers that are armed. */
  active = 0

  constructor(worldMs: () => number) {
    this.worldMs = worldMs
  }

  get isFrozen(): boolean {
    return this.worldMs() < this.frozenUntilMs
  }

  nowUs(): EpochUs {
    const worldMs = this.worldMs()
    const driftedMs = ((worldMs - this.driftSinceMs) * this.driftPpm) / 1e6
    return epochUs(Math.round((START_MS + worldMs + this.jumpedMs + driftedMs) * 1000))
  }

  monotonicMs(): number {
    return this.worldMs() - this.sleptMs
  }

  /** As Node's: at least a millisecond. */
  setTimer(delayMs: number, fn: () => void): Disposable {
    const dueMs = this.monotonicMs() + Math.max(1, delayMs)
    this.active++
    const entry = this.timers.push(dueMs, this.created++, () => {
      this.active--
      fn()
    })
    return { [Symbol.dispose]: () => this.cancel(entry) }
  }

  /** World time of the next timer. */
  /** True when the machine stood still within so long: what waited meanwhile is answered at once. */
  wasFrozenWithin(ms: number): boolean {
    return this.frozenUntilMs > this.worldMs() - ms
  }

  nextMs(): number {
    const dueMs = this.timers.nextMs() + this.sleptMs
    return Math.max(dueMs, this.frozenUntilMs)
  }

  fire(): void {
    const entry = this.timers.pop()
    const run = entry?.run
    if (entry !== undefined) entry.run = undefined
    run?.()
  }

  sleep(ms: number): void {
    const fromMs = Math.max(this.worldMs(), this.frozenUntilMs)
    this.frozenUntilMs = fromMs + ms
    this.sleptMs += ms
  }

  stall(ms: number): void {
    this.frozenUntilMs = Math.max(this.worldMs(), this.frozenUntilMs) + ms
  }

  jump(ms: number): void {
    this.jumpedMs += ms
  }

  drift(ppm: number): void {
    const worldMs = this.worldMs()
    this.jumpedMs += ((worldMs - this.driftSinceMs) * this.driftPpm) / 1e6
    this.driftSinceMs = worldMs
    this.driftPpm = ppm
  }

  private cancel(entry: Scheduled): void {
    if (entry.run === undefined) return
    entry.run = undefined
    this.active--
  }
}
