import type { DurationMs } from '../model/time.ts'
import { BUSY_MS, type BudgetRecord, type BudgetStore, blockedForMs, current, withBlock } from './budget-store.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export interface AttemptBudgetOptions {
  /** Part of the venue's limit that is used; the rest belongs to others behind the same address. @default 0.8 */
  readonly share?: number
  /** Spreads what would otherwise begin at the same instant. @default no spread */
  readonly random?: Random
  /** Where the window and the blocks are kept for other processes and for later. @default in this object only */
  readonly store?: BudgetStore | undefined
  /** The host, which names the budget in the store. */
  readonly host?: string
}

/** Attempts that have not led to an open socket, in any minute: 10 in the first minute, and never 60 in five. */
const MOST_FAILED = 10
const FAILED_WINDOW_MS = 60_000
/** No handshake takes longer: an attempt without a result by then has failed. */
const HANDSHAKE_MS = 10_500
/** While attempts are under way whose result frees a place. */
const LOOK_AGAIN_MS = 500
/** Processes that a supervisor starts together do not dial together. */
const START_SPREAD_MS = 1000

interface Attempt {
  readonly atMs: number
  readonly isUnderWay: boolean
}

/**
 * Connection attempts towards one host, all connections together: never more than the venue allows in any window, at most
 * ten a minute that lead to nothing, and none while the host asked everybody to wait.
 */
export class AttemptBudget {
  private readonly clock: Clock
  private readonly most: number
  private readonly windowMs: DurationMs
  private readonly options: AttemptBudgetOptions
  private attemptsMs: number[] = []
  /** Attempts of the last minute that are under way or failed, oldest first. */
  private unproven: Attempt[] = []
  private blockedUntilMs = 0
  private isBlockUnwritten = false
  /** Wall time of the first shared attempt. */
  private startAtMs: number | undefined
  private busyMs = BUSY_MS

  /**
   * @param most attempts that the venue allows in `windowMs`, of which `share` is used
   */
  constructor(clock: Clock, most: number, windowMs: DurationMs, options: AttemptBudgetOptions = {}) {
    this.clock = clock
    this.most = Math.max(1, Math.floor(most * (options.share ?? 0.8)))
    this.windowMs = windowMs
    this.options = options
  }

  /** 0 when an attempt may start now (it is then counted), otherwise how long to wait before asking again. */
  take(): DurationMs {
    const nowMs = this.clock.monotonicMs()
    const waitMs = Math.max(this.blockedUntilMs - nowMs, this.failedWaitMs(nowMs))
    if (waitMs > 0) {
      if (this.isBlockUnwritten) this.writeBlock()
      return waitMs
    }
    const windowWaitMs = this.windowWaitMs(nowMs)
    if (windowWaitMs > 0) return windowWaitMs
    const sharedWaitMs = this.takeShared()
    if (sharedWaitMs > 0) return sharedWaitMs
    this.attemptsMs.push(nowMs)
    this.unproven.push({ atMs: nowMs, isUnderWay: true })
    return 0
  }

  /** An attempt has led to an open socket: it no longer counts among those that led to nothing. */
  opened(): void {
    const index = this.unproven.findIndex(attempt => attempt.isUnderWay)
    if (index >= 0) this.unproven.splice(index, 1)
  }

  /**
   * An attempt was refused or given up, or an open socket was lost before it had proved itself; a server that opens and
   * closes at once is not dialled more often than one that refuses.
   */
  failed(wasOpen: boolean): void {
    const nowMs = this.clock.monotonicMs()
    const index = wasOpen ? -1 : this.unproven.findIndex(attempt => attempt.isUnderWay)
    const started = this.unproven[index]
    if (started === undefined) this.unproven.push({ atMs: nowMs, isUnderWay: false })
    else this.unproven[index] = { atMs: started.atMs, isUnderWay: false }
  }

