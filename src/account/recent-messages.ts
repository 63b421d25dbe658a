import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { UpdatesMessage } from './user-socket.ts'

const KEPT_MS: DurationMs = 60_000
const MOST_KEPT = 8192

/**
 * What came within the last minute, to know what comes a second time: by the other socket of a handover, or because the venue
 * repeats itself. A message is the same when its name, its time and all that it says are the same.
 */
export class RecentMessages {
  private readonly clock: Clock
  /** With the time of arrival, oldest first. */
  private readonly kept = new Map<string, number>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  isNew({ name, eventTimeUs, payload }: UpdatesMessage): boolean {
    const key = `${name}|${eventTimeUs}|${JSON.stringify(payload, withBigInts)}`
    if (this.kept.has(key)) return false
    const nowMs = this.clock.monotonicMs()
    this.kept.set(key, nowMs)
    for (const [oldest, atMs] of this.kept) {
      if (this.kept.size <= MOST_KEPT && nowMs - atMs <= KEPT_MS) break
      this.kept.delete(oldest)
    }
    return true
  }
}

function withBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
