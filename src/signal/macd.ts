import { ConfigError } from '../model/error.ts'
import { RecursiveAverage } from './averages.ts'
import { type Indicator, type IndicatorState, StateReader, wholePeriod } from './indicator.ts'

export interface MacdValue {
  readonly macd: number
  /** Absent until there are `signal` values of macd. */
  readonly signal: number | undefined
  /** macd - signal. */
  readonly histogram: number | undefined
}

export interface MacdOptions {
  /** Seeds the fast average at the bar where the slow one begins, and withholds macd until its signal exists. @default false */
  readonly align?: boolean
}

/**
 * Moving average convergence and divergence of closes: ema(fast) - ema(slow), and the ema of that as its signal. macd from
 * index `slow - 1`, signal from `slow + signal - 2`.
 * @throws ConfigError for no whole periods, or a fast one that is not below the slow one
 */
export function macd(fast = 12, slow = 26, signal = 9, options: MacdOptions = {}): Indicator<number, MacdValue> {
  wholePeriod('fast', fast)
  wholePeriod('slow', slow)
  wholePeriod('signal', signal)
  if (fast >= slow) throw new ConfigError(`fast must be below slow (${slow}), was ${fast}.`)
  return new Convergence(fast, slow, signal, options.align ?? false)
}

class Convergence implements Indicator<number, MacdValue> {
  readonly name: string
  value: MacdValue | undefined
  seen = 0
  private readonly fast: RecursiveAverage
  private readonly slow: RecursiveAverage
  private readonly signal: RecursiveAverage
  private readonly isAligned: boolean
  /** Bars before the fast average begins. */
  private readonly skipped: number

  constructor(fast: number, slow: number, signal: number, isAligned: boolean) {
    this.name = `macd(${fast},${slow},${signal}${isAligned ? ',align' : ''})`
    this.fast = new RecursiveAverage('fast', fast, 2 / (fast + 1), 'sma')
    this.slow = new RecursiveAverage('slow', slow, 2 / (slow + 1), 'sma')
    this.signal = new RecursiveAverage('signal', signal, 2 / (signal + 1), 'sma')
    this.isAligned = isAligned
    this.skipped = isAligned ? slow - fast : 0
  }

  get isConverged(): boolean {
    // The signal line has to forget, in its turn, what the slow average said before.
    return this.seen >= this.slow.barsToConverge + this.signal.barsToForget
  }

  commit(input: number): MacdValue | undefined {
    const fast = this.seen < this.skipped ? undefined : this.fast.commit(input)
    const slow = this.slow.commit(input)
    this.seen++
    if (fast !== undefined && slow !== undefined) {
      const line = fast - slow
      this.value = this.valueOf(line, this.signal.commit(line))
    }
    return this.value
  }

  preview(input: number): MacdValue | undefined {
    const fast = this.seen < this.skipped ? undefined : this.fast.preview(input)
    const slow = this.slow.preview(input)
    if (fast === undefined || slow === undefined) return undefined
    return this.valueOf(fast - slow, this.signal.preview(fast - slow))
  }

  snapshot(): IndicatorState {
    const { fast, slow, signal, seen } = this
    const numbers = [fast, slow, signal].flatMap(part => [part.seen, ...part.snapshot().numbers])
    return { name: this.name, seen, numbers }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    for (const part of [this.fast, this.slow, this.signal]) {
      part.restore({ name: part.name, seen: reader.next(), numbers: reader.take(2) })
    }
    this.seen = state.seen
    const { fast, slow } = this
    const isKnown = fast.value !== undefined && slow.value !== undefined
    this.value = isKnown ? this.valueOf((fast.value ?? 0) - (slow.value ?? 0), this.signal.value) : undefined
  }

  private valueOf(line: number, signal: number | undefined): MacdValue | undefined {
    if (signal === undefined && this.isAligned) return undefined
    return { macd: line, signal, histogram: signal === undefined ? undefined : line - signal }
  }
}
