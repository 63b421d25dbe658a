import type { DeliveryRecord } from '../alert-memory.ts'

/** Failures in a row after which a channel counts as failing; a dead letter is enough by itself. */
const PATIENCE = 3

/** Says once that a channel fails, and not again before it has worked. */
export class ChannelHealth {
  private readonly onFailing: (channel: string, reason: string) => void
  private readonly failures = new Map<string, number>()
  private readonly failing = new Map<string, string>()

  constructor(onFailing: (channel: string, reason: string) => void) {
    this.onFailing = onFailing
  }

  reasonOf(channel: string): string | undefined {
    return this.failing.get(channel)
  }

  see(channel: string, { outcome, reason = 'it failed' }: Pick<DeliveryRecord, 'outcome' | 'reason'>): void {
    if (outcome === 'delivered') {
      this.failures.delete(channel)
      this.failing.delete(channel)
      return
    }
    const failures = (this.failures.get(channel) ?? 0) + 1
    this.failures.set(channel, failures)
    if (outcome !== 'dead' && failures < PATIENCE) return
    if (this.failing.has(channel)) return
    this.failing.set(channel, reason)
    this.onFailing(channel, reason)
  }
}
