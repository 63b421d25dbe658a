import type { DurationMs } from '../../model/time.ts'

const MINUTE_MS = 60_000

/** At most one message per `everyMs`, and `perMinute` within any minute. Time is monotonic and comes from the caller. */
export class Pace {
  private readonly everyMs: DurationMs
  private readonly perMinute: number
  private sentMs: number[] = []
  private blockedUntilMs = Number.NEGATIVE_INFINITY

  constructor(everyMs: DurationMs, perMinute: number) {
    this.everyMs = everyMs
    this.perMinute = perMinute
  }

  /** How long to wait until the next message may go; 0 when it may go now. */
  waitMs(nowMs: number): DurationMs {
    this.sentMs = this.sentMs.filter(atMs => atMs > nowMs - MINUTE_MS)
    const last = this.sentMs.at(-1)
    const next = last === undefined ? nowMs : last + this.everyMs
    const oldest = this.sentMs.length >= this.perMinute ? (this.sentMs.at(-this.perMinute) ?? nowMs) + MINUTE_MS : nowMs
    return Math.max(0, next - nowMs, oldest - nowMs, this.blockedUntilMs - nowMs)
  }

  take(nowMs: number): void {
    this.sentMs.push(nowMs)
  }

  /** The receiver asked for a pause. */
  block(untilMs: number): void {
    this.blockedUntilMs = Math.max(this.blockedUntilMs, untilMs)
  }
}
