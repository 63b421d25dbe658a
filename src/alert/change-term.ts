import { plainTruth, type Remembered, type Term, type Truth, UNKNOWN } from './condition.ts'
import type { Occurrence, Reading } from './reading.ts'

/** The window is kept as so many steps at most, the last value of each: memory does not grow with the rate of events. */
const STEPS = 600

/**
 * The change, in percent, against the value that was in force a window earlier: the newest one at or before that moment. It
 * cannot be said before the first window is over, nor where that moment lies inside a gap.
 */
export class ChangeTerm implements Term {
  readonly occurrence: Occurrence | undefined = undefined
  readonly beganUs: number | undefined = undefined
  private readonly source: string
  private readonly windowUs: number
  private readonly stepUs: number
  private readonly percent: number
  private readonly isEither: boolean
  /** Times and values, oldest first; NaN says that from there on nothing is known. */
  private times: number[] = []
  private values: number[] = []
  private isInterrupted = false

  constructor(source: string, withinMs: number, percent: number, isEither: boolean) {
    this.source = source
    this.windowUs = withinMs * 1000
    this.stepUs = Math.max(1, Math.floor(this.windowUs / STEPS))
    this.percent = percent
    this.isEither = isEither
  }

  read(source: string, reading: Reading): void {
    if (source !== this.source || reading.occurrence !== undefined) return
    this.isInterrupted = reading.isInterrupted === true
    if (this.isInterrupted) return
    const value = reading.value ?? Number.NaN
    if (reading.isGap === true && !Number.isNaN(value)) this.note(reading.timeUs, Number.NaN)
    this.note(reading.timeUs, value)
  }

  tick(_atUs: number): void {}

  /** The change now; undefined when it cannot be said. */
  change(): number | undefined {
    const now = this.values.at(-1)
    const nowUs = this.times.at(-1)
    if (now === undefined || nowUs === undefined || Number.isNaN(now)) return undefined
    const index = lastAtOrBefore(this.times, nowUs - this.windowUs)
    const before = index < 0 ? undefined : this.values[index]
    if (before === undefined || Number.isNaN(before) || before === 0) return undefined
    // Divided last, so that 230 after 200 is 15 exactly; by the size, so that -2 after -1 has fallen.
    return ((now - before) * 100) / Math.abs(before)
  }

  truth(): Truth {
    const change = this.change()
    if (change === undefined || this.isInterrupted) return UNKNOWN
    const { percent } = this
    if (this.isEither) return plainTruth(Math.abs(change) >= Math.abs(percent))
    return plainTruth(percent >= 0 ? change >= percent : change <= percent)
  }

  snapshot(): readonly Remembered[] {
    return [this.times, this.values.map(value => (Number.isNaN(value) ? null : value))]
  }

  restore(from: Remembered[]): void {
    this.times = (from.shift() ?? []).map(Number)
    this.values = (from.shift() ?? []).map(value => value ?? Number.NaN)
  }

  private note(timeUs: number, value: number): void {
    const lastUs = this.times.at(-1)
    // What the venue stamped earlier than what came before it counts as now.
    const atUs = lastUs === undefined ? timeUs : Math.max(timeUs, lastUs)
    const isSameStep = lastUs !== undefined && Math.floor(lastUs / this.stepUs) === Math.floor(atUs / this.stepUs)
    const last = this.values.at(-1)
    // A hole is not written over: the moment at which nothing was known must stay visible.
    if (isSameStep && last !== undefined && !Number.isNaN(last) && !Number.isNaN(value)) {
      this.times.pop()
      this.values.pop()
    }
    this.times.push(atUs)
    this.values.push(value)
    const firstNeeded = lastAtOrBefore(this.times, atUs - this.windowUs)
    if (firstNeeded > 0) {
      this.times.splice(0, firstNeeded)
      this.values.splice(0, firstNeeded)
    }
    // Only readings that alternate between a value and none can come to this.
    if (this.times.length > 4 * STEPS) {
      this.times.splice(0, STEPS)
      this.values.splice(0, STEPS)
    }
  }
}

/** Index of the newest of ascending times; -1 when all are later. */
function lastAtOrBefore(times: readonly number[], timeUs: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) <= timeUs) low = middle + 1
    else high = middle
  }
  return low - 1
}
