import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'

export interface VigilTasks {
  hasOpenOrders(): boolean
  /** Nothing has ever come by the way that is used now. */
  isUnproven(): boolean
  /** A comparison runs, or there is nothing to compare with. */
  isBusy(): boolean
  compare(cause: string): void
  woke(): void
  /** Nothing was told for half a minute. */
  silent(): void
  /** Once a second. */
  tick(nowMs: number): void
}

const TICK_MS: DurationMs = 1000
/** The wall clock ran on for this long while the monotonic one stood: the computer slept. */
const SLEEP_MS: DurationMs = 10_000
const FIRST_SILENCE_MS: DurationMs = 60_000
const MOST_SILENCE_MS: DurationMs = 300_000
/** A stream without a word is asked whether it still stands: another program may have deleted the key that they share. */
const PROVE_EVERY_MS: DurationMs = 25_000
/** A way that is silent from the beginning is found out within a minute of the first fill. */
const UNPROVEN_EVERY_MS: DurationMs = 45_000

/** Looks after one account every second: is it time to compare, has it been silent for long, did the computer sleep? */
export class Vigil {
  private readonly clock: Clock
  private readonly everyMs: DurationMs
  private readonly signal: AbortSignal
  private readonly tasks: VigilTasks
  private timer: Disposable | undefined
  private comparedMs: number
  private provedMs: number
  private silenceMs = FIRST_SILENCE_MS
  private silentSinceMs: number
  private wallMinusMonotonicMs: number

  constructor(clock: Clock, everyMs: DurationMs, signal: AbortSignal, tasks: VigilTasks) {
    this.clock = clock
    this.everyMs = everyMs
    this.signal = signal
    this.tasks = tasks
    const nowMs = clock.monotonicMs()
    this.comparedMs = nowMs
    this.provedMs = nowMs
    this.silentSinceMs = nowMs
    this.wallMinusMonotonicMs = clock.nowUs() / 1000 - nowMs
  }

  start(): void {
    this.timer = this.clock.setTimer(TICK_MS, () => {
      if (this.signal.aborted) return
      this.look()
      this.start()
    })
  }

  stop(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  /** The stream told something. */
  heard(): void {
    this.provedMs = this.clock.monotonicMs()
    this.silenceMs = FIRST_SILENCE_MS
    this.silentSinceMs = this.provedMs
  }

  compared(): void {
    this.comparedMs = this.clock.monotonicMs()
  }

  private look(): void {
    const nowMs = this.clock.monotonicMs()
    const differenceMs = this.clock.nowUs() / 1000 - nowMs
    const sleptMs = differenceMs - this.wallMinusMonotonicMs
    this.wallMinusMonotonicMs = differenceMs
    if (sleptMs > SLEEP_MS) this.tasks.woke()
    else if (!this.tasks.isBusy()) this.compareIfDue(nowMs)
    if (nowMs - this.provedMs >= PROVE_EVERY_MS) {
      this.provedMs = nowMs
      this.tasks.silent()
    }
    this.tasks.tick(nowMs)
  }

  private compareIfDue(nowMs: number): void {
    const sinceMs = nowMs - this.comparedMs
    if (sinceMs >= this.everyMs) this.compare('it was time to compare')
    else if (this.tasks.isUnproven() && sinceMs >= UNPROVEN_EVERY_MS)
      this.compare('nothing has come by this connection yet')
    else if (this.tasks.hasOpenOrders() && nowMs - this.silentSinceMs >= this.silenceMs) {
      this.silenceMs = Math.min(MOST_SILENCE_MS, this.silenceMs * 2)
      this.silentSinceMs = nowMs
      this.compare('silence while orders are open')
    }
  }

  private compare(cause: string): void {
    this.comparedMs = this.clock.monotonicMs()
    this.tasks.compare(cause)
  }
}
