/** Caps in Hz, from a healthy client to one that hardly reads. */
const STEPS = [undefined, 10, 4, 1] as const
const SLOW_BYTES = 256 * 1024
const CLEAR_BYTES = 64 * 1024
const SLOWER_AFTER_MS = 1000
const FASTER_AFTER_MS = 10_000
const HOPELESS_AFTER_MS = 60_000

/** Bytes that may wait for one client. */
export const CLIENT_BUFFER_BYTES = 4 * 1024 * 1024

/**
 * How fast a client is served, from what waits in its socket: slower in steps while it does not keep up, nothing at all
 * while its buffer is full, and hopeless after a minute of that. Conflation makes the rate the only thing that is lost.
 */
export class ClientPace {
  private step = 0
  private slowSinceMs: number | undefined
  private clearSinceMs: number | undefined
  private fullSinceMs: number | undefined

  /** Most messages per second and view; undefined while the client keeps up. */
  get capHz(): number | undefined {
    return STEPS[this.step]
  }

  get isFull(): boolean {
    return this.fullSinceMs !== undefined
  }

  /** Takes a look at the buffer. Returns true when the cap changed. */
  observe(bufferedBytes: number, nowMs: number): boolean {
    if (bufferedBytes >= CLIENT_BUFFER_BYTES) this.fullSinceMs ??= nowMs
    else if (bufferedBytes < CLIENT_BUFFER_BYTES / 2) this.fullSinceMs = undefined
    if (bufferedBytes > SLOW_BYTES) {
      this.clearSinceMs = undefined
      this.slowSinceMs ??= nowMs
      return nowMs - this.slowSinceMs >= SLOWER_AFTER_MS && this.move(1, nowMs)
    }
    this.slowSinceMs = undefined
    if (bufferedBytes > CLEAR_BYTES || this.step === 0) {
      this.clearSinceMs = undefined
      return false
    }
    this.clearSinceMs ??= nowMs
    return nowMs - this.clearSinceMs >= FASTER_AFTER_MS && this.move(-1, nowMs)
  }

  isHopeless(nowMs: number): boolean {
    return this.fullSinceMs !== undefined && nowMs - this.fullSinceMs >= HOPELESS_AFTER_MS
  }

  private move(by: 1 | -1, nowMs: number): boolean {
    const step = Math.max(0, Math.min(STEPS.length - 1, this.step + by))
    if (step === this.step) return false
    this.step = step
    this.slowSinceMs = by > 0 ? nowMs : undefined
    this.clearSinceMs = by < 0 ? nowMs : undefined
    return true
  }
}
