import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { SignalNeed } from '../signal/signal.ts'
import { streamKey } from '../signal/stream-key.ts'
import type { Feed, StreamState } from './feed.ts'

/** A process that is called every second and was not for so long stood still: what came meanwhile is not read yet. */
const STANDSTILL_MS = 2000

/**
 * The streams of which silence proves nothing: the feed holds their events back, waits for them or looks for them, or this
 * process has not read its sockets. Each is doubted until it speaks again.
 */
export class StreamDoubts {
  private readonly source: Partial<Pick<Feed, 'status'>>
  private readonly clock: Clock | undefined
  private readonly streams: ReadonlySet<string>
  /** And the time behind which an event has to be received to end the doubt; 0 for any. */
  private readonly doubted = new Map<string, number>()
  private lastUs: number | undefined
  private lastMs = 0

  /**
   * @param source without a status nothing is known of its streams
   * @param clock what calls every second; undefined where only inputs do
   */
  constructor(source: Partial<Pick<Feed, 'status'>>, clock: Clock | undefined, streams: Iterable<string>) {
    this.source = source
    this.clock = clock
    this.streams = new Set(streams)
  }

  /**
   * The stream brought something: whatever was before it has come, or was declared. What was read before a standstill or an
   * outage, or fetched behind it, says nothing of them.
   */
  spoke(instrument: InstrumentId, need: SignalNeed, receiveTimeUs: EpochUs, isLive: boolean): void {
    if (this.doubted.size === 0) return
    const key = streamKey(instrument, need)
    const sinceUs = this.doubted.get(key)
    if (sinceUs !== undefined && (sinceUs === 0 || (isLive && receiveTimeUs >= sinceUs))) this.doubted.delete(key)
  }

  /** The stream's socket is gone, or mute: it may be back before anybody asks, with a hole behind it. */
  lost(instrument: InstrumentId, need: SignalNeed): void {
    const key = streamKey(instrument, need)
    if (this.streams.has(key)) this.doubted.set(key, this.clock?.nowUs() ?? 0)
  }

  /** As of now; asked at every second, before anything is concluded from its silence. */
  readonly now = (): ReadonlySet<string> => {
    const nowUs = this.clock?.nowUs() ?? 0
    // A clock that was set back stamps nothing behind a time that it has not reached again.
    for (const [key, sinceUs] of this.doubted) if (sinceUs > nowUs) this.doubted.set(key, nowUs)
    if (this.hasStoodStill()) for (const key of this.streams) this.doubted.set(key, nowUs)
    for (const { instrument, channel, state } of this.source.status?.().streams ?? []) {
      if (instrument === undefined || isTrusted(state)) continue
      const key = `${instrument} ${channel}`
      if (this.streams.has(key) && !this.doubted.has(key)) this.doubted.set(key, 0)
    }
    return new Set(this.doubted.keys())
  }

  /** By either clock: a machine that sleeps stops the one, and one that is set stops neither. */
  private hasStoodStill(): boolean {
    const { clock, lastUs, lastMs } = this
    if (clock === undefined) return false
    this.lastUs = clock.nowUs()
    this.lastMs = clock.monotonicMs()
    if (lastUs === undefined) return false
    return this.lastUs - lastUs > STANDSTILL_MS * 1000 || this.lastMs - lastMs > STANDSTILL_MS
  }
}

function isTrusted(state: StreamState): boolean {
  return state === 'delivering' || state === 'acknowledged'
}
