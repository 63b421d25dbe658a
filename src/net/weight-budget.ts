import { AbortedError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import { BUSY_MS, type BudgetRecord, type BudgetStore, blockedForMs, current, withBlock } from './budget-store.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export interface WeightBudgetOptions {
  /** Part of the venue's limit that is used; the rest belongs to others behind the same address. @default 0.8 */
  readonly share?: number
  /** Spreads what would otherwise begin at the same instant. @default no spread */
  readonly random?: Random
  /** Where the minute and the blocks are kept for other processes and for later. @default in this object only */
  readonly store?: BudgetStore | undefined
  /** Names the budget in the store: environment and pool. */
  readonly pool?: string
}

/** Weight that was admitted and whose answer is awaited. */
export interface WeightHold {
  /** The answer has come, or will not: with the venue's own count for the current minute where it told one. */
  settle(usedWeight?: number): void
}

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
 * the same address. Only a twelfth of it may await its answer at once, so that a venue that counts twice as much as was
 * predicted is believed before the limit is passed. Waiting calls are admitted by priority (lower first), then by age.
 */
export class WeightBudget {
  private readonly clock: Clock
  private readonly usableWeight: number
  private readonly options: WeightBudgetOptions
  private usedWeight = 0
  /** Admitted and not settled. */
  private awaitedWeight = 0
  private minute = -1
  private blockedUntilMs = 0
  private isBlockUnwritten = false
  private isStoreBusy = false
  private waiters: Waiter[] = []
  private nextOrder = 0
  private timer: Disposable | undefined

  constructor(clock: Clock, weightPerMinute: number, options: WeightBudgetOptions = {}) {
    this.clock = clock
    this.usableWeight = Math.floor(weightPerMinute * (options.share ?? 0.8))
    this.options = options
  }

  /** Resolves when `weight` may be spent. @throws AbortedError */
  async acquire(weight: number, priority: number, signal?: AbortSignal): Promise<WeightHold> {
    if (signal?.aborted) throw new AbortedError('the request was aborted before it was sent')
    if (this.waiters.length === 0 && this.tryAdmit(weight)) return this.hold(weight)
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
    return this.hold(weight)
  }

  /** The venue's own count for the current minute; it knows nothing of what is still on its way. */
  observe(usedWeight: number): void {
    this.rollMinute()
    this.usedWeight = Math.max(this.usedWeight, usedWeight + this.awaitedWeight)
    this.change(record => {
      const known = Math.max(record.usedWeight, this.usedWeight)
      return known === record.usedWeight ? record : { ...record, usedWeight: known }
    })
  }

  /** Nothing is admitted for `durationMs`: a 429, 418 or a firewall asked for it. */
  block(durationMs: DurationMs): void {
    const spreadMs = Math.min(1000, durationMs / 10) * (this.options.random?.() ?? 0)
    this.blockedUntilMs = Math.max(this.blockedUntilMs, this.clock.monotonicMs() + durationMs + spreadMs)
    this.isBlockUnwritten = this.options.store !== undefined
    this.pump()
  }

  snapshot(): { readonly usedWeight: number; readonly blockedForMs: DurationMs; readonly queued: number } {
    this.rollMinute()
    return { usedWeight: this.usedWeight, blockedForMs: this.blockedForMs(), queued: this.waiters.length }
  }

  /** Estimated wait of a call of this priority that joined the queue now. */
  etaMs(priority: number): DurationMs {
    const ahead = this.waiters.reduce((sum, waiter) => (waiter.priority <= priority ? sum + waiter.weight : sum), 0)
    const { usedWeight, blockedForMs } = this.snapshot()
    const minutes = Math.floor((usedWeight + ahead) / this.usableWeight)
    return blockedForMs + (minutes === 0 ? 0 : this.untilNextMinuteMs() + (minutes - 1) * MINUTE_MS)
  }

  private hold(weight: number): WeightHold {
    let isSettled = false
    return {
      settle: usedWeight => {
        if (isSettled) return
        isSettled = true
        this.awaitedWeight -= weight
        if (usedWeight !== undefined) this.observe(usedWeight)
        this.pump()
      },
    }
  }

  private tryAdmit(weight: number): boolean {
    this.rollMinute()
    if (this.isBlockUnwritten) this.writeBlock()
    if (this.blockedForMs() > 0 || !this.fits(weight, this.usedWeight)) return false
    if (this.awaitedWeight > 0 && this.awaitedWeight + weight > this.usableWeight / 12) return false
    if (!this.admitShared(weight)) return false
    this.usedWeight += weight
    this.awaitedWeight += weight
    return true
  }

  /** A call heavier than the whole budget still goes out, alone in its minute. */
  private fits(weight: number, usedWeight: number): boolean {
    return usedWeight === 0 || usedWeight + weight <= this.usableWeight
  }

  /** As `tryAdmit`, for what is shared; this object then knows what the others have used. */
  private admitShared(weight: number): boolean {
    if (this.options.store === undefined) return true
    let isAdmitted = false
    this.isStoreBusy = !this.change((record, nowMs) => {
      const blockMs = blockedForMs(record, nowMs)
      if (blockMs > 0) this.blockedUntilMs = Math.max(this.blockedUntilMs, this.clock.monotonicMs() + blockMs)
      isAdmitted = blockMs === 0 && this.fits(weight, record.usedWeight)
      this.usedWeight = Math.max(this.usedWeight, record.usedWeight)
      return isAdmitted ? { ...record, usedWeight: this.usedWeight + weight } : record
    })
    return isAdmitted
  }

  private pump(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    this.isStoreBusy = false
    if (this.isBlockUnwritten) this.writeBlock()
    while (this.waiters[0] !== undefined && this.tryAdmit(this.waiters[0].weight)) this.waiters.shift()?.admit()
    if (this.waiters.length === 0) return
    this.timer = this.clock.setTimer(this.waitMs() + 5, () => this.pump())
  }

  private waitMs(): DurationMs {
    if (this.isStoreBusy) return BUSY_MS * (1 + (this.options.random?.() ?? 0))
    return this.blockedForMs() || this.untilNextMinuteMs()
  }

  private blockedForMs(): DurationMs {
    return Math.max(0, this.blockedUntilMs - this.clock.monotonicMs())
  }

  private untilNextMinuteMs(): DurationMs {
    return MINUTE_MS - ((this.clock.nowUs() / 1000) % MINUTE_MS)
  }

  /** What is still awaited may be counted in the new minute. */
  private rollMinute(): void {
    const minute = Math.floor(this.clock.nowUs() / 1000 / MINUTE_MS)
    if (minute === this.minute) return
    this.minute = minute
    this.usedWeight = this.awaitedWeight
  }

  private writeBlock(): void {
    const leftMs = this.blockedForMs()
    if (this.change((record, nowMs) => withBlock(record, nowMs, leftMs))) this.isBlockUnwritten = false
  }

  private change(change: (record: BudgetRecord, nowMs: number) => BudgetRecord): boolean {
    const { store, pool } = this.options
    if (store === undefined) return false
    return store.change(`weight|${pool ?? ''}`, record => {
      const nowMs = this.clock.nowUs() / 1000
      const trimmed = current(record, nowMs, 0)
      const changed = change(trimmed, nowMs)
      const isSame = changed === trimmed && trimmed.blockedAtMs === record.blockedAtMs
      return isSame ? record : changed
    })
  }
}
