import { plainTruth, type Remembered, type Term, type Truth, UNKNOWN } from './condition.ts'
import type { Occurrence, Reading } from './reading.ts'

/**
 * crossUp at n: a(n-1) <= b(n-1) and a(n) > b(n), both values there and no gap between; the first pair after a gap is only what
 * the next is compared with. It holds from the crossing on for as long as a stays on that side, so that `forMs` has a meaning.
 */
export class CrossTerm implements Term {
  readonly occurrence: Occurrence | undefined = undefined
  readonly beganUs: number | undefined = undefined
  private readonly source: string
  private readonly target: number | string
  private readonly sign: 1 | -1
  private a: number | undefined
  private b: number | undefined
  /** Side of the last pair: a above b, times the direction; undefined after a gap. */
  private wasBeyond: boolean | undefined
  private hasCrossed = false
  private isInterrupted = false

  constructor(source: string, isUp: boolean, target: number | string) {
    this.source = source
    this.target = target
    this.sign = isUp ? 1 : -1
    if (typeof target === 'number') this.b = target
  }

  read(source: string, reading: Reading): void {
    const isOwn = source === this.source
    const isTarget = source === this.target
    if ((!isOwn && !isTarget) || reading.occurrence !== undefined) return
    this.isInterrupted = reading.isInterrupted === true
    if (this.isInterrupted) return
    if (isOwn) this.a = reading.value
    if (isTarget) this.b = reading.value
    if (reading.isGap === true) this.forget()
    const { a, b } = this
    if (a === undefined || b === undefined) {
      this.forget()
      return
    }
    const isBeyond = (a - b) * this.sign > 0
    this.hasCrossed = isBeyond && (this.hasCrossed || this.wasBeyond === false)
    this.wasBeyond = isBeyond
  }

  tick(_atUs: number): void {}

  truth(): Truth {
    return this.wasBeyond === undefined || this.isInterrupted ? UNKNOWN : plainTruth(this.hasCrossed)
  }

  snapshot(): readonly Remembered[] {
    const side = this.wasBeyond === undefined ? null : Number(this.wasBeyond)
    return [[this.a ?? null, this.b ?? null, side, Number(this.hasCrossed)]]
  }

  restore(from: Remembered[]): void {
    const [a = null, b = null, side = null, crossed = 0] = from.shift() ?? []
    this.a = a ?? undefined
    this.b = typeof this.target === 'number' ? this.target : (b ?? undefined)
    this.wasBeyond = side === null ? undefined : side === 1
    this.hasCrossed = crossed === 1
  }

  private forget(): void {
    this.wasBeyond = undefined
    this.hasCrossed = false
  }
}
