import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'

interface Timer {
  readonly dueUs: number
  readonly order: number
  readonly fn: () => void
}

/** A clock that is moved by a recording: time passes only between its lines, and timers fire exactly when they are due. */
export class VirtualClock implements Clock {
  /**
   * How often the clock was read or a timer set. Whatever begins to wait for something does one of both: when nothing did,
   * nothing waits.
   */
  touches = 0
  /** Called with the monotonic time before a timer fires. */
  beforeTimer: ((nowMs: number) => void) | undefined
  private wallUs: number
  private elapsedUs = 0
  /** Sorted, the next one last. */
  private readonly timers: Timer[] = []
  private created = 0

  constructor(startUs: number) {
    this.wallUs = startUs
  }

  /** As `nowUs`, without counting as a touch. */
  get timeUs(): number {
    return this.wallUs
  }

  nowUs(): EpochUs {
    this.touches++
    return epochUs(this.wallUs)
  }

  monotonicMs(): number {
    this.touches++
    return this.elapsedUs / 1000
  }

  setTimer(delayMs: DurationMs, fn: () => void): Disposable {
    this.touches++
    const timer: Timer = { dueUs: this.elapsedUs + Math.ceil(Math.max(0, delayMs) * 1000), order: this.created++, fn }
    this.insert(timer)
    return {
      [Symbol.dispose]: () => {
        const index = this.timers.indexOf(timer)
        if (index >= 0) this.timers.splice(index, 1)
      },
    }
  }

  /** Fires the next timer that is due by the wall time `untilUs`, at its own time; false when there is none. */
  fireBefore(untilUs: number): boolean {
    const next = this.timers.at(-1)
    if (next === undefined || next.dueUs > this.elapsedUs + Math.max(0, untilUs - this.wallUs)) return false
    this.timers.pop()
    this.wallUs += next.dueUs - this.elapsedUs
    this.elapsedUs = next.dueUs
    this.beforeTimer?.(this.elapsedUs / 1000)
    next.fn()
    return true
  }

  /** A recorder's wall clock may have been set back; what was waited for has passed all the same. */
  moveTo(wallUs: number): void {
    this.elapsedUs += Math.max(0, wallUs - this.wallUs)
    this.wallUs = wallUs
  }

  private insert(timer: Timer): void {
    const { timers } = this
    let low = 0
    let high = timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = timers[middle]
      // The oldest of those that are due together stands last.
      if (other !== undefined && other.dueUs > timer.dueUs) low = middle + 1
      else high = middle
    }
    timers.splice(low, 0, timer)
  }
}

/** Promise reactions that may follow one another before one of them looks at the clock. */
const ROUNDS = 40

/** Lets everything run that is ready to, and whatever that sets going. */
export async function settle(clock: VirtualClock): Promise<void> {
  let touches: number
  do {
    touches = clock.touches
    for (let round = 0; round < ROUNDS; round++) await Promise.resolve()
  } while (clock.touches !== touches)
}
