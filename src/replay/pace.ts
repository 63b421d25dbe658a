import { ConfigError } from '../model/error.ts'
import { type Clock, sleep } from '../net/clock.ts'

/** Shorter waits are not worth a timer: they are made up for by the next one. */
const LEAST_WAIT_MS = 1

/** Holds a replay to the times of its lines, or to a multiple of their speed. */
export class Pace {
  private readonly clock: Clock
  private readonly speed: number
  private readonly signal: AbortSignal
  private startMs = 0
  private originUs: number | undefined

  /** @throws ConfigError */
  constructor(clock: Clock, speed: number | 'max', signal: AbortSignal) {
    this.clock = clock
    this.speed = speed === 'max' ? Number.POSITIVE_INFINITY : speed
    this.signal = signal
    if (!(this.speed > 0)) throw new ConfigError(`speed: expected a positive number or "max", was ${speed}.`)
  }

  /** Milliseconds until a line of this time is due; 0 when it is. */
  waitMs(timeUs: number): number {
    if (this.speed === Number.POSITIVE_INFINITY) return 0
    if (this.originUs === undefined) {
      this.originUs = timeUs
      this.startMs = this.clock.monotonicMs()
    }
    const dueMs = this.startMs + (timeUs - this.originUs) / 1000 / this.speed
    const waitMs = dueMs - this.clock.monotonicMs()
    return waitMs > LEAST_WAIT_MS ? waitMs : 0
  }

  async wait(waitMs: number): Promise<void> {
    await sleep(this.clock, waitMs, this.signal)
  }
}
