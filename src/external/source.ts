import type { HttpRequest } from '../model/http.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { Dial } from '../net/dial.ts'
import type { HttpAnswer } from '../net/http.ts'
import type { Random } from '../net/random.ts'
import type { ExternalPoint } from './point.ts'

export interface SeriesPromise {
  readonly name: string
  /** How often at least a point is to be expected. @default the source's */
  readonly cadenceMs?: DurationMs
}

/** A slow source of data from elsewhere. Everything it needs from the world comes with the context. */
export interface ExternalSource {
  /** Unique among the sources of one `createExternal`. */
  readonly id: string
  /** `poll`: `start` does one round, and is called every `cadenceMs`. `stream`: `start` runs until its signal is aborted. */
  readonly kind: 'poll' | 'stream'
  /** How often something is to be expected; a stream that brings nothing five times as long is started again. */
  readonly cadenceMs: DurationMs
  /** Series that it will bring: they are told as `warming` from the start. */
  readonly series?: readonly SeriesPromise[]
  /** Throwing, and for a stream returning before the abort, is a failure: it is started again after a pause. */
  start(context: ExternalContext): Promise<void>
  /** Lets go of what outlives `start`; called after every run of a stream, and once at the end for a poll. */
  stop(): Promise<void> | void
}

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a source may use. It belongs to one run: nothing of an earlier run is taken any more. */
export interface ExternalContext {
  /** Aborted when the run is over. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: Random
  /** A point is checked and stamped with its time of receipt. A bad one is refused, counted and named in the log. */
  emit(point: ExternalPoint): void
  /** Something was missed between these times, of all series or of one. */
  gap(reason: string, fromUs: EpochUs, toUs: EpochUs, series?: string): void
  log(level: 'info' | 'warn', message: string): void
  /**
   * One call, aborted with the run and after 30 s. While the host asked to wait nothing is sent to it.
   * @throws RateLimited, HttpError for every answer that is no JSON with a status of 2xx
   */
  http(request: Omit<HttpRequest, 'weight'>): Promise<HttpAnswer>
  /** A POST; otherwise as `http`, by the same way. */
  post(request: PostRequest): Promise<HttpAnswer>
  /** Sockets are ended with the run. */
  readonly dial: Dial
}
