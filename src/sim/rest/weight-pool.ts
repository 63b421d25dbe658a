import type { SimLimits } from '../venue-rules.ts'
import { RestError } from './rest-error.ts'

interface Usage {
  minute: number
  used: number
  refused: number
  bannedUntilMs: number
}

/** Request weight per address and minute of the wall clock, with the venue's escalation: 429, then a ban (418). */
export class WeightPool {
  private readonly limits: SimLimits
  private readonly isSpot: boolean
  private readonly byAddress = new Map<string, Usage>()

  constructor(limits: SimLimits, isSpot: boolean) {
    this.limits = limits
    this.isSpot = isSpot
  }

  /**
   * Counts a request, refused or not.
   * @returns the weight used in this minute
   * @throws RestError 429 or 418
   */
  charge(address: string, weight: number, nowMs: number): number {
    const usage = this.usage(address, nowMs)
    if (usage.bannedUntilMs > nowMs) throw this.banned(address, usage.bannedUntilMs, nowMs)
    usage.used += weight
    if (usage.used <= this.limits.weightPerMinute) return usage.used
    usage.refused++
    if (usage.refused > this.limits.requestsUntilBan) {
      usage.bannedUntilMs = nowMs + this.limits.banMs
      throw this.banned(address, usage.bannedUntilMs, nowMs)
    }
    throw this.tooMany(address, usage.used, nowMs)
  }

  private usage(address: string, nowMs: number): Usage {
    const minute = Math.floor(nowMs / 60_000)
    let usage = this.byAddress.get(address)
    if (usage === undefined) {
      if (this.byAddress.size >= 10_000) this.byAddress.clear()
      usage = { minute, used: 0, refused: 0, bannedUntilMs: 0 }
      this.byAddress.set(address, usage)
    }
    if (usage.minute !== minute) {
      usage.minute = minute
      usage.used = 0
      usage.refused = 0
    }
    return usage
  }

  private tooMany(address: string, used: number, nowMs: number): RestError {
    const { weightPerMinute } = this.limits
    const message = this.isSpot
      ? `Too much request weight used; current limit is ${weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`
      : `Too many requests; current limit of IP(${address}) is ${weightPerMinute} requests per minute. Please use the websocket for live updates to avoid polling the API.`
    const retryAfter = String(Math.ceil((60_000 - (nowMs % 60_000)) / 1000))
    return new RestError(429, -1003, message, { 'Retry-After': retryAfter, 'X-MBX-USED-WEIGHT-1M': String(used) })
  }

  private banned(address: string, untilMs: number, nowMs: number): RestError {
    const message = this.isSpot
      ? `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`
      : `Way too many requests; IP(${address}) banned until ${untilMs}. Please use the websocket for live updates to avoid bans.`
    return new RestError(418, -1003, message, { 'Retry-After': String(Math.ceil((untilMs - nowMs) / 1000)) })
  }
}
