import type { World } from '../core/world.ts'

const MINUTE_MS = 60_000

/** Request weight of one venue, counted as the venue does: by wall-clock minutes, with 429 and then 418 beyond it. */
export class WeightMeter {
  readonly limit: number
  factor = 1
  used = 0
  most = 0
  limited = 0
  banned = 0
  private readonly world: World
  private minute = -1
  private refusals = 0

  constructor(world: World, limit: number) {
    this.world = world
    this.limit = limit
  }

  /** Undefined when the call may pass, otherwise the status and how long everybody is to wait, in seconds. */
  take(weight: number): { readonly status: number; readonly retryAfterS: number } | undefined {
    const wallMs = this.world.wallMs
    const minute = Math.floor(wallMs / MINUTE_MS)
    if (minute !== this.minute) {
      this.minute = minute
      this.used = 0
      this.refusals = 0
    }
    this.used += weight * this.factor
    if (this.used > this.most) this.most = this.used
    if (this.used <= this.limit) return undefined
    this.refusals++
    const retryAfterS = Math.ceil((MINUTE_MS - (wallMs % MINUTE_MS)) / 1000)
    if (this.refusals <= 12) {
      this.limited++
      return { status: 429, retryAfterS }
    }
    this.banned++
    return { status: 418, retryAfterS: 120 }
  }
}
