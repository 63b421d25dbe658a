import { RecursiveAverage } from './averages.ts'
import { type Indicator, type IndicatorState, StateReader, wholePeriod } from './indicator.ts'

/**
 * Relative strength index of closes, 0 to 100: gains and losses through Wilder's average; 50 where nothing moved. First value
 * at index `period`.
 * @param period @default 14
 * @throws ConfigError for no whole period
 */
export function rsi(period = 14): Indicator<number, number> {
  return new RelativeStrength(wholePeriod('period', period))
}

class RelativeStrength implements Indicator<number, number> {
  readonly name: string
  value: number | undefined
  seen = 0
  private readonly gains: RecursiveAverage
  private readonly losses: RecursiveAverage
  private last = 0

  constructor(period: number) {
    this.name = `rsi(${period})`
    this.gains = new RecursiveAverage('gains', period, 1 / period, 'sma')
    this.losses = new RecursiveAverage('losses', period, 1 / period, 'sma')
  }

  get isConverged(): boolean {
    return this.gains.isConverged
  }

  commit(input: number): number | undefined {
    if (this.seen > 0) {
      const change = input - this.last
      const gain = this.gains.commit(Math.max(change, 0))
      const loss = this.losses.commit(Math.max(-change, 0))
      this.value = strength(gain, loss)
    }
    this.last = input
    this.seen++
    return this.value
  }

  preview(input: number): number | undefined {
    if (this.seen === 0) return undefined
    const change = input - this.last
    return strength(this.gains.preview(Math.max(change, 0)), this.losses.preview(Math.max(-change, 0)))
  }

  snapshot(): IndicatorState {
    const { gains, losses, last, seen } = this
    return { name: this.name, seen, numbers: [last, ...gains.snapshot().numbers, ...losses.snapshot().numbers] }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    this.seen = state.seen
    this.last = reader.next()
    const seen = Math.max(0, state.seen - 1)
    this.gains.restore({ name: 'gains', seen, numbers: reader.take(2) })
    this.losses.restore({ name: 'losses', seen, numbers: reader.take(2) })
    this.value = strength(this.gains.value, this.losses.value)
  }
}

function strength(gain: number | undefined, loss: number | undefined): number | undefined {
  if (gain === undefined || loss === undefined) return undefined
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss)
}
