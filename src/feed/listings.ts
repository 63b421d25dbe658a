import { errorLine } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { symbolOf } from '../model/instrument.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { InstrumentTable } from './instrument-table.ts'
import type { LiveStream } from './live-stream.ts'

/** The table is some megabytes on large venues: it is asked for only while something is silent, at most this often. */
const ASK_EVERY_MS: DurationMs = 300_000
/** An answer with less than this of what was there once is not believed when it says that something is gone. */
const LEAST_SHARE = 0.5

export interface ListingsOptions {
  readonly venue: string
  readonly clock: Clock
  readonly table: InstrumentTable
  readonly signal: AbortSignal
  readonly log: (message: string) => void
  /** The instrument is gone: nothing is wanted of the venue any more. */
  readonly end: (stream: LiveStream, cause: string) => void
  /** It is listed again. */
  readonly revive: (stream: LiveStream) => void
}

/**
 * Whether the instruments of silent streams still exist. A venue that takes an instrument away says nothing on its streams:
 * they stay acknowledged and quiet. What is gone from the instrument table ends, and is asked for no more; what is listed but
 * not trading gets that as the reason of its silence. What comes back is subscribed anew.
 */
export class Listings implements Disposable {
  private readonly options: ListingsOptions
  /** Silent streams, and how many events each had brought when it was named. */
  private readonly silent = new Map<LiveStream, number>()
  private readonly ended = new Set<LiveStream>()
  private askedMs = Number.NEGATIVE_INFINITY
  /** Instruments in the largest table so far. */
  private most = 0
  private timer: Disposable | undefined
  private isAsking = false

  constructor(options: ListingsOptions) {
    this.options = options
  }

  /** The stream is silent for longer than its rhythm explains. */
  suspect(stream: LiveStream): void {
    if (stream.instrument === undefined || this.ended.has(stream)) return
    this.silent.set(stream, stream.events)
    this.schedule()
  }

  /** Nobody wants it any more. */
  forget(stream: LiveStream): void {
    this.silent.delete(stream)
    this.ended.delete(stream)
    if (this.silent.size === 0 && this.ended.size === 0) this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  private schedule(): void {
    if (this.timer !== undefined || this.isAsking || this.options.signal.aborted) return
    const { clock } = this.options
    const waitMs = Math.max(0, this.askedMs + ASK_EVERY_MS - clock.monotonicMs())
    this.timer = clock.setTimer(waitMs, () => {
      this.timer = undefined
      if (this.silent.size > 0 || this.ended.size > 0) void this.ask()
    })
  }

  private async ask(): Promise<void> {
    const { table, signal, venue, log, clock } = this.options
    this.isAsking = true
    this.askedMs = clock.monotonicMs()
    this.most = Math.max(this.most, table.known?.size ?? 0)
    try {
      const now = await table.refresh(signal)
      if (signal.aborted) return
      if (now.size >= LEAST_SHARE * this.most) this.judge(now)
    } catch (error) {
      if (!signal.aborted)
        log(`${venue}: whether silent instruments are still listed could not be asked: ${errorLine(error)}`)
    } finally {
      this.isAsking = false
    }
    if (this.silent.size > 0 || this.ended.size > 0) this.schedule()
  }

  private judge(table: ReadonlyMap<InstrumentId, Instrument>): void {
    const { venue, end, revive } = this.options
    for (const [stream, events] of this.silent) {
      const { instrument } = stream
      const listed = instrument === undefined ? undefined : table.get(instrument)
      if (instrument === undefined || stream.events > events || listed?.isTrading === true) this.silent.delete(stream)
      else if (listed !== undefined)
        stream.reason = `${venue} lists ${listed.symbol} as ${listed.status}: it does not trade`
      else {
        this.silent.delete(stream)
        this.ended.add(stream)
        end(stream, `${symbolOf(instrument)} is no longer listed by ${venue}`)
      }
    }
    for (const stream of this.ended) {
      if (stream.instrument === undefined || table.get(stream.instrument)?.isTrading !== true) continue
      this.ended.delete(stream)
      revive(stream)
    }
  }
}
