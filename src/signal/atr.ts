import { RecursiveAverage } from './averages.ts'
import { type Bar, type Indicator, type IndicatorState, StateReader, wholePeriod } from './indicator.ts'

export interface AtrOptions {
  /**
   * The first candle has none before it. `high-low`: its true range is its own range, so that the first value is at index
   * `period - 1`; `skip`: it has none, and the first value is at index `period`.
   * @default 'high-low'
   */
  readonly firstTrueRange?: 'high-low' | 'skip'
}

/**
 * Average true range by Wilder's average, in the price's own unit.
 * @param period @default 14
 * @throws ConfigError for no whole period
 */
export function atr(period = 14, options: AtrOptions = {}): Indicator<Bar, number> {
  return new AverageTrueRange(wholePeriod('period', period), options.firstTrueRange === 'skip')
}

/** max(high - low, |high - close before|, |low - close before|); the candle's own range without a close before. */
export function trueRange(bar: Pick<Bar, 'high' | 'low'>, closeBefore: number | undefined): number {
  const range = bar.high - bar.low
  if (closeBefore === undefined) return range
  return Math.max(range, Math.abs(bar.high - closeBefore), Math.abs(bar.low - closeBefore))
}

class AverageTrueRange implements Indicator<Bar, number> {
  readonly name: string
  seen = 0
  private readonly average: RecursiveAverage
  private readonly isFirstSkipped: boolean
  private last: number | undefined

  constructor(period: number, isFirstSkipped: boolean) {
    this.name = `atr(${period}${isFirstSkipped ? ',skip' : ''})`
    this.average = new RecursiveAverage('range', period, 1 / period, 'sma')
    this.isFirstSkipped = isFirstSkipped
  }

  get value(): number | undefined {
    return this.average.value
  }

  get isConverged(): boolean {
    return this.average.isConverged
  }

  commit(input: Bar): number | undefined {
    if (!this.isOut) this.average.commit(trueRange(input, this.last))
    this.last = input.close
    this.seen++
    return this.average.value
  }

  preview(input: Bar): number | undefined {
    return this.isOut ? undefined : this.average.preview(trueRange(input, this.last))
  }

  snapshot(): IndicatorState {
    const { average, last, seen } = this
    return { name: this.name, seen, numbers: [last ?? 0, average.seen, ...average.snapshot().numbers] }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    const last = reader.next()
    this.seen = state.seen
    this.last = state.seen > 0 ? last : undefined
    this.average.restore({ name: 'range', seen: reader.next(), numbers: reader.take(2) })
  }

  private get isOut(): boolean {
    return this.isFirstSkipped && this.last === undefined
  }
}
