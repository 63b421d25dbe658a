import type { DurationMs } from '../model/time.ts'

/** What everybody behind one address has used up of one limit. Times are wall clock, because processes share no other. */
export interface BudgetRecord {
  /** Connection attempts of the running window, milliseconds since 1970. */
  readonly attemptsMs: readonly number[]
  /** The minute since 1970 that `usedWeight` was spent in. */
  readonly minute: number
  readonly usedWeight: number
  /** When the venue asked everybody to wait, and until when; both 0 when it never did. */
  readonly blockedAtMs: number
  readonly blockedUntilMs: number
}

/** Where budgets are kept that outlive a process or are shared by several. */
export interface BudgetStore {
  /**
   * Puts what `change` makes of the record in its place; nobody else can change it meanwhile. Nothing is written when
   * `change` gives the record back as it was. False, without a call of `change`, when somebody else holds the record:
   * asking again after some milliseconds is right. Never throws.
   */
  change(name: string, change: (record: BudgetRecord) => BudgetRecord): boolean
}

export const EMPTY_RECORD: BudgetRecord = {
  attemptsMs: [],
  minute: 0,
  usedWeight: 0,
  blockedAtMs: 0,
  blockedUntilMs: 0,
}

/** How long to wait before asking a store again that was busy. */
export const BUSY_MS: DurationMs = 20

/** A wall clock may be set back by this much without a record looking as if it came from the future. */
const TOLERANCE_MS = 1000

/** Budgets shared by the feeds of one process. */
export function memoryBudgets(): BudgetStore {
  const records = new Map<string, BudgetRecord>()
  return {
    change: (name, change) => {
      records.set(name, change(records.get(name) ?? EMPTY_RECORD))
      return true
    },
  }
}

/** The record with a block of `durationMs` from now; a longer one that stands already stays. */
export function withBlock(record: BudgetRecord, nowMs: number, durationMs: DurationMs): BudgetRecord {
  if (blockedForMs(record, nowMs) >= durationMs) return record
  return { ...record, blockedAtMs: nowMs, blockedUntilMs: nowMs + durationMs }
}

/** What is left of a block. When the clock was set back since, the block counts from now: longer than asked, never for ever. */
export function blockedForMs(record: BudgetRecord, nowMs: number): DurationMs {
  const { blockedAtMs, blockedUntilMs } = record
  if (nowMs < blockedAtMs - TOLERANCE_MS) return Math.max(0, blockedUntilMs - blockedAtMs)
  return Math.max(0, blockedUntilMs - nowMs)
}

/** The record as it is now: old attempts, an older minute and times from a future that a set-back clock left are gone. */
export function current(record: BudgetRecord, nowMs: number, windowMs: DurationMs): BudgetRecord {
  const minute = Math.floor(nowMs / 60_000)
  const isFromFuture = nowMs < record.blockedAtMs - TOLERANCE_MS
  return {
    attemptsMs: record.attemptsMs
      .map(atMs => (atMs > nowMs + TOLERANCE_MS ? nowMs : atMs))
      .filter(atMs => nowMs - atMs < windowMs),
    minute,
    usedWeight: record.minute === minute ? record.usedWeight : 0,
    blockedAtMs: isFromFuture ? nowMs : record.blockedAtMs,
    blockedUntilMs: isFromFuture ? nowMs + blockedForMs(record, nowMs) : record.blockedUntilMs,
  }
}
