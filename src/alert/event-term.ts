import { plainTruth, type Remembered, type Term, type Truth, UNKNOWN } from './condition.ts'
import type { Occurrence, Reading } from './reading.ts'

/** True for the very reading in which it happened. */
export class EventTerm implements Term {
  occurrence: Occurrence | undefined
  readonly beganUs: number | undefined = undefined
  private readonly source: string
  private readonly phase: string
  private readonly direction: number | undefined

  constructor(source: string, phase: string, direction: number | undefined) {
    this.source = source
    this.phase = phase
    this.direction = direction
  }

  read(source: string, { occurrence }: Reading): void {
    this.occurrence = undefined
    if (source !== this.source || occurrence === undefined) return
    if (this.phase !== 'any' && occurrence.phase !== this.phase) return
    if (this.direction !== undefined && occurrence.direction !== this.direction) return
    this.occurrence = occurrence
  }

  tick(_atUs: number): void {
    this.occurrence = undefined
  }

  truth(): Truth {
    return plainTruth(this.occurrence !== undefined)
  }

  snapshot(): readonly Remembered[] {
    return []
  }

  restore(_from: Remembered[]): void {
    this.occurrence = undefined
  }
}

/** The only term that is true because nothing came. Silence is counted from the first moment it was asked. */
export class SilenceTerm implements Term {
  readonly occurrence: Occurrence | undefined = undefined
  private readonly source: string
  private readonly silenceUs: number
  private lastUs: number | undefined
  private lastTimeUs: number | undefined
  private nowUs: number | undefined
  /** The silence was told by an earlier process, and nothing has come since: it is the same one. */
  private isCarriedOn = false

  constructor(source: string, silenceMs: number) {
    this.source = source
    this.silenceUs = silenceMs * 1000
  }

  /** The last that came, by the venue's time: every process that watches says the same. */
  get beganUs(): number | undefined {
    return this.lastTimeUs
  }

  read(source: string, reading: Reading): void {
    this.tick(reading.atUs)
    if (source !== this.source || isNothing(reading)) return
    this.isCarriedOn = false
    this.lastUs = Math.max(reading.atUs, this.lastUs ?? 0)
    this.lastTimeUs = reading.timeUs
  }

  tick(atUs: number): void {
    this.nowUs = Math.max(atUs, this.nowUs ?? 0)
    this.lastUs ??= atUs
    this.lastTimeUs ??= atUs
  }

  carryOn(): void {
    this.isCarriedOn = true
  }

  truth(): Truth {
    const { nowUs, lastUs } = this
    if (nowUs !== undefined && lastUs !== undefined && nowUs - lastUs >= this.silenceUs) return plainTruth(true)
    return this.isCarriedOn ? UNKNOWN : plainTruth(false)
  }

  snapshot(): readonly Remembered[] {
    return [[this.lastUs ?? null, this.lastTimeUs ?? null, this.nowUs ?? null]]
  }

  restore(from: Remembered[]): void {
    const [last = null, lastTime = null, now = null] = from.shift() ?? []
    this.lastUs = last ?? undefined
    this.lastTimeUs = lastTime ?? undefined
    this.nowUs = now ?? undefined
  }
}

/** A gap, a lost connection and a signal that has no value bring no data. */
function isNothing({ isGap, isInterrupted, isAbsent }: Reading): boolean {
  return isGap === true || isInterrupted === true || isAbsent === true
}
