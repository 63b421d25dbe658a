import type { Bar, CandleGap, CandlesData } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'

/** The renderer's update costs time in proportion to its bars: older ones are not loaded beyond this. */
export const MOST_BARS = 5000

/** Candles in the order of time, and what of them the renderer does not have yet. */
export class CandleModel {
  bars: Bar[] = []
  gaps: readonly CandleGap[] = []
  last: number | undefined
  /** The whole series is to be drawn anew. */
  needsReset = true
  /** Bars from this index on changed. */
  changedFrom = Number.POSITIVE_INFINITY
  isDirty = true

  clear(): void {
    this.bars = []
    this.gaps = []
    this.last = undefined
    this.needsReset = true
    this.isDirty = true
  }

  accept(message: PanelData): void {
    const data = candlesOf(message)
    if (data === undefined) return
    if (message.isSnapshot) this.replace(data.bars)
    else this.merge(data.bars)
    if (data.gaps !== undefined) this.gaps = data.gaps
    if (data.last !== undefined) this.last = data.last
    this.isDirty = true
  }

  /** Older history in front; returns how many bars were new. */
  prepend(older: readonly Bar[]): number {
    const first = this.bars[0]?.[0] ?? Number.POSITIVE_INFINITY
    const added = older.filter(bar => bar[0] < first).slice(-(MOST_BARS - this.bars.length))
    if (added.length === 0) return 0
    this.bars = [...added, ...this.bars]
    this.needsReset = true
    this.isDirty = true
    return added.length
  }

  /** A snapshot after a reconnect keeps the older pages that were loaded, when they join without a hole. */
  private replace(bars: readonly Bar[]): void {
    const first = bars[0]?.[0] ?? 0
    const older = this.bars.filter(bar => bar[0] < first)
    const joins = this.bars.some(bar => bar[0] === first)
    this.bars = joins ? [...older, ...bars] : [...bars]
    this.needsReset = true
  }

  private merge(bars: readonly Bar[]): void {
    for (const bar of bars) {
      const lastIndex = this.bars.length - 1
      const last = this.bars[lastIndex]
      if (last === undefined || bar[0] > last[0]) {
        this.bars.push(bar)
        this.changedFrom = Math.min(this.changedFrom, this.bars.length - 1)
        continue
      }
      let index = lastIndex
      while (index >= 0 && (this.bars[index]?.[0] ?? 0) > bar[0]) index--
      if (this.bars[index]?.[0] === bar[0]) this.bars[index] = bar
      else this.bars.splice(index + 1, 0, bar)
      if (index < lastIndex) this.needsReset = true
      else this.changedFrom = Math.min(this.changedFrom, index)
    }
    if (this.bars.length > MOST_BARS) {
      this.bars = this.bars.slice(-MOST_BARS)
      this.needsReset = true
    }
  }
}

function candlesOf(message: PanelData): CandlesData | undefined {
  if (message.content.as !== 'json') return undefined
  const { data } = message.content
  return isCandles(data) ? data : undefined
}

function isCandles(data: unknown): data is CandlesData {
  return typeof data === 'object' && data !== null && 'bars' in data && Array.isArray(data.bars)
}
