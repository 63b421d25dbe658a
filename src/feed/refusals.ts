import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { Leg } from './leg.ts'

/** A stream that the venue has brought before and refuses now is asked for again so often. */
const ASK_AGAIN_MS: DurationMs = 60_000

/** Streams of one connection that the venue refuses for now. */
export class Refusals {
  private readonly clock: Clock
  private readonly again: (leg: Leg) => void
  private readonly timers = new Map<Leg, Disposable>()

  constructor(clock: Clock, again: (leg: Leg) => void) {
    this.clock = clock
    this.again = again
  }

  /** What was there before may come back; what never was is not asked for again and again. */
  add(leg: Leg): void {
    if (leg.stream.events === 0) return
    this.forget(leg)
    const timer = this.clock.setTimer(ASK_AGAIN_MS, () => {
      this.timers.delete(leg)
      if (leg.state === 'rejected') this.again(leg)
    })
    this.timers.set(leg, timer)
  }

  forget(leg: Leg): void {
    this.timers.get(leg)?.[Symbol.dispose]()
    this.timers.delete(leg)
  }

  clear(): void {
    for (const timer of this.timers.values()) timer[Symbol.dispose]()
    this.timers.clear()
  }
}
