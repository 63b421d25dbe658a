import type { GapEvent } from '../../../src/model/event.ts'
import type { StreamTruth } from '../exchange/stream-truth.ts'
import type { Report } from './report.ts'

/** I2 and I3 for a stream without dense ids: what is left out has a declared interruption in its place. */
export class SparseCheck {
  delivered = 0
  private readonly label: string
  private readonly truth: StreamTruth
  private readonly report: Report
  /** Equal keys are one event that was delivered twice. */
  private readonly areKeysIds: boolean
  private cursor = -1
  private isDeclared = false

  constructor(label: string, truth: StreamTruth, report: Report, areKeysIds: boolean) {
    this.label = label
    this.truth = truth
    this.report = report
    this.areKeysIds = areKeysIds
  }

  /** Where it stands in the truth, -1 when nowhere. */
  event(key: number): number {
    const { truth, cursor } = this
    const from = Math.max(0, cursor)
    let index = cursor < 0 ? truth.keys.lastIndexOf(key) : from
    while (index < truth.size && truth.keys.at(index) !== key) index++
    if (index >= truth.size || index < 0) {
      this.report.violation('I3', `${this.label}: ${key} after ${truth.keys.at(from)}, or never emitted`)
      return -1
    }
    if (index === cursor && this.areKeysIds) this.report.violation('I2', `${this.label}: ${key} delivered twice`)
    if (cursor >= 0 && !this.isDeclared) this.judge(cursor + 1, index)
    this.cursor = index
    this.isDeclared = false
    this.delivered++
    return index
  }

  gap(gap: GapEvent): void {
    if (gap.healed) this.report.violation('I2', `${this.label}: a healed gap in a stream that cannot be healed`)
    if (gap.from !== undefined && gap.to !== undefined && Number(gap.from) > Number(gap.to))
      this.report.violation('I2', `${this.label}: a gap from ${gap.from} to ${gap.to}`)
    this.report.count('interruption declared')
    this.isDeclared = true
  }

  pendingSinceMs(): number {
    if (this.cursor < 0 || this.isDeclared) return Number.POSITIVE_INFINITY
    let index = this.cursor + 1
    while (this.truth.excused.has(index)) index++
    return this.truth.noticeableMs.at(index) ?? Number.POSITIVE_INFINITY
  }

  finish(): void {
    if (this.cursor < 0 || this.isDeclared) return
    this.judge(this.cursor + 1, this.truth.size)
  }

  private judge(from: number, to: number): void {
    for (let index = from; index < to; index++) {
      if (this.truth.excused.has(index)) continue
      const count = to - index
      this.report.violation(
        'I2',
        `${this.label}: ${count} events from ${this.truth.keys.at(index)} on are missing without a word`,
      )
      return
    }
  }
}
