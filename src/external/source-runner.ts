import { DialError, errorLine, RateLimited, StaleError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import { type BackoffRules, nextDelay } from '../net/backoff.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Dial } from '../net/dial.ts'
import type { Http } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { ExternalContext, ExternalSource } from './source.ts'
import { HostPauses, sourceNetwork } from './source-network.ts'

export interface SourceTools {
  readonly clock: Clock
  readonly random: Random
  readonly http: Http
  readonly dial: Dial
}

/** What a run does to the outside; it is cut off with the run. */
export type SourceOutlet = Pick<ExternalContext, 'emit' | 'gap' | 'log'>

export interface SourceStatus {
  readonly id: string
  readonly state: 'running' | 'waiting' | 'stopped'
  /** Failures since the last good run. */
  readonly failures: number
  readonly restarts: number
  /** Of the last failure. */
  readonly cause: string | undefined
}

const BACKOFF: BackoffRules = { firstMs: 1000, mostMs: 300_000 }
/** A stream that ran for so long is forgiven what was before. */
const HEALTHY_MS = 60_000
/** Silence of so many cadences is the end of a run, of a poll as of a stream. */
const SILENT_CADENCES = 5
const LEAST_SILENCE_MS = 30_000
/** How long a source may take to obey an abort, and its `stop` to end; then it is left behind. */
const PATIENCE_MS = 5000

/** Runs one source for as long as it is wanted. Whatever the source does, short of holding up the process, ends here. */
export class SourceRunner {
  private readonly source: ExternalSource
  private readonly tools: SourceTools
  private readonly outlet: SourceOutlet
  private readonly pauses: HostPauses
  private readonly over = new AbortController()
  private running: Promise<void> | undefined
  private state: SourceStatus['state'] = 'stopped'
  private failures = 0
  private restarts = 0
  private cause: string | undefined

  constructor(source: ExternalSource, tools: SourceTools, outlet: SourceOutlet) {
    this.source = source
    this.tools = tools
    this.outlet = outlet
    this.pauses = new HostPauses(tools.clock)
  }

  get status(): SourceStatus {
    const { state, failures, restarts, cause } = this
    return { id: this.source.id, state, failures, restarts, cause }
  }

  start(): void {
    this.running ??= this.loop()
  }

  async stop(): Promise<void> {
    this.over.abort()
    await this.running
    this.state = 'stopped'
  }

  private async loop(): Promise<void> {
    const { source, tools } = this
    while (!this.over.signal.aborted) {
      const beganMs = tools.clock.monotonicMs()
      this.state = 'running'
      const error = await this.run()
      if (this.over.signal.aborted) break
      const ranMs = tools.clock.monotonicMs() - beganMs
      const delayMs = error === undefined ? Math.max(0, source.cadenceMs - ranMs) : this.failed(error, ranMs)
      this.state = 'waiting'
      await sleep(tools.clock, delayMs, this.over.signal)
    }
    if (source.kind === 'poll') await this.release()
  }

  private failed(error: unknown, ranMs: DurationMs): DurationMs {
    if (ranMs >= HEALTHY_MS && this.source.kind === 'stream') this.failures = 0
    this.failures++
    this.restarts++
    this.cause = errorLine(error)
    const askedMs = askedToWaitMs(error)
    const delayMs = Math.max(askedMs, nextDelay(this.failures, this.tools.random, BACKOFF))
    this.outlet.log('warn', `${this.source.id}: ${this.cause}; again in ${(delayMs / 1000).toFixed(1)} s`)
    return delayMs
  }

  /** One run. Undefined when all is well, otherwise why it ended. */
  private async run(): Promise<unknown> {
    const { source } = this
    const run = new AbortController()
    const onOver = (): void => run.abort()
    this.over.signal.addEventListener('abort', onOver, { once: true })
    let endedBy: StaleError | undefined
    using watch = new SilenceWatch(this.tools.clock, silenceOf(source), silenceMs => {
      endedBy = new StaleError(`nothing came for ${silenceMs / 1000} s`)
      run.abort(endedBy)
    })
    try {
      const context = this.contextOf(run.signal, () => watch.alive())
      // Called behind a promise, so that what throws at once fails like what throws later.
      const work = Promise.resolve().then(() => source.start(context))
      const isOver = await orAborted(work, run.signal, this.tools.clock)
      if (endedBy !== undefined) return endedBy
      if (!isOver) return undefined
      if (source.kind === 'stream') return new Error('the source ended by itself')
      this.failures = 0
      this.cause = undefined
      return undefined
    } catch (error) {
      return endedBy ?? error
    } finally {
      run.abort()
      this.over.signal.removeEventListener('abort', onOver)
      if (source.kind === 'stream') await this.release()
    }
  }

  private contextOf(signal: AbortSignal, alive: () => void): ExternalContext {
    const { clock, random, http, dial } = this.tools
    const network = sourceNetwork({ clock, http, dial, signal, pauses: this.pauses, alive })
    return {
      signal,
      clock,
      random,
      ...network,
      emit: point => {
        if (signal.aborted) return
        alive()
        this.outlet.emit(point)
      },
      gap: (reason, fromUs, toUs, series) => {
        if (!signal.aborted) this.outlet.gap(reason, fromUs, toUs, series)
      },
      log: (level, message) => this.outlet.log(level, `${this.source.id}: ${message}`),
    }
  }

  private async release(): Promise<void> {
    const patience = new AbortController()
    try {
      const stopped = Promise.resolve().then(() => this.source.stop())
      await Promise.race([stopped, sleep(this.tools.clock, PATIENCE_MS, patience.signal)])
    } catch (error) {
      this.outlet.log('warn', `${this.source.id}: its stop failed: ${errorLine(error)}`)
    } finally {
      patience.abort()
    }
  }
}

function askedToWaitMs(error: unknown): DurationMs {
  if (error instanceof RateLimited) return error.retryAfterMs
  return error instanceof DialError ? (error.retryAfterMs ?? 0) : 0
}

function silenceOf({ cadenceMs }: ExternalSource): DurationMs {
  return Math.max(LEAST_SILENCE_MS, SILENT_CADENCES * cadenceMs)
}

/** Waits for the work; after an abort for {@link PATIENCE_MS} more. False when it was aborted. @throws what the work throws */
async function orAborted(work: Promise<void>, signal: AbortSignal, clock: Clock): Promise<boolean> {
  const patience = new AbortController()
  const left = new Promise<boolean>(resolve => {
    const wait = (): void => void sleep(clock, PATIENCE_MS, patience.signal).then(() => resolve(false))
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
  })
  try {
    const isDone = work.then(() => !signal.aborted)
    return await Promise.race([isDone, left])
  } finally {
    patience.abort()
  }
}

/** Tells once when nothing was heard for too long. */
class SilenceWatch implements Disposable {
  private readonly clock: Clock
  private readonly limitMs: DurationMs
  private readonly onSilent: (silenceMs: DurationMs) => void
  private timer: Disposable
  private heardMs: number

  constructor(clock: Clock, limitMs: DurationMs, onSilent: (silenceMs: DurationMs) => void) {
    this.clock = clock
    this.limitMs = limitMs
    this.onSilent = onSilent
    this.heardMs = clock.monotonicMs()
    this.timer = clock.setTimer(limitMs, () => this.look())
  }

  alive(): void {
    this.heardMs = this.clock.monotonicMs()
  }

  [Symbol.dispose](): void {
    this.timer[Symbol.dispose]()
  }

  private look(): void {
    const leftMs = this.heardMs + this.limitMs - this.clock.monotonicMs()
    if (leftMs <= 0) this.onSilent(this.limitMs)
    else this.timer = this.clock.setTimer(leftMs, () => this.look())
  }
}
