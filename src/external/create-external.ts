import { ConfigError, errorLine } from '../model/error.ts'
import { epochUs } from '../model/time.ts'
import { type Clock, systemClock } from '../net/clock.ts'
import type { Dial } from '../net/dial.ts'
import { fetchHttp, type Http } from '../net/http.ts'
import { type Random, systemRandom } from '../net/random.ts'
import { socketDial } from '../net/socket-dial.ts'
import { ExternalDesk } from './desk.ts'
import { pointFault, type ReceivedPoint } from './point.ts'
import type { PointInTime, PointInTimeOptions } from './point-in-time.ts'
import { externalLine } from './point-lines.ts'
import { PointQuota } from './point-quota.ts'
import type { ExternalSource } from './source.ts'
import { type SourceOutlet, SourceRunner, type SourceStatus } from './source-runner.ts'
import type { ExternalGap, ExternalValue } from './value.ts'

export interface ExternalOptions {
  readonly sources: readonly ExternalSource[]
  /** Every point, also revisions and ones that are announced for later. */
  readonly onPoint?: (point: ReceivedPoint) => void
  /** What is known now of a series, whenever it or its state changes. */
  readonly onValue?: (value: ExternalValue) => void
  readonly onGap?: (gap: ExternalGap) => void
  /** Takes the lines of a recording, without their ends; `replayExternal` and `signals evaluate --external` read them. */
  readonly record?: (line: string) => void
  readonly log?: (level: 'info' | 'warn', message: string) => void
  /** Limits of the store. */
  readonly keep?: PointInTimeOptions
  /** @default the system's */
  readonly clock?: Clock
  readonly dial?: Dial
  readonly http?: Http
  readonly random?: Random
}

export interface ExternalSourceStatus extends SourceStatus {
  readonly points: number
  /** Points that were there already. */
  readonly duplicates: number
  /** Points that were not well formed, and ones beyond the limit of 1000 a second (10,000 at once). */
  readonly refused: number
  readonly lastFault: string | undefined
}

export interface External extends AsyncDisposable {
  /** What was known when, as far as it came since the start. */
  readonly points: PointInTime
  status(): readonly ExternalSourceStatus[]
}

const MOST_SOURCES = 64

/**
 * Runs sources of slow series, each on its own: one that throws, hangs, floods or never ends disturbs no other, and no feed.
 * A failed one is started again with full-jitter backoff from 1 s to 5 min, and not before its host permits.
 * @throws ConfigError for sources without a name of their own or without a cadence
 */
export function createExternal(options: ExternalOptions): External {
  checkSources(options.sources)
  return new LiveExternal(options)
}

function checkSources(sources: readonly ExternalSource[]): void {
  if (sources.length > MOST_SOURCES)
    throw new ConfigError(`sources: expected at most ${MOST_SOURCES}, received ${sources.length}.`)
  const ids = new Set<string>()
  for (const { id, cadenceMs } of sources) {
    if (id === '' || ids.has(id))
      throw new ConfigError(`sources: expected a name of its own for each, received "${id}".`)
    ids.add(id)
    if (!(cadenceMs >= 100 && cadenceMs <= 86_400_000 * 31))
      throw new ConfigError(`sources: "${id}": cadenceMs: expected 100 ms to 31 days, was ${cadenceMs}.`)
  }
}

interface Counts {
  points: number
  duplicates: number
  refused: number
  lastFault: string | undefined
}

class LiveExternal implements External {
  private readonly options: ExternalOptions
  private readonly clock: Clock
  private readonly desk: ExternalDesk
  private readonly runners: readonly { readonly runner: SourceRunner; readonly counts: Counts }[]
  private readonly lastFailure = new Map<string, string>()
  private timer: Disposable | undefined
  private isOver = false

  constructor(options: ExternalOptions) {
    this.options = options
    this.clock = options.clock ?? systemClock
    const { onPoint, onValue, onGap, record } = options
    this.desk = new ExternalDesk(
      {
        point: point => {
          this.call('record', record, externalLine({ kind: 'point', point }))
          this.call('onPoint', onPoint, point)
        },
        value: value => this.call('onValue', onValue, value),
        gap: gap => {
          this.call('record', record, externalLine({ kind: 'gap', gap }))
          this.call('onGap', onGap, gap)
        },
      },
      options.keep,
    )
    for (const { id, cadenceMs, series = [] } of options.sources) this.announce(id, cadenceMs, series)
    this.runners = options.sources.map(source => this.runnerOf(source))
    for (const { runner } of this.runners) runner.start()
  }

