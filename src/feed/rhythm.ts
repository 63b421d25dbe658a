import type { DurationMs } from '../model/time.ts'

/** Distances that are remembered, and how many of them make a rhythm. */
const SAMPLES = 64
const ENOUGH = 8
/** Silence of less than this is never suspicious. */
const LEAST_LIMIT_MS = 10_000
/** A look sees what came up to a second ago, and the next look is up to a second away: both belong to the shortest limit. */
const LOOKS_MS = 2000
/** Longer than the distance of two looks. */
const LONG_GAP_MS = 1500
/** A stream that has spoken and is not known yet is suspicious after this. */
const UNKNOWN_LIMIT_MS = 30_000
/** How much more silence is borne after false alarms: where REST proves that nothing was missed, and where nobody does. */
const MOST_PATIENCE = { proven: 64, unproven: 4 } as const
/** Without another false alarm half of the patience is given up after this. */
const FORGET_AFTER_MS = 600_000
/**
 * A pause of so many usual distances does not happen by chance. The usual distance is the one within which half of the time
 * passes: on independent events 1.7 of their mean, where a pause of 17 means comes about once in twenty million events.
 */
const FACTOR = 10

/**
 * How often a stream speaks, learned from its own data alone. It is looked at once per second, so that an event costs
 * nothing here and control frames cannot pass for data.
 */
export class Rhythm {
  /** When data was last seen, monotonic milliseconds. */
  activeMs: number
  private seenEvents = 0
  /** Distances, and the time that each of them stands for. */
  private readonly gapsMs: number[] = []
  private readonly spansMs: number[] = []
  private next = 0
  private readonly expectedEveryMs: DurationMs | undefined
  /** The silence that lasts was proven to be a loss: it says nothing about the rhythm. */
  private isDead = false
  /** Nothing has come on this socket: how long that took says nothing about the rhythm either. */
  private isFresh = false
  private patience = 1
  private patientSinceMs = 0

  constructor(nowMs: number, expectedEveryMs: DurationMs | undefined) {
    this.activeMs = nowMs
    this.expectedEveryMs = expectedEveryMs
  }

  /** Begins to wait for the first event. */
  arm(nowMs: number): void {
    if (this.seenEvents === 0) this.activeMs = nowMs
  }

  /** The stream was subscribed on a new socket. */
  restart(): void {
    this.isFresh = true
  }

  /** Time during which nothing could have been read is not held against the stream. */
  credit(durationMs: DurationMs, nowMs: number): void {
    this.activeMs = Math.min(nowMs, this.activeMs + durationMs)
  }

  /** Takes note of the events so far; true when there were new ones. */
  look(events: number, nowMs: number): boolean {
    const fresh = events - this.seenEvents
    if (fresh <= 0) return false
    const gapMs = nowMs - this.activeMs
    // What comes together (one order that met several others) says nothing about the distance to the next.
    if (this.seenEvents > 0 && !this.isDead && !this.isFresh)
      this.note(gapMs > LONG_GAP_MS ? gapMs : gapMs / fresh, gapMs)
    this.isDead = false
    this.isFresh = false
    this.seenEvents = events
    this.activeMs = nowMs
    if (this.patience > 1 && nowMs - this.patientSinceMs > FORGET_AFTER_MS) {
      this.patience /= 2
      this.patientSinceMs = nowMs
    }
    return true
  }

  /** The suspicion was wrong: the market is merely quiet. The next one needs twice the silence. */
  wasQuiet(isProven: boolean): void {
    this.patientSinceMs = this.activeMs
    const most = isProven ? MOST_PATIENCE.proven : MOST_PATIENCE.unproven
    this.patience = Math.max(this.patience, Math.min(most, this.patience * 2))
  }

  /** The suspicion was right: events were missed. */
  wasDead(): void {
    this.isDead = true
  }

  /** Takes over what another leg of the same stream has learned. */
  learnFrom(other: Rhythm): void {
    for (let i = 0; i < other.gapsMs.length; i++) this.note(other.gapsMs[i] ?? 0, other.spansMs[i] ?? 0)
    this.patience = Math.max(this.patience, other.patience)
  }

  /** The distance of events within which half of the time passes; undefined until enough were seen. */
  get usualMs(): DurationMs | undefined {
    if (this.gapsMs.length < ENOUGH) return undefined
    const order = this.gapsMs.map((_, index) => index).sort((a, b) => (this.gapsMs[a] ?? 0) - (this.gapsMs[b] ?? 0))
    let leftMs = this.spansMs.reduce((sum, spanMs) => sum + spanMs, 0) / 2
    for (const index of order) {
      leftMs -= this.spansMs[index] ?? 0
      if (leftMs <= 0) return this.gapsMs[index]
    }
    return undefined
  }

  /** True when nothing tells how often the stream speaks. */
  get isUnknown(): boolean {
    return this.expectedEveryMs === undefined && this.gapsMs.length < ENOUGH
  }

  /** True when the stream has been silent for longer than its rhythm explains. */
  isSuspicious(nowMs: number): boolean {
    const silentMs = nowMs - this.activeMs
    if (silentMs + LOOKS_MS < LEAST_LIMIT_MS * this.patience) return false
    const usualMs = this.usualMs ?? this.expectedEveryMs
    return silentMs >= (usualMs === undefined ? UNKNOWN_LIMIT_MS : FACTOR * usualMs) * this.patience
  }

  private note(gapMs: number, spanMs: number): void {
    const index = this.next++ % SAMPLES
    this.gapsMs[index] = gapMs
    this.spansMs[index] = spanMs
  }
}
