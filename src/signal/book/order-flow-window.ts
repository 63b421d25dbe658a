import { TimeWindow } from '../time-window.ts'
import { levelWeights, multiLevelFlow, orderFlow } from './order-flow.ts'
import type { Touch } from './touch.ts'

/** Order-flow imbalance of the best quotes over (t − W, t]. */
export class OrderFlowWindow {
  /** Columns: e, mean of both quantities. */
  private readonly window: TimeWindow
  private last: Touch | undefined

  constructor(windowMs: number) {
    this.window = new TimeWindow(windowMs, 2)
  }

  get count(): number {
    return this.window.count
  }

  /** Σ e. */
  get sum(): number {
    return this.window.sum(0)
  }

  /** Mean of (Qb + Qa) / 2 over the window's quotes. */
  get averageDepth(): number | undefined {
    return this.window.count === 0 ? undefined : this.window.sum(1) / this.window.count
  }

  /** Σ e in units of the average depth. */
  get normalised(): number | undefined {
    const depth = this.averageDepth
    return depth === undefined || !(depth > 0) ? undefined : this.sum / depth
  }

  /** What the quote added: 0 for the first of a run, which has none before it. */
  add(timeUs: number, touch: Touch): number {
    const flow = this.last === undefined ? 0 : orderFlow(this.last, touch)
    this.last = touch
    this.window.push(timeUs, flow, (touch.bidQuantity + touch.askQuantity) / 2)
    return flow
  }

  clear(): void {
    this.last = undefined
    this.window.clear()
  }
}

/** The same at each of the best levels. */
export class MultiLevelFlowWindow {
  private readonly levels: number
  private readonly weights: readonly number[]
  /** Columns per level: e, mean of both quantities, 1 where the level is there. */
  private readonly window: TimeWindow
  private last: readonly (Touch | undefined)[] = []

  constructor(windowMs: number, levels: number) {
    this.levels = levels
    this.weights = levelWeights(levels)
    this.window = new TimeWindow(windowMs, 3 * levels)
  }

  get count(): number {
    return this.window.count
  }

  /** Σ e of each level, best first. */
  get vector(): readonly number[] {
    return Array.from({ length: this.levels }, (_, level) => this.window.sum(3 * level))
  }

  /** Σ w_m·e_m / AD_m; a level whose average depth is 0 contributes nothing. Undefined without any. */
  get weighted(): number | undefined {
    let sum = 0
    let isThere = false
    for (const [level, weight] of this.weights.entries()) {
      const present = this.window.sum(3 * level + 2)
      const depth = present > 0 ? this.window.sum(3 * level + 1) / present : 0
      if (!(depth > 0)) continue
      isThere = true
      sum += (weight * this.window.sum(3 * level)) / depth
    }
    return isThere ? sum : undefined
  }

  /** What this state of the book added at each level. */
  add(timeUs: number, touches: readonly (Touch | undefined)[]): readonly number[] {
    const flows = multiLevelFlow(this.last, touches, this.levels)
    this.last = touches
    const row: number[] = []
    for (const [level, flow] of flows.entries()) {
      const touch = touches[level]
      row.push(flow, touch === undefined ? 0 : (touch.bidQuantity + touch.askQuantity) / 2, touch === undefined ? 0 : 1)
    }
    this.window.push(timeUs, ...row)
    return flows
  }

  clear(): void {
    this.last = []
    this.window.clear()
  }
}
