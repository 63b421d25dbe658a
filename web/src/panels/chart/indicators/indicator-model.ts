import type { Bar } from '../../../../../src/server/protocol.ts'
import type { CandleModel } from '../candle-model.ts'
import type { BarFold, Figures } from './indicator-kinds.ts'
import type { IndicatorSpec } from './indicator-spec.ts'

/** An indicator over the bars of the chart: values of closed bars, and of the open one as far as it can be told. */
export class IndicatorModel {
  readonly spec: IndicatorSpec
  /** One row per closed bar, in the order of the bars. */
  values: Figures[] = []
  /** Of the open bar: it may turn back until the bar closes. */
  provisional: Figures | undefined
  /** Everything is to be drawn anew. */
  needsReset = true
  /** Values from this index on are new. */
  changedFrom = 0
  private fold: BarFold

  constructor(spec: IndicatorSpec) {
    this.spec = spec
    this.fold = spec.kind.create(spec.options)
  }

  get name(): string {
    return this.fold.name
  }

  /** The newest value: that of the open bar, or of the last closed one. */
  newest(): Figures {
    return this.provisional ?? this.values.at(-1) ?? []
  }

  get isConverged(): boolean {
    return this.fold.isConverged
  }

  /** Takes what changed in the bars since the last time. Called before the bars themselves are drawn. */
  follow(model: CandleModel): void {
    // A closed bar that was corrected changes everything behind it.
    if (model.needsReset || model.changedFrom < this.values.length) this.restart()
    const { bars } = model
    for (let index = this.values.length; index < bars.length; index++) {
      const bar = bars[index]
      if (bar === undefined || !isOver(bar, index, bars.length)) break
      this.values.push(this.fold.commit(bar))
    }
    const open = bars[this.values.length]
    this.provisional = open === undefined ? undefined : this.fold.preview(open)
  }

  drawn(): void {
    this.needsReset = false
    this.changedFrom = this.values.length
  }

  private restart(): void {
    this.fold = this.spec.kind.create(this.spec.options)
    this.values = []
    this.provisional = undefined
    this.needsReset = true
    this.changedFrom = 0
  }
}

/** The venue's word for it may come a moment after the first trade of the next bar, but not after a whole bar. */
function isOver(bar: Bar, index: number, count: number): boolean {
  return bar[7] === 1 || index < count - 2
}
