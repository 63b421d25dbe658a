import type { GapEvent, TradeEvent } from '../../../src/model/event.ts'
import type { Wording } from '../exchange/frames.ts'
import type { StreamTruth } from '../exchange/stream-truth.ts'
import type { Report } from './report.ts'

export interface DenseRules {
  readonly label: string
  /** True when whatever is missing could have been had from REST just now. */
  readonly couldHeal: (count: number) => boolean
  readonly mayBeReset: boolean
}

/** I2 and I3 for a stream with dense ids: each id delivered once or declared, in order. */
export class DenseCheck {
  delivered = 0
  declared = 0
  recovered = 0
  private unfounded: string | undefined
  private readonly truth: StreamTruth
  private readonly words: Wording
  private readonly report: Report
  private readonly rules: DenseRules
  /** The id that must come, or be declared, next; -1 before the first. */
  private next = -1
  private healedTo = -1

  constructor(truth: StreamTruth, words: Wording, report: Report, rules: DenseRules) {
    this.truth = truth
    this.words = words
    this.report = report
    this.rules = rules
  }

  event(event: TradeEvent): void {
    const id = Number(event.id)
    if (this.unfounded !== undefined) this.fail('I2', this.unfounded)
    this.unfounded = undefined
    const { truth, words } = this
    if (this.next >= 0 && id !== this.next) this.outOfTurn(id)
    const index = truth.indexOf(id)
    if (index < 0 || index >= truth.size) {
      this.fail('I2', `id ${event.id} was never emitted`)
      return
    }
    const isRight =
      event.price === words.priceNumber(truth.prices.at(index) ?? -1) &&
      event.quantity === (truth.quantities.at(index) ?? -1) / 1000 &&
      (event.side === 'sell') === truth.sold[index] &&
      event.exchangeTimeUs === (truth.times.at(index) ?? 0) * 1000
    if (!isRight) this.fail('I2', `id ${id} differs from what was traded`)
    if (event.recovered === true) {
      this.recovered++
      if (id > this.healedTo) this.fail('I2', `id ${id} is recovered outside of a healed gap`)
    } else if (id <= this.healedTo) this.fail('I2', `id ${id} is live inside of a healed gap`)
    this.delivered++
    this.next = id + 1
  }

  gap(gap: GapEvent): void {
    const { next, truth } = this
    if (gap.from === undefined || gap.to === undefined) {
      if (!this.rules.mayBeReset) this.fail('I2', `a gap (${gap.reason}) without ids`)
      this.next = -1
      return
    }
    const from = Number(gap.from)
    const to = Number(gap.to)
    if (next >= 0 && from !== next) this.fail('I2', `a gap from ${gap.from}, although ${next} comes next`)
    if (to < from) this.fail('I2', `a gap from ${gap.from} to ${gap.to}`)
    if (truth.indexOf(to) >= truth.size) this.fail('I2', `a gap to ${gap.to}, which was never emitted`)
    if (gap.healed) {
      // The older part of a hole that is larger than what is healed at once.
      this.unfounded = undefined
      this.report.count('gap healed')
      this.healedTo = to
      return
    }
    const count = to - from + 1
    this.report.count('gap declared')
    this.declared += count
    if (this.rules.couldHeal(count)) this.unfounded = `${count} ids from ${gap.from} declared although REST had them`
    this.next = to + 1
  }

  /** The id that must come, or be declared, next. */
  get nextId(): number {
    return this.next
  }

  /** World time since when an event could be known to be missing; infinity when none is. */
  pendingSinceMs(): number {
    if (this.next < 0) return Number.POSITIVE_INFINITY
    return this.truth.noticeableMs.at(this.truth.indexOf(this.next)) ?? Number.POSITIVE_INFINITY
  }

  /** At the end everything that was emitted since the first delivery is accounted for. */
  finish(): void {
    if (this.next < 0 || this.truth.indexOf(this.next) >= this.truth.size) return
    const missing = this.truth.size - this.truth.indexOf(this.next)
    this.fail('I2', `the last ${missing} events never arrived and were not declared (from ${this.next})`)
  }

  private outOfTurn(id: number): void {
    if (id < this.next) this.fail('I3', `id ${id} after ${this.next - 1}`)
    else this.fail('I2', `ids ${this.next} to ${id - 1} are missing without a word`)
  }

  private fail(invariant: string, text: string): void {
    this.report.violation(invariant, `${this.rules.label}: ${text}`)
  }
}
