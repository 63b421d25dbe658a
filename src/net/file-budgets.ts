import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, errorLine } from '../model/error.ts'
import { type BudgetRecord, type BudgetStore, EMPTY_RECORD } from './budget-store.ts'
import { type Clock, systemClock } from './clock.ts'
import { errorCode } from './dial-failure.ts'
import { FileLock } from './file-lock.ts'
import { makeFolder } from './make-folder.ts'

export interface FileBudgetsOptions {
  /** What a person should know: a file that could not be read or written. Each problem is told once. @default nothing */
  readonly onProblem?: (message: string) => void
  /** Judges how old a lock is. @default the system's */
  readonly clock?: Clock
}

/** More would be no window of a budget that exists. */
const MOST_ATTEMPTS = 10_000

/**
 * Budgets in small files, one for each host or pool: shared by all processes that name the same directory, and still known
 * after a restart. The files hold counts and times, nothing secret. A file that cannot be read or written is reported, and
 * the budget goes on in memory: market data must not wait for a disk.
 * @throws ConfigError when the directory can neither be found nor made
 * @example createFeed({ venues: [binanceSpot()], budgets: fileBudgets('/var/lib/tickwire') })
 */
export function fileBudgets(directory: string, options: FileBudgetsOptions = {}): BudgetStore {
  try {
    makeFolder(directory, 0o700)
  } catch (cause) {
    throw new ConfigError(`budgets: cannot use the directory "${directory}": ${errorLine(cause)}.`, [], cause)
  }
  return new FileBudgets(directory, options)
}

class FileBudgets implements BudgetStore {
  private readonly directory: string
  private readonly clock: Clock
  private readonly onProblem: (message: string) => void
  private readonly told = new Set<string>()
  /** What is known when a file cannot be used. */
  private readonly memory = new Map<string, BudgetRecord>()

  constructor(directory: string, options: FileBudgetsOptions) {
    this.directory = directory
    this.clock = options.clock ?? systemClock
    this.onProblem = options.onProblem ?? (() => undefined)
  }

  change(name: string, change: (record: BudgetRecord) => BudgetRecord): boolean {
    const path = join(this.directory, `budget-${encodeURIComponent(name)}.json`)
    const lock = new FileLock(`${path}.lock`, this.clock)
    const isHeld = this.guard(path, 'locked', () => lock.take())
    if (isHeld === false) return false
    const before = isHeld === undefined ? this.known(name) : this.read(name, path)
    const after = change(before)
    this.memory.set(name, after)
    if (isHeld === undefined) return true
    if (after !== before) this.guard(path, 'written', () => lock.isOurs() && write(path, after))
    this.guard(path, 'unlocked', () => lock.release())
    return true
  }

  /** What the file says; what is known from earlier where it cannot be read at all. */
  private read(name: string, path: string): BudgetRecord {
    try {
      const record = parseRecord(readFileSync(path, 'utf8'))
      if (record !== undefined) return record
      this.tell(path, 'understood', new Error('it does not hold a budget'))
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return EMPTY_RECORD
      this.tell(path, 'read', error)
    }
    return this.known(name)
  }

  private known(name: string): BudgetRecord {
    return this.memory.get(name) ?? EMPTY_RECORD
  }

  private guard<T>(path: string, what: string, run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      this.tell(path, what, error)
      return undefined
    }
  }

  private tell(path: string, what: string, error: unknown): void {
    const key = `${path}|${what}`
    if (this.told.has(key)) return
    this.told.add(key)
    this.onProblem(`the budget file ${path} could not be ${what}: ${errorLine(error)}`)
  }
}

/** A reader sees the old file or the new one, never half of either. */
function write(path: string, record: BudgetRecord): void {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600, flag: 'wx' })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function parseRecord(text: string): BudgetRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // A file cut by a full disk, or something else under this name.
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const attemptsMs: unknown = 'attemptsMs' in value ? value.attemptsMs : undefined
  const minute = 'minute' in value ? value.minute : undefined
  const usedWeight = 'usedWeight' in value ? value.usedWeight : undefined
  const blockedAtMs = 'blockedAtMs' in value ? value.blockedAtMs : undefined
  const blockedUntilMs = 'blockedUntilMs' in value ? value.blockedUntilMs : undefined
  if (!isAmounts(attemptsMs) || !isAmount(minute) || !isAmount(usedWeight)) return undefined
  if (!isAmount(blockedAtMs) || !isAmount(blockedUntilMs)) return undefined
  return { attemptsMs, minute, usedWeight, blockedAtMs, blockedUntilMs }
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isAmounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MOST_ATTEMPTS && value.every(isAmount)
}
