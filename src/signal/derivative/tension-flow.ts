import type { TradeEvent } from '../../model/event.ts'
import type { TradeSource } from '../flow/trade-source.ts'
import { timeOf } from '../measure.ts'
import { TimeWindow } from '../time-window.ts'

/** What takers bought and sold over a window, and from when on nothing of it is missing. */
export class TensionFlow {
  private readonly source: TradeSource
  /** Columns: base bought, base sold, quote. */
  private readonly window: TimeWindow
  private since: number | undefined

  constructor(windowMs: number, source: TradeSource) {
    this.window = new TimeWindow(windowMs, 3)
    this.source = source
  }

  get quote(): number {
    return this.window.sum(2)
  }

  get count(): number {
    return this.window.count
  }

  /** Bought / (bought + sold), of base; undefined when nothing was traded. */
  get buyShare(): number | undefined {
    const bought = this.window.sum(0)
    const total = bought + this.window.sum(1)
    return total > 0 ? Math.min(1, Math.max(0, bought / total)) : undefined
  }

  add(trade: TradeEvent): void {
    const base = this.source.base(trade)
    const timeUs = timeOf(trade)
    this.since ??= timeUs
    if (!(base > 0)) return
    this.window.push(timeUs, trade.side === 'buy' ? base : 0, trade.side === 'buy' ? 0 : base, this.source.quote(trade))
  }

  /** True when a whole window up to `timeUs` is there. */
  isWholeAt(timeUs: number): boolean {
    this.window.advance(timeUs)
    return this.since !== undefined && this.since <= timeUs - this.window.sizeUs
  }

  clear(): void {
    this.window.clear()
    this.since = undefined
  }
}
