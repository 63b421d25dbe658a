import { AbortedError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from './clock.ts'

const MINUTE_MS = 60_000

interface Waiter {
  readonly weight: number
  readonly priority: number
  readonly order: number
  readonly admit: () => void
}

/**
 * Request weight of one IP towards one pool of a venue. Minutes are aligned to the wall clock, as the venues count them;
 * what the answers' headers say overrides what was predicted; 80 % of the limit is used, the rest belongs to others behind
 * the same address. Waiting calls are admitted by priority (lower first), then by age.
 */
export class WeightBudget {
  private readonly clock: Clock
  private readonly usableWeight: number
  private usedWeight = 0
  private minute = -1
  private blockedUntilMs = 0
  private waiters: Waiter[] = []
  private nextOrder = 0
  private timer: Disposable | undefined

  constructor(clock: Clock, weightPerMinute: number, share = 0.8) {
    this.clock = clock
    this.usableWeight = Math.floor(weightPerMinute * share)
  }

  /** Resolves when `weight` may be spent. @throws AbortedError */
  async acquire(weight: number, priority: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new AbortedError('the request was aborted before it was sent')
    if (this.waiters.length === 0 && this.tryAdmit(weight)) return
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.waiters = this.waiters.filter(other => other !== waiter)
        this.pump()
        reject(new AbortedError('the request was aborted while it waited for request weight'))
      }
      const admit = (): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const waiter: Waiter = { weight, priority, order: this.nextOrder++, admit }
      this.waiters.push(waiter)
      this.waiters.sort((a, b) => a.priority - b.priority || a.order - b.order)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.pump()
    })
  }

  /** The venue's own count for the current minute. */
  observe(usedWeight: number): void {
    this.rollMinute()
    this.usedWeight = Math.max(this.usedWeight, usedWeight)
  }

  /** Nothing is admitted for `durationMs`: a 429, 418 or a firewall asked for it. */
  block(durationMs: DurationMs): void {
    this.blockedUntilMs = Math.max(this.blockedUntilMs, this.clock.monotonicMs() + durationMs)
    this.pump()
  }

  snapshot(): { readonly usedWeight: number; readonly blockedForMs: DurationMs; readonly queued: number } {
    this.rollMinute()
    const blockedForMs = Math.max(0, this.blockedUntilMs - this.clock.monotonicMs())
    return { usedWeight: this.usedWeight, blockedForMs, queued: this.waiters.length }
  }

  /** Estimated wait of a call of this priority that joined the queue now. */
  etaMs(priority: number): DurationMs {
    const ahead = this.waiters.reduce((sum, waiter) => (waiter.priority <= priority ? sum + waiter.weight : sum), 0)
    const { usedWeight, blockedForMs } = this.snapshot()
    const minutes = Math.floor((usedWeight + ahead) / this.usableWeight)
    return blockedForMs + (minutes === 0 ? 0 : this.untilNextMinuteMs() + (minutes - 1) * MINUTE_MS)
  }

  private tryAdmit(weight: number): boolean {
    this.rollMinute()
    if (this.clock.monotonicMs() < this.blockedUntilMs) return false
    // A call heavier than the whole budget still goes out, alone in its minute.
    if (this.usedWeight > 0 && this.usedWeight + weight > this.usableWeight) return false
    this.usedWeight += weight
    return true
  }

  private pump(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    while (this.waiters[0] !== undefined && this.tryAdmit(this.waiters[0].weight)) this.waiters.shift()?.admit()
    if (this.waiters.length === 0) return
    const blockedForMs = this.blockedUntilMs - this.clock.monotonicMs()
    const waitMs = blockedForMs > 0 ? blockedForMs : this.untilNextMinuteMs()
    this.timer = this.clock.setTimer(waitMs + 5, () => this.pump())
  }

  private untilNextMinuteMs(): DurationMs {
    return MINUTE_MS - ((this.clock.nowUs() / 1000) % MINUTE_MS)
  }

  private rollMinute(): void {
    const minute = Math.floor(this.clock.nowUs() / 1000 / MINUTE_MS)
    if (minute === this.minute) return
    this.minute = minute
    this.usedWeight = 0
  }
}
