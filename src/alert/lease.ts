import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Clock } from '../net/clock.ts'
import { errorCode } from '../net/dial-failure.ts'
import { readText } from './durable-file.ts'

/** Longer than any attempt: whoever holds a lease for longer is gone. */
const LEASE_MS = 60_000
const WRITTEN_WITHIN_MS = 5000

/**
 * The right to work on one thing, held in a file over an attempt that may take seconds. A lease whose process is gone, or that
 * has run out, is moved away (which one of several can do) and taken anew.
 */
export class Lease {
  private readonly path: string
  private readonly clock: Clock
  private readonly token = randomBytes(8).toString('hex')

  constructor(path: string, clock: Clock) {
    this.path = path
    this.clock = clock
  }

  take(): boolean {
    if (this.create()) return true
    const holder = readText(this.path)
    if (holder !== undefined && !this.isOver(holder)) return false
    if (holder !== undefined && !this.moveAway(holder)) return false
    return this.create()
  }

  /** False when somebody held us for dead. */
  isOurs(): boolean {
    return readText(this.path)?.startsWith(`${this.token} `) ?? false
  }

  release(): void {
    if (this.isOurs()) rmSync(this.path, { force: true })
  }

  private create(): boolean {
    try {
      const text = `${this.token} ${process.pid} ${this.nowMs() + LEASE_MS} ${hostname()}`
      writeFileSync(this.path, text, { flag: 'wx', mode: 0o600 })
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw error
    }
  }

  private isOver(holder: string): boolean {
    const [, pid = '', until = '', ...host] = holder.split(' ')
    const leftMs = Number(until) - this.nowMs()
    // Made and not yet written looks like nothing; a lease from far ahead was made before the clock was set back.
    if (host.length === 0) return this.isAbandoned()
    if (!(leftMs > 0 && leftMs <= 2 * LEASE_MS)) return true
    return host.join(' ') === hostname() && Number(pid) !== process.pid && !isAlive(Number(pid))
  }

  /** Its maker was ended between making and writing it: both are one short call. */
  private isAbandoned(): boolean {
    try {
      return this.nowMs() - statSync(this.path).mtimeMs > WRITTEN_WITHIN_MS
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true
      throw error
    }
  }

  private moveAway(holder: string): boolean {
    const aside = `${this.path}.${this.token}`
    try {
      renameSync(this.path, aside)
      const isSame = readText(aside) === holder
      if (!isSame) renameSync(aside, this.path)
      return isSame
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false
      throw error
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