  get points(): PointInTime {
    return this.desk.store
  }

  status(): readonly ExternalSourceStatus[] {
    return this.runners.map(({ runner, counts }) => ({ ...runner.status, ...counts }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true
    this.timer?.[Symbol.dispose]()
    await Promise.all(this.runners.map(({ runner }) => runner.stop()))
  }

  private announce(id: string, cadenceMs: number, series: NonNullable<ExternalSource['series']>): void {
    const promised = series.map(each => ({ name: each.name, cadenceMs: each.cadenceMs ?? cadenceMs }))
    this.call('record', this.options.record, externalLine({ kind: 'source', source: id, cadenceMs, series: promised }))
    this.desk.open(id, cadenceMs, promised, this.clock.nowUs())
  }

  private runnerOf(source: ExternalSource): { readonly runner: SourceRunner; readonly counts: Counts } {
    const { http = fetchHttp, dial = socketDial, random = systemRandom } = this.options
    const counts: Counts = { points: 0, duplicates: 0, refused: 0, lastFault: undefined }
    const tools = { clock: this.clock, random, http, dial }
    return { counts, runner: new SourceRunner(source, tools, this.outletOf(source.id, counts)) }
  }

  private outletOf(source: string, counts: Counts): SourceOutlet {
    const quota = new PointQuota(this.clock)
    const gap: SourceOutlet['gap'] = (reason, fromUs, toUs, series) => {
      if (this.isOver) return
      this.desk.gap({ kind: 'externalGap', source, series, reason, fromUs, toUs, receiveTimeUs: this.clock.nowUs() })
    }
    return {
      gap,
      log: (level, message) => this.log(level, message),
      emit: point => {
        if (this.isOver) return
        const nowUs = this.clock.nowUs()
        const verdict = quota.take()
        if (verdict !== 'ok') {
          counts.refused++
          counts.lastFault = 'more than 1000 points a second'
          if (verdict === 'first') gap('flood', nowUs, nowUs)
          return
        }
        this.take(source, point, counts)
      },
    }
  }

  private take(source: string, point: unknown, counts: Counts): void {
    const fault = faultOf(point)
    if (fault !== undefined || !isPoint(point)) {
      counts.refused++
      // One line for each kind of fault, not for each point.
      if (fault !== counts.lastFault) this.log('warn', `${source}: a point was refused: ${fault ?? ''}`)
      counts.lastFault = fault
      return
    }
    const { series, key, value, unit, effectiveTimeUs, publishedTimeUs, revision, isFinal, details } = point
    const told = { series, key, value, unit, effectiveTimeUs, publishedTimeUs, revision, isFinal }
    const extra = details === undefined ? {} : { details: { ...details } }
    const isNew = this.desk.accept({ ...told, ...extra, source, receiveTimeUs: this.clock.nowUs() })
    if (isNew) counts.points++
    else counts.duplicates++
    this.schedule()
  }

  private schedule(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    const dueUs = this.desk.nextDueUs()
    if (dueUs === undefined || this.isOver) return
    // Timers hold 24 days; a longer wait is looked at again.
    const delayMs = Math.min(86_400_000, Math.max(1, (dueUs - this.clock.nowUs()) / 1000))
    this.timer = this.clock.setTimer(delayMs, () => {
      this.desk.advance(epochUs(Math.max(0, this.clock.nowUs())))
      this.schedule()
    })
  }

  /** What a user's function throws is told, and disturbs nobody. */
  private call<T>(name: string, fn: ((value: T) => void) | undefined, value: T): void {
    if (this.isOver) return
    try {
      fn?.(value)
    } catch (error) {
      const line = `${name} failed: ${errorLine(error)}`
      // It would say the same for every point.
      if (this.lastFailure.get(name) !== line) this.log('warn', line)
      this.lastFailure.set(name, line)
    }
  }

  private log(level: 'info' | 'warn', message: string): void {
    try {
      this.options.log?.(level, message)
    } catch {
      // A log that fails has nowhere to tell it.
    }
  }
}

/** What is no object, or throws when it is read, is a bad point, too. */
function faultOf(point: unknown): string | undefined {
  try {
    return pointFault(point)
  } catch (error) {
    return errorLine(error)
  }
}

function isPoint(point: unknown): point is Parameters<SourceOutlet['emit']>[0] {
  return pointFault(point) === undefined
}
