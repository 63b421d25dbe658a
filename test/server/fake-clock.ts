import { type EpochUs, epochUs } from '../../src/model/time.ts'
import type { Clock } from '../../src/net/clock.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly fn: () => void
}

/** Time that only moves when told to; timers run in their order on the way. */
export class FakeClock implements Clock {
  private readonly originUs: number
  private nowMs = 0
  private order = 0
  private timers: Timer[] = []

  constructor(originUs = 1_780_000_000_000_000) {
    this.originUs = originUs
  }

  nowUs(): EpochUs {
    return epochUs(this.originUs + Math.round(this.nowMs * 1000))
  }

  monotonicMs(): number {
    return this.nowMs
  }

  setTimer(delayMs: number, fn: () => void): Disposable {
    const timer = { atMs: this.nowMs + delayMs, order: this.order++, fn }
    this.timers.push(timer)
    return {
      [Symbol.dispose]: () => {
        this.timers = this.timers.filter(other => other !== timer)
      },
    }
  }

  get pending(): number {
    return this.timers.length
  }

  advance(ms: number): void {
    const until = this.nowMs + ms
    for (;;) {
      const due = this.timers.filter(timer => timer.atMs <= until)
      due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
      const [next] = due
      if (next === undefined) break
      this.timers = this.timers.filter(timer => timer !== next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.fn()
    }
    this.nowMs = until
  }
}
