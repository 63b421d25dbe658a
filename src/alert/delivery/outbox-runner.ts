import type { Clock } from '../../net/clock.ts'
import type { AlertMemory, ChannelProgress, Claim, DeliveryRecord, OutboxEntry } from '../alert-memory.ts'
import type { AlertChannel, Attempt } from './channel.ts'
import { ChannelHealth } from './channel-health.ts'

/** Between attempts; behind the last one the alert is a dead letter. */
const RETRY_MS: readonly number[] = [1000, 4000, 15_000, 60_000, 300_000]
/** Attempts of one channel at a time; one with a pace has a single one. */
const MOST_AT_ONCE = 4
/** Alerts in one digest. */
const MOST_IN_DIGEST = 100
const LOOK_EVERY_MS = 1000
const GRACE_MS = 6000

export interface OutboxRunnerOptions {
  readonly memory: AlertMemory
  readonly clock: Clock
  readonly channels: ReadonlyMap<string, AlertChannel>
  readonly onDelivery: (record: DeliveryRecord) => void
  /** A channel began to fail: told once until it works again. */
  readonly onFailing: (channel: string, reason: string) => void
  /** The memory failed: nothing can be delivered safely. */
  readonly onError: (error: unknown) => void
}

/** Brings what stands in the outbox to its channels: at least once, with the alert's id as idempotency key. */
export class OutboxRunner implements AsyncDisposable {
  private readonly options: OutboxRunnerOptions
  private readonly health: ChannelHealth
  private readonly running = new Map<string, number>()
  private readonly work = new Set<Promise<void>>()
  /** Alert and channel pairs that are under way in this process. */
  private readonly busy = new Set<string>()
  private readonly controller = new AbortController()
  private timer: Disposable | undefined
  private isOver = false

  constructor(options: OutboxRunnerOptions) {
    this.options = options
    this.health = new ChannelHealth(options.onFailing)
  }

  /** Looks for due work now, and every second. */
  wake(): void {
    if (this.isOver) return
    this.timer?.[Symbol.dispose]()
    try {
      this.look()
    } catch (error) {
      this.options.onError(error)
    }
    this.timer = this.options.clock.setTimer(LOOK_EVERY_MS, () => this.wake())
  }

  /** Resolves when nothing is under way any more; what waits for a later attempt goes on waiting. */
  async idle(): Promise<void> {
    while (this.work.size > 0) await Promise.all(this.work)
  }

  isFailing(channel: string): string | undefined {
    return this.health.reasonOf(channel)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true
    this.timer?.[Symbol.dispose]()
    // What is under way may end well; what does not is cut off, and stays in the outbox.
    using _patience = this.options.clock.setTimer(GRACE_MS, () => this.controller.abort())
    await this.idle()
  }

  private look(): void {
    const nowUs = this.options.clock.nowUs()
    const due = new Map<string, OutboxEntry[]>()
    for (const entry of this.options.memory.waiting()) {
      for (const [name, progress] of Object.entries(entry.channels)) {
        const isDue = progress.state === 'waiting' && progress.nextUs <= nowUs
        if (!isDue || this.busy.has(pairOf(entry.fire.id, name)) || !this.options.channels.has(name)) continue
        const entries = due.get(name) ?? []
        due.set(name, entries)
        entries.push(entry)
      }
    }
    for (const [name, entries] of due) {
      const channel = this.options.channels.get(name)
      if (channel !== undefined) this.serve(channel, entries)
    }
  }

  private serve(channel: AlertChannel, entries: readonly OutboxEntry[]): void {
    const { pace, name } = channel
    const under = this.running.get(name) ?? 0
    if (pace === undefined) {
      for (const entry of entries.slice(0, Math.max(0, MOST_AT_ONCE - under))) this.start(channel, [entry])
      return
    }
    if (under > 0 || pace.waitMs(this.options.clock.monotonicMs()) > 0) return
    pace.take(this.options.clock.monotonicMs())
    this.start(channel, entries.slice(0, MOST_IN_DIGEST))
  }

  private start(channel: AlertChannel, entries: readonly OutboxEntry[]): void {
    const { name } = channel
    const pairs = entries.map(({ fire }) => pairOf(fire.id, name))
    for (const pair of pairs) this.busy.add(pair)
    this.running.set(name, (this.running.get(name) ?? 0) + 1)
    let hasWorked = false
    const job = this.attempt(channel, entries)
      .then(worked => {
        hasWorked = worked
      })
      .catch((error: unknown) => this.options.onError(error))
      .finally(() => {
        for (const pair of pairs) this.busy.delete(pair)
        this.running.set(name, (this.running.get(name) ?? 1) - 1)
        this.work.delete(job)
        // A place is free, and something may wait for it; what somebody else has is looked at again in a second.
        if (hasWorked) this.wake()
      })
    this.work.add(job)
  }

  /**
   * The claim is held over the attempt, and what it finds is what counts: somebody else may have been faster.
   * @returns whether there was anything to do
   */
  private async attempt(channel: AlertChannel, entries: readonly OutboxEntry[]): Promise<boolean> {
    const { clock, memory } = this.options
    const claims: Claim[] = []
    try {
      for (const { fire } of entries) {
        const claim = memory.claim(fire.id, channel.name)
        if (claim === undefined) continue
        claims.push(claim)
      }
      const due = claims.filter(({ progress }) => progress.nextUs <= clock.nowUs())
      if (due.length === 0) return false
      const startMs = clock.monotonicMs()
      const fires = due.map(({ fire }) => fire)
      const result = await channel.deliver(fires, this.controller.signal)
      // What the end of this process cut off was no failure of the channel.
      if (result.kind === 'failed' && this.controller.signal.aborted) return false
      this.settle(channel, due, result, clock.monotonicMs() - startMs)
      return true
    } finally {
      for (const claim of claims) claim.release()
    }
  }

  private settle(channel: AlertChannel, claims: readonly Claim[], result: Attempt, latencyMs: number): void {
    const { clock, memory, onDelivery } = this.options
    if (result.kind === 'failed' && result.retryAfterMs !== undefined)
      channel.pace?.block(clock.monotonicMs() + result.retryAfterMs)
    for (const claim of claims) {
      const { fire } = claim
      const attempt = claim.progress.attempts + 1
      const progress = nextOf(result, attempt, clock.nowUs())
      claim.save(progress)
      const record: DeliveryRecord = {
        kind: 'delivery',
        id: fire.id,
        rule: fire.rule,
        channel: channel.name,
        value: fire.value,
        attempt,
        status: result.status,
        outcome: progress.state === 'waiting' ? 'failed' : progress.state,
        reason: progress.reason,
        latencyMs: Math.round(latencyMs),
        atUs: clock.nowUs(),
        inDigest: claims.length,
      }
      memory.note(record)
      onDelivery(record)
      this.health.see(channel.name, record)
    }
  }
}

function nextOf(result: Attempt, attempts: number, nowUs: number): ChannelProgress {
  if (result.kind === 'delivered') return { state: 'delivered', attempts, nextUs: 0 }
  const waitMs = RETRY_MS[attempts - 1]
  const { reason } = result
  if (result.isFinal || waitMs === undefined) return { state: 'dead', attempts, nextUs: 0, reason }
  return { state: 'waiting', attempts, nextUs: nowUs + Math.max(waitMs, result.retryAfterMs ?? 0) * 1000, reason }
}

function pairOf(id: string, channel: string): string {
  return `${id} ${channel}`
}
