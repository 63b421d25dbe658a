import { ConfigError } from '../model/error.ts'

/** What indicators read of a candle. `KlineEvent` has this shape. */
export interface Bar {
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  /** Microseconds since 1970; only indicators with an anchor in time read it. */
  readonly openTimeUs?: number | undefined
}

/**
 * A fold over closed candles. `commit` takes each once; `preview` tells what the value would be if the candle that is still
 * open closed now, and changes nothing. Values depend on nothing but what was committed: one by one, in batches or after
 * `restore`, they are the same.
 */
export interface Indicator<Input, Output> {
  /** Name and options in one text, such as `rsi(14)`: two values are comparable when this is equal. */
  readonly name: string
  /** The newest committed value; undefined while warming up, never NaN. */
  readonly value: Output | undefined
  /** Candles committed so far. */
  readonly seen: number
  /** The seed of its averages weighs less than 0.1 % by now: until then the value depends on where history began. */
  readonly isConverged: boolean
  commit(input: Input): Output | undefined
  preview(input: Input): Output | undefined
  /** The whole state as plain JSON. */
  snapshot(): IndicatorState
  /** @throws ConfigError for the state of another indicator, or of other options */
  restore(state: IndicatorState): void
}

export interface IndicatorState {
  readonly name: string
  readonly seen: number
  readonly numbers: readonly number[]
}

/** @throws ConfigError naming the option, what was expected and what was received */
export function wholePeriod(option: string, value: number, least = 1): number {
  if (Number.isInteger(value) && value >= least && value <= 1_000_000) return value
  throw new ConfigError(`${option} must be a whole number from ${least} to 1000000, was ${value}.`)
}

/** Reads a state back, number by number. @throws ConfigError when it is another indicator's */
export class StateReader {
  private readonly state: IndicatorState
  private at = 0

  constructor(name: string, state: IndicatorState) {
    if (state.name !== name) throw new ConfigError(`state: expected that of ${name}, was that of ${state.name}.`)
    this.state = state
  }

  next(): number {
    const number = this.state.numbers[this.at++]
    if (number === undefined) throw new ConfigError(`state of ${this.state.name}: too short.`)
    return number
  }

  take(count: number): readonly number[] {
    return Array.from({ length: count }, () => this.next())
  }
}

/** Feeds many inputs, and gives one value per input. */
export function batch<Input, Output>(
  indicator: Indicator<Input, Output>,
  inputs: Iterable<Input>,
): readonly (Output | undefined)[] {
  const values: (Output | undefined)[] = []
  for (const input of inputs) values.push(indicator.commit(input))
  return values
}