  /** The host asked everybody to wait (429 or 418 on an upgrade, a firewall's 403). */
  block(durationMs: DurationMs): void {
    const spreadMs = Math.min(1000, durationMs / 10) * (this.options.random?.() ?? 0)
    this.blockedUntilMs = Math.max(this.blockedUntilMs, this.clock.monotonicMs() + durationMs + spreadMs)
    this.isBlockUnwritten = this.options.store !== undefined
    this.writeBlock()
  }

  /** A process that starts just when others do waits up to a second with its first attempt. */
  private startWaitMs(record: BudgetRecord, nowMs: number): DurationMs {
    if (this.startAtMs === undefined) {
      const newestMs = record.attemptsMs.at(-1) ?? Number.NEGATIVE_INFINITY
      const isCrowded = nowMs - newestMs < START_SPREAD_MS
      this.startAtMs = nowMs + (isCrowded ? START_SPREAD_MS * (this.options.random?.() ?? 0) : 0)
    }
    return Math.min(START_SPREAD_MS, this.startAtMs - nowMs)
  }

  private failedWaitMs(nowMs: number): DurationMs {
    this.unproven = this.unproven.filter(attempt => nowMs - attempt.atMs < FAILED_WINDOW_MS)
    const waiting = this.unproven.length - MOST_FAILED
    const leaving = this.unproven[waiting]
    if (waiting < 0 || leaving === undefined) return 0
    const untilFreeMs = leaving.atMs + FAILED_WINDOW_MS - nowMs
    const isAnyUnderWay = this.unproven.some(attempt => attempt.isUnderWay && nowMs - attempt.atMs < HANDSHAKE_MS)
    return isAnyUnderWay ? Math.min(LOOK_AGAIN_MS, untilFreeMs) : untilFreeMs
  }

  private windowWaitMs(nowMs: number): DurationMs {
    this.attemptsMs = this.attemptsMs.filter(atMs => nowMs - atMs < this.windowMs)
    const leavingMs = this.attemptsMs[this.attemptsMs.length - this.most]
    return leavingMs === undefined ? 0 : leavingMs + this.windowMs - nowMs
  }

  /** As `take`, for the window that is shared. */
  private takeShared(): DurationMs {
    if (this.options.store === undefined) return 0
    let waitMs = this.busyMs * (1 + (this.options.random?.() ?? 0))
    const isRead = this.change((record, nowMs) => {
      const blockMs = blockedForMs(record, nowMs)
      const leavingMs = record.attemptsMs[record.attemptsMs.length - this.most]
      const windowWaitMs = leavingMs === undefined ? 0 : leavingMs + this.windowMs - nowMs
      waitMs = Math.max(0, blockMs, windowWaitMs, this.startWaitMs(record, nowMs))
      if (blockMs > 0) this.blockedUntilMs = Math.max(this.blockedUntilMs, this.clock.monotonicMs() + blockMs)
      return waitMs > 0 ? record : { ...record, attemptsMs: [...record.attemptsMs, Math.floor(nowMs) + 1] }
    })
    this.busyMs = isRead ? BUSY_MS : Math.min(LOOK_AGAIN_MS, this.busyMs * 2)
    return waitMs
  }

  private writeBlock(): void {
    const leftMs = this.blockedUntilMs - this.clock.monotonicMs()
    if (this.change((record, nowMs) => withBlock(record, nowMs, leftMs))) this.isBlockUnwritten = false
  }

  private change(change: (record: BudgetRecord, nowMs: number) => BudgetRecord): boolean {
    const { store, host } = this.options
    if (store === undefined) return false
    return store.change(`attempts|${host ?? ''}`, record => {
      const nowMs = this.clock.nowUs() / 1000
      const trimmed = current(record, nowMs, this.windowMs)
      const changed = change(trimmed, nowMs)
      const isSame = changed === trimmed && trimmed.blockedAtMs === record.blockedAtMs
      return isSame ? record : changed
    })
  }
}
