import { ConfigError } from '../../model/error.ts'
import type { DurationMs, EpochUs } from '../../model/time.ts'

export interface Opportunity {
  readonly sinceUs: EpochUs
  /** Newest observation at which it was there. */
  readonly lastUs: EpochUs
  /** How long it has been there, measured from observation to observation. */
  readonly lifetimeMs: DurationMs
  readonly bestNetBps: number
  /** Largest size that was possible at one time, base. */
  readonly maxQuantity: number
}

export interface OpportunityChange {
  readonly phase: 'start' | 'update' | 'end'
  readonly opportunity: Opportunity
}

/**
 * Reports what pays more than `minNetBps` only once it has done so for `persistMs`: shorter ones are gone before an order
 * arrives. An observation that is missing (undefined) ends it, because nothing is known any more.
 */
export class Persistence {
  private readonly minNetBps: number
  private readonly persistMs: DurationMs
  private running: Opportunity | undefined
  private reported = false

  /** @throws ConfigError for a persistence below 0 */
  constructor(minNetBps = 0, persistMs: DurationMs = 250) {
    if (!(persistMs >= 0)) throw new ConfigError(`persistMs must be 0 or more, was ${persistMs}.`)
    if (!Number.isFinite(minNetBps)) throw new ConfigError(`minNetBps must be a number, was ${minNetBps}.`)
    this.minNetBps = minNetBps
    this.persistMs = persistMs
  }

  observe(timeUs: EpochUs, netBps: number | undefined, quantity: number): OpportunityChange | undefined {
    if (netBps === undefined || !(netBps > this.minNetBps)) return this.finish()
    const before = this.running
    const sinceUs = before?.sinceUs ?? timeUs
    const opportunity = (this.running = {
      sinceUs,
      lastUs: timeUs,
      lifetimeMs: (timeUs - sinceUs) / 1000,
      bestNetBps: Math.max(netBps, before?.bestNetBps ?? netBps),
      maxQuantity: Math.max(quantity, before?.maxQuantity ?? 0),
    })
    if (this.reported) return { phase: 'update', opportunity }
    if (opportunity.lifetimeMs < this.persistMs) return undefined
    this.reported = true
    return { phase: 'start', opportunity }
  }

  private finish(): OpportunityChange | undefined {
    const opportunity = this.running
    const { reported } = this
    this.running = undefined
    this.reported = false
    return reported && opportunity !== undefined ? { phase: 'end', opportunity } : undefined
  }
}
