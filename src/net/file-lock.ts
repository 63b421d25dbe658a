import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Clock } from './clock.ts'
import { errorCode } from './dial-failure.ts'

/** What a holder does under the lock takes less than a millisecond: an older lock was left behind. */
const STALE_AFTER_MS = 5000
/** Tries without a pause; a holder is nearly always gone after the first few. */
const TRIES = 20

interface Holder {
  readonly text: string
  readonly pid: number
  readonly host: string
  readonly atMs: number
}

/**
 * A lock file, made exclusively. A lock whose process is gone, or that is older than five seconds, is taken over: it is
 * moved away first, which only one of several can do, and looked at again, so that a fresh lock is never lost.
 */
export class FileLock {
  private readonly path: string
  private readonly clock: Clock
  private readonly token = randomBytes(8).toString('hex')
  private text = ''

  constructor(path: string, clock: Clock) {
    this.path = path
    this.clock = clock
  }

  /** False when another process holds it. @throws Error when the file system refuses */
  take(): boolean {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      this.text = `${process.pid} ${this.nowMs()} ${this.token} ${hostname()}`
      try {
        writeFileSync(this.path, this.text, { flag: 'wx', mode: 0o600 })
        return true
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error
      }
      const holder = this.holder()
      if (holder !== undefined && this.isStale(holder)) this.moveAway(holder)
    }
    return false
  }

  /** False when somebody held us for dead and took over. */
  isOurs(): boolean {
    return this.holder()?.text === this.text
  }

  release(): void {
    if (this.isOurs()) rmSync(this.path, { force: true })
  }

  /** Who holds the lock; undefined when nobody does any more. */
  private holder(): Holder | undefined {
    try {
      const text = readFileSync(this.path, 'utf8')
      const [pid = '', atMs = '', , ...host] = text.split(' ')
      if (host.length > 0) return { text, pid: Number(pid), host: host.join(' '), atMs: Number(atMs) }
      // Made and not yet written: its age is the file's own.
      return { text, pid: 0, host: '', atMs: statSync(this.path).mtimeMs }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  private isStale(holder: Holder): boolean {
    // A lock from the future was made before the clock was set back.
    if (!(Math.abs(this.nowMs() - holder.atMs) <= STALE_AFTER_MS)) return true
    return holder.host === hostname() && holder.pid !== process.pid && !isAlive(holder.pid)
  }

  private moveAway(holder: Holder): void {
    const aside = `${this.path}.${this.token}`
    try {
      renameSync(this.path, aside)
      // Somebody else was faster and this is their fresh lock: give it back, unless a third one is there already.
      if (readFileSync(aside, 'utf8') !== holder.text) linkSync(aside, this.path)
    } catch (error) {
      const code = errorCode(error)
      if (code !== 'ENOENT' && code !== 'EEXIST') throw error
    } finally {
      rmSync(aside, { force: true })
    }
  }

  private nowMs(): number {
    return Math.round(this.clock.nowUs() / 1000)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, under another user.
    return errorCode(error) !== 'ESRCH'
  }
}
