import { type Indicator, type IndicatorState, StateReader, wholePeriod } from './indicator.ts'
import { RollingWindow } from './rolling-window.ts'

/** Mean of the last `period` closes. First value at index `period - 1`. @throws ConfigError for no whole period */
export function sma(period: number): Indicator<number, number> {
  return new SimpleAverage(wholePeriod('period', period))
}

export interface EmaOptions {
  /** `sma`: the mean of the first `period` values, at index `period - 1`. `first`: the first value, at index 0. @default 'sma' */
  readonly seed?: 'sma' | 'first'
}

/** Exponential average with weight 2 / (period + 1). @throws ConfigError for no whole period */
export function ema(period: number, options: EmaOptions = {}): Indicator<number, number> {
  const { seed = 'sma' } = options
  const name = seed === 'sma' ? `ema(${period})` : `ema(${period},seed=first)`
  return new RecursiveAverage(name, wholePeriod('period', period), 2 / (period + 1), seed)
}

/** Wilder's average with weight 1 / period, seeded by the mean of the first `period` values. @throws ConfigError */
export function rma(period: number): Indicator<number, number> {
  return new RecursiveAverage(`rma(${period})`, wholePeriod('period', period), 1 / period, 'sma')
}

class SimpleAverage implements Indicator<number, number> {
  readonly name: string
  value: number | undefined
  seen = 0
  private readonly window: RollingWindow

  constructor(period: number) {
    this.name = `sma(${period})`
    this.window = new RollingWindow(period)
  }

  get isConverged(): boolean {
    return this.window.isFull
  }

  commit(input: number): number | undefined {
    this.seen++
    this.window.push(input)
    if (this.window.isFull) this.value = this.window.sum / this.window.size
    return this.value
  }

  preview(input: number): number | undefined {
    const { window } = this
    if (window.count + 1 < window.size) return undefined
    return (window.sum - window.oldest + input) / window.size
  }

  snapshot(): IndicatorState {
    return { name: this.name, seen: this.seen, numbers: this.window.state() }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    this.window.load(reader)
    this.seen = state.seen
    this.value = this.window.isFull ? this.window.sum / this.window.size : undefined
  }
}

/** An average that forgets: `e += weight * (x - e)`, after a seed. */
export class RecursiveAverage implements Indicator<number, number> {
  readonly name: string
  value: number | undefined
  seen = 0
  /** Values behind the seed until it weighs less than 0.1 %. */
  readonly barsToForget: number
  private readonly period: number
  private readonly weight: number
  private readonly seedBars: number
  private seedSum = 0

  constructor(name: string, period: number, weight: number, seed: 'sma' | 'first') {
    this.name = name
    this.period = period
    this.weight = weight
    this.seedBars = seed === 'sma' ? period : 1
    // (1 - weight)^n < 0.001
    this.barsToForget = weight >= 1 ? 0 : Math.ceil(Math.log(0.001) / Math.log(1 - weight))
  }

  get isConverged(): boolean {
    return this.seen >= this.barsToConverge
  }

  /** Values until then, the seed among them. */
  get barsToConverge(): number {
    return this.seedBars + this.barsToForget
  }

  commit(input: number): number | undefined {
    if (this.seen < this.seedBars) this.seedSum += input
    this.value = this.after(input, this.seedSum)
    this.seen++
    return this.value
  }

  preview(input: number): number | undefined {
    return this.after(input, this.seen < this.seedBars ? this.seedSum + input : this.seedSum)
  }

  snapshot(): IndicatorState {
    return { name: this.name, seen: this.seen, numbers: [this.seedSum, this.value ?? 0] }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    this.seedSum = reader.next()
    const value = reader.next()
    this.seen = state.seen
    this.value = state.seen >= this.seedBars ? value : undefined
  }

  private after(input: number, seedSum: number): number | undefined {
    if (this.value !== undefined) return this.value + this.weight * (input - this.value)
    if (this.seen + 1 < this.seedBars) return undefined
    return this.seedBars === 1 ? input : seedSum / this.period
  }
}
