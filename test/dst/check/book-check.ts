import type { BookHandle } from '../../../src/feed/feed.ts'
import type { BookEvent, GapEvent, Level } from '../../../src/model/event.ts'
import type { BookTruth } from '../exchange/book-truth.ts'
import type { Wording } from '../exchange/frames.ts'
import type { Report } from './report.ts'

/** I4: while a book says that it is synced it equals the exchange's at the same sequence. */
export class BookCheck {
  readonly label: string
  readonly truth: BookTruth
  checkpoints = 0
  private readonly words: Wording
  private readonly report: Report
  private isGapped = false
  private gappedMs = -1
  private lastSynced = -1

  constructor(label: string, truth: BookTruth, words: Wording, report: Report) {
    this.label = label
    this.truth = truth
    this.words = words
    this.report = report
  }

  /** After every change that a consumer is told of. */
  event(event: BookEvent): void {
    if (!event.synced) return
    if (this.isGapped) this.fail('I4', 'synced again without a resync')
    if (event.sequence < this.lastSynced) this.fail('I4', `stepped back from ${this.lastSynced} to ${event.sequence}`)
    this.lastSynced = event.sequence
    const index = this.truth.find(event.sequence)
    if (index < 0) {
      this.fail('I4', `stands at ${event.sequence}, where the venue's book never stood`)
      return
    }
    const { bid, ask } = this.truth.touch(index)
    const best = event.bids[0]
    const worst = event.asks[0]
    if (best !== undefined && worst !== undefined && best[0] >= worst[0]) this.fail('I4', 'crossed while synced')
    if (best !== undefined && best[0] !== this.words.priceNumber(bid))
      this.fail('I4', `best bid ${best[0]} at ${event.sequence}, the venue's was ${this.words.priceNumber(bid)}`)
    if (worst !== undefined && worst[0] !== this.words.priceNumber(ask))
      this.fail('I4', `best ask ${worst[0]} at ${event.sequence}, the venue's was ${this.words.priceNumber(ask)}`)
  }

  gap(gap: GapEvent, nowMs: number): void {
    this.report.count(`book gap: ${gap.reason}`)
    this.isGapped = true
    if (this.gappedMs < 0) this.gappedMs = nowMs
    this.lastSynced = -1
  }

  resync(nowMs: number): void {
    if (!this.isGapped) this.fail('I4', 'a resync without a gap')
    this.report.count('book resync')
    this.isGapped = false
    if (this.gappedMs >= 0) this.report.recoveriesMs.push(nowMs - this.gappedMs)
    this.gappedMs = -1
  }

  /** At every checkpoint: the best `count` levels, inside the horizon. */
  compare(handle: BookHandle, count: number): void {
    if (handle.state !== 'synced') {
      if (handle.best() !== undefined || handle.levels(1) !== undefined)
        this.fail('I7', `readable while ${handle.state}`)
      return
    }
    const index = this.truth.find(handle.sequence)
    const view = handle.levels(count)
    const horizon = handle.horizon()
    if (index < 0 || view === undefined || horizon === undefined) {
      this.fail('I4', `synced at ${handle.sequence}, which the venue's book never was`)
      return
    }
    this.checkpoints++
    const levels = this.truth.at(index)
    const { bid, ask } = this.truth.touch(index)
    this.side('bid', view.bids, levels, bid, -1, count, price => horizon.bid === undefined || price >= horizon.bid)
    this.side('ask', view.asks, levels, ask, 1, count, price => horizon.ask === undefined || price <= horizon.ask)
  }

  /** World time since when the venue's book stands further than a synced one; infinity when it does not. */
  pendingSinceMs(handle: BookHandle): number {
    if (handle.state !== 'synced') return Number.POSITIVE_INFINITY
    const index = this.truth.find(handle.sequence)
    return index < 0 ? Number.POSITIVE_INFINITY : (this.truth.times.at(index + 1) ?? Number.POSITIVE_INFINITY)
  }

  finish(handle: BookHandle): void {
    if (handle.state !== 'synced') this.fail('I13', `${handle.state} at the end`)
    else if (handle.sequence !== this.truth.lastId)
      this.fail('I4', `stands at ${handle.sequence} at the end, the venue's at ${this.truth.lastId}`)
    this.compare(handle, 2000)
  }

  private side(
    name: string,
    seen: readonly Level[],
    levels: Int16Array,
    from: number,
    step: number,
    count: number,
    isKnown: (price: number) => boolean,
  ): void {
    let at = 0
    for (let tick = from; tick >= 0 && tick < levels.length && at < count; tick += step) {
      const quantity = Math.abs((levels[tick] ?? 0) * step < 0 ? (levels[tick] ?? 0) : 0)
      if (quantity === 0) continue
      const price = this.words.priceNumber(tick)
      if (!isKnown(price)) break
      const level = seen[at]
      if (level === undefined || level[0] !== price || level[1] !== quantity / 1000) {
        const text = level === undefined ? 'nothing' : `${level[0]} × ${level[1]}`
        this.fail('I4', `${name} ${at} is ${text}, the venue's ${price} × ${quantity / 1000}`)
        return
      }
      at++
    }
    const beyond = seen[at]
    if (beyond !== undefined && isKnown(beyond[0]))
      this.fail('I4', `${name} ${at} is ${beyond[0]}, the venue has none there`)
  }

  private fail(invariant: string, text: string): void {
    this.report.violation(invariant, `${this.label}: ${text}`)
  }
}
