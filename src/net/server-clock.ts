import { errorLine } from '../model/error.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import type { Clock } from './clock.ts'

export interface ServerClockOptions {
  readonly clock: Clock
  /** Asks the venue for its time. */
  readonly ask: (signal: AbortSignal) => Promise<EpochUs>
  /** How old a measurement may get. @default 600000 */
  readonly everyMs?: DurationMs
  /** Questions of one measurement. @default 5 */
  readonly samples?: number
  /** What a person should know. @default nothing */
  readonly onProblem?: (message: string) => void
}

interface Sample {
  /** The server's clock minus our monotonic one, microseconds, if both ways took equally long. */
  readonly middleUs: number
  /** The same, if the whole round trip were the way back: less it cannot be. */
  readonly leastUs: number
}

/** An answer that took longer says too little. */
const MOST_ROUND_TRIP_MS = 5000
/** The wall clock ran on for this long while the monotonic one stood: the computer slept. */
const SLEEP_MS = 10_000
/** After a measurement that failed. */
const RETRY_MS = 30_000

/**
 * The venue's time, for signed calls: the median of several questions with half the round trip, and never later than any
 * answer proves, because a venue refuses what comes from its future. It is carried on by the monotonic clock, so that
 * neither a step nor a drift of the wall clock moves it; measured again every ten minutes, after a sleep of the computer,
 * and once when the venue refuses a time.
 */
export class ServerClock implements AsyncDisposable {
  private readonly options: ServerClockOptions
  private readonly controller = new AbortController()
  private offsetUs: number | undefined
  private medianUs: number | undefined
  private measuredMs = Number.NEGATIVE_INFINITY
  private wallMinusMonotonicMs = 0
  private running: Promise<void> | undefined
  private timer: Disposable | undefined

  constructor(options: ServerClockOptions) {
    this.options = options
  }

  /** The venue's clock minus the wall clock, milliseconds; undefined until measured. */
  get offsetMs(): number | undefined {
    if (this.medianUs === undefined) return undefined
    const { clock } = this.options
    return (this.medianUs + clock.monotonicMs() * 1000 - clock.nowUs()) / 1000
  }

  /**
   * The time to sign with, milliseconds since 1970, measured first where it must be. Ask at the moment of sending: a time
   * that waited in a queue is refused.
   * @throws what `ask` throws, when nothing was ever measured
   */
  async timestampMs(): Promise<number> {
    if (this.isOutdated()) await this.measure()
    return this.now()
  }

  /**
   * Runs a signed call; when the venue refuses its time, measures anew and runs it once more, never twice. Only for calls
   * that may be repeated: a refused time means that nothing was done.
   */
  async signed<T>(run: (timestampMs: number) => Promise<T>, isTimeRefused: (error: unknown) => boolean): Promise<T> {
    try {
      return await run(await this.timestampMs())
    } catch (error) {
      if (!isTimeRefused(error)) throw error
      await this.measure()
      return await run(this.now())
    }
  }

  /** Measures now; everybody who asks meanwhile gets the same measurement. */
  async measure(): Promise<void> {
    this.running ??= this.ask().finally(() => {
      this.running = undefined
    })
    await this.running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.abort()
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    try {
      await this.running
    } catch {
      // Whoever asked for the measurement was told.
    }
  }

  private now(): number {
    return Math.floor(((this.offsetUs ?? 0) + this.options.clock.monotonicMs() * 1000) / 1000)
  }

  private isOutdated(): boolean {
    const { clock, everyMs } = this.options
    if (this.offsetUs === undefined) return true
    if (clock.monotonicMs() - this.measuredMs > (everyMs ?? 600_000) + RETRY_MS) return true
    return this.wallRanOnMs() > SLEEP_MS
  }

  private wallRanOnMs(): DurationMs {
    const { clock } = this.options
    return clock.nowUs() / 1000 - clock.monotonicMs() - this.wallMinusMonotonicMs
  }

  private async ask(): Promise<void> {
    const { clock, samples: wanted } = this.options
    const samples: Sample[] = []
    let failure: unknown
    for (let index = 0; index < (wanted ?? 5) && !this.controller.signal.aborted; index++) {
      const beforeMs = clock.monotonicMs()
      try {
        const serverUs = await this.options.ask(this.controller.signal)
        const afterMs = clock.monotonicMs()
        if (afterMs - beforeMs > MOST_ROUND_TRIP_MS) continue
        samples.push({ middleUs: serverUs - (beforeMs + afterMs) * 500, leastUs: serverUs - afterMs * 1000 })
      } catch (error) {
        failure = error
        break
      }
    }
    if (samples.length > 0) this.accept(samples)
    this.schedule(samples.length > 0)
    if (samples.length > 0 || this.controller.signal.aborted) return
    if (this.offsetUs === undefined) throw failure ?? new Error('every answer of the time server took too long')
    this.options.onProblem?.(`the server time could not be measured: ${errorLine(failure ?? 'slow answers')}`)
  }

  private accept(samples: readonly Sample[]): void {
    const { clock } = this.options
    const middles = samples.map(sample => sample.middleUs).sort((a, b) => a - b)
    this.medianUs = middles[Math.floor((middles.length - 1) / 2)] ?? 0
    this.offsetUs = Math.min(this.medianUs, Math.max(...samples.map(sample => sample.leastUs)))
    this.measuredMs = clock.monotonicMs()
    this.wallMinusMonotonicMs = clock.nowUs() / 1000 - this.measuredMs
  }

  private schedule(isGood: boolean): void {
    this.timer?.[Symbol.dispose]()
    if (this.controller.signal.aborted) return
    const delayMs = isGood ? (this.options.everyMs ?? 600_000) : RETRY_MS
    this.timer = this.options.clock.setTimer(delayMs, () => {
      void this.measure().catch((error: unknown) => this.options.onProblem?.(errorLine(error)))
    })
  }
}
