import { ConfigError } from '../model/error.ts'
import { type Indicator, type IndicatorState, StateReader, wholePeriod } from './indicator.ts'
import { RollingWindow } from './rolling-window.ts'

export interface BollingerValue {
  readonly middle: number
  readonly upper: number
  readonly lower: number
  /** Population standard deviation of the same closes. */
  readonly deviation: number
  /** Where the close lies between the bands: 0 lower, 1 upper; absent where both are equal. */
  readonly percentB: number | undefined
  /** (upper - lower) / middle; absent where the middle is 0. */
  readonly width: number | undefined
}

/**
 * Bollinger bands of closes: mean of the last `period` and `k` population standard deviations around it. First value at index
 * `period - 1`.
 * @throws ConfigError for no whole period, or a `k` that is not above 0
 */
export function bollinger(period = 20, k = 2): Indicator<number, BollingerValue> {
  if (!(k > 0 && Number.isFinite(k))) throw new ConfigError(`k must be a number above 0, was ${k}.`)
  return new Bands(wholePeriod('period', period), k)
}

class Bands implements Indicator<number, BollingerValue> {
  readonly name: string
  value: BollingerValue | undefined
  seen = 0
  private readonly window: RollingWindow
  private readonly k: number
  private last = 0

  constructor(period: number, k: number) {
    this.name = `bbands(${period},${k})`
    this.window = new RollingWindow(period)
    this.k = k
  }

  get isConverged(): boolean {
    return this.window.isFull
  }

  commit(input: number): BollingerValue | undefined {
    this.seen++
    this.last = input
    this.window.push(input)
    if (this.window.isFull) this.value = this.current()
    return this.value
  }

  preview(input: number): BollingerValue | undefined {
    const { window } = this
    if (window.count + 1 < window.size) return undefined
    const mean = (window.sum - window.oldest + input) / window.size
    return this.around(mean, window.variancePreview(input, mean), input)
  }

  snapshot(): IndicatorState {
    return { name: this.name, seen: this.seen, numbers: [this.last, ...this.window.state()] }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    this.seen = state.seen
    this.last = reader.next()
    this.window.load(reader)
    this.value = this.window.isFull ? this.current() : undefined
  }

  private current(): BollingerValue {
    const mean = this.window.sum / this.window.size
    return this.around(mean, this.window.variance(mean), this.last)
  }

  private around(middle: number, variance: number, close: number): BollingerValue {
    const deviation = Math.sqrt(variance)
    const upper = middle + this.k * deviation
    const lower = middle - this.k * deviation
    const percentB = upper === lower ? undefined : (close - lower) / (upper - lower)
    const width = middle === 0 ? undefined : (upper - lower) / middle
    return { middle, upper, lower, deviation, percentB, width }
  }
}
