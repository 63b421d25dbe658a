import type { DurationMs } from '../model/time.ts'

/** Distances that are remembered, and how many of them make a rhythm. */
const SAMPLES = 64
const ENOUGH = 8
/** Silence of less than this is never suspicious. */
const LEAST_LIMIT_MS = 10_000
/** A look sees what came up to a second ago, and the next look is up to a second away: both belong to the limit. */
const LOOKS_MS = 2000
/** A pause of so many usual distances does not happen by chance (about one in a million, for independent events). */
const FACTOR = 20

/**
 * How often a stream speaks, learned from its own data alone. It is looked at once per second, so that an event costs
 * nothing here and control frames cannot pass for data.
 */
export class Rhythm {
  /** When data was last seen, monotonic milliseconds. */
  activeMs: number
  private seenEvents = 0
  private readonly gapsMs: number[] = []
  private next = 0
  private readonly expectedEveryMs: DurationMs | undefined
  private patience = 1

  constructor(nowMs: number, expectedEveryMs: DurationMs | undefined) {
    this.activeMs = nowMs
    this.expectedEveryMs = expectedEveryMs
  }

  /** Begins to wait: the stream was confirmed, or its machine slept. What was learned stays. */
  rearm(nowMs: number): void {
    this.activeMs = nowMs
  }

  /** Time during which nothing could have been read is not held against the stream. */
  credit(durationMs: DurationMs, nowMs: number): void {
    this.activeMs = Math.min(nowMs, this.activeMs + durationMs)
  }

  /** Takes note of the events so far; true when there were new ones. */
  look(events: number, nowMs: number): boolean {
    const fresh = events - this.seenEvents
    if (fresh <= 0) return false
    if (this.seenEvents > 0) this.gapsMs[this.next++ % SAMPLES] = (nowMs - this.activeMs) / fresh
    this.seenEvents = events
    this.activeMs = nowMs
    this.patience = 1
    return true
  }

  /** The suspicion was wrong: the market is merely quiet. The next one needs twice the silence. */
  wasQuiet(): void {
    this.patience *= 2
  }

  /** Half of the distances are shorter; undefined until enough were seen. */
  get medianMs(): DurationMs | undefined {
    if (this.gapsMs.length < ENOUGH) return undefined
    return [...this.gapsMs].sort((a, b) => a - b)[this.gapsMs.length >> 1]
  }

  /** Silence beyond this is suspicious; undefined while nothing is known of the stream. */
  get limitMs(): DurationMs | undefined {
    const usualMs = this.medianMs ?? this.expectedEveryMs
    return usualMs === undefined ? undefined : Math.max(LEAST_LIMIT_MS, FACTOR * usualMs) * this.patience
  }

  /** True when the stream has been silent for longer than its rhythm explains. */
  isSuspicious(nowMs: number): boolean {
    const silentMs = nowMs - this.activeMs + LOOKS_MS
    if (silentMs < LEAST_LIMIT_MS) return false
    const { limitMs } = this
    return limitMs !== undefined && silentMs >= limitMs
  }
}
