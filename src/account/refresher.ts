import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'

const REFRESH_EVERY_MS: DurationMs = 1000

/** Runs one question at a time, and never more than one a second, however often it is asked for. */
export class Refresher {
  private readonly clock: Clock
  private readonly refresh: () => Promise<boolean>
  private readonly failed: (error: unknown) => void
  private timer: Disposable | undefined
  private isRunning = false
  private isAskedAgain = false
  private isClosed = false
  private beganMs = Number.NEGATIVE_INFINITY

  /** @param refresh false when it has to be asked again */
  constructor(clock: Clock, refresh: () => Promise<boolean>, failed: (error: unknown) => void) {
    this.clock = clock
    this.refresh = refresh
    this.failed = failed
  }

  ask(): void {
    if (this.isRunning) this.isAskedAgain = true
    if (this.timer !== undefined || this.isRunning || this.isClosed) return
    const waitMs = Math.max(0, this.beganMs + REFRESH_EVERY_MS - this.clock.monotonicMs())
    this.timer = this.clock.setTimer(waitMs, () => {
      this.timer = undefined
      void this.run()
    })
  }

  close(): void {
    this.isClosed = true
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  private async run(): Promise<void> {
    this.beganMs = this.clock.monotonicMs()
    this.isRunning = true
    this.isAskedAgain = false
    try {
      if (!(await this.refresh())) this.isAskedAgain = true
    } catch (error) {
      this.failed(error)
    }
    this.isRunning = false
    if (this.isAskedAgain) this.ask()
  }
}
