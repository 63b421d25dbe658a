import type { EpochUs } from '../../src/model/time.ts'
import { type Clock, systemClock } from '../../src/net/clock.ts'

/**
 * A simulated exchange's time: `rate` times as fast as real time, and it can be held, so that the market stands still while
 * sockets and REST go on.
 */
export class HeldClock implements Clock {
  private readonly rate: number
  private originMs: number
  private valueMs: number
  private isHeld = false

  constructor(rate = 1) {
    this.rate = rate
    this.originMs = performance.now()
    this.valueMs = this.originMs
  }

  nowUs(): EpochUs {
    return systemClock.nowUs()
  }

  monotonicMs(): number {
    return this.isHeld ? this.valueMs : this.valueMs + (performance.now() - this.originMs) * this.rate
  }

  setTimer(delayMs: number, fn: () => void): Disposable {
    return systemClock.setTimer(delayMs / this.rate, fn)
  }

  hold(): void {
    this.valueMs = this.monotonicMs()
    this.isHeld = true
  }

  /** Lets so much market time pass at once while held. */
  step(ms: number): void {
    this.valueMs += ms
  }

  release(): void {
    this.originMs = performance.now()
    this.isHeld = false
  }
}
