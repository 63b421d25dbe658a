import { type Bar, type Indicator, type IndicatorState, StateReader, wholePeriod } from './indicator.ts'
import { RollingWindow } from './rolling-window.ts'

/** `session` begins anew at 00:00 UTC; `manual` goes on from where it began; a number is a window of so many candles. */
export type VwapAnchor = 'session' | 'manual' | number

const DAY_US = 86_400_000_000

/**
 * Volume-weighted average price of candles, by their typical price (high + low + close) / 3. First value at index 0; no value
 * while nothing was traded.
 * @param anchor @default 'session'
 * @throws ConfigError for a window that is no whole number
 */
export function vwap(anchor: VwapAnchor = 'session'): Indicator<Bar, number> {
  if (typeof anchor === 'number') return new RollingVwap(wholePeriod('anchor', anchor))
  return new AnchoredVwap(anchor)
}

class AnchoredVwap implements Indicator<Bar, number> {
  readonly name: string
  readonly isConverged = true
  seen = 0
  private readonly isSession: boolean
  private day = -1
  private tradedValue = 0
  private volume = 0
  /** What the sums have rounded away. */
  private lostValue = 0
  private lostVolume = 0

  constructor(anchor: 'session' | 'manual') {
    this.name = `vwap(${anchor})`
    this.isSession = anchor === 'session'
  }

  get value(): number | undefined {
    return quotient(this.tradedValue + this.lostValue, this.volume + this.lostVolume)
  }

  commit(input: Bar): number | undefined {
    const day = this.dayOf(input)
    if (day !== this.day) {
      this.day = day
      this.tradedValue = 0
      this.volume = 0
      this.lostValue = 0
      this.lostVolume = 0
    }
    const traded = typical(input) * input.volume
    const value = this.tradedValue + traded
    this.lostValue += lost(this.tradedValue, traded, value)
    this.tradedValue = value
    const volume = this.volume + input.volume
    this.lostVolume += lost(this.volume, input.volume, volume)
    this.volume = volume
    this.seen++
    return this.value
  }

  preview(input: Bar): number | undefined {
    const traded = typical(input) * input.volume
    if (this.dayOf(input) !== this.day) return quotient(traded, input.volume)
    return quotient(this.tradedValue + this.lostValue + traded, this.volume + this.lostVolume + input.volume)
  }

  snapshot(): IndicatorState {
    const { day, tradedValue, volume, lostValue, lostVolume } = this
    return { name: this.name, seen: this.seen, numbers: [day, tradedValue, volume, lostValue, lostVolume] }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    this.seen = state.seen
    this.day = reader.next()
    this.tradedValue = reader.next()
    this.volume = reader.next()
    this.lostValue = reader.next()
    this.lostVolume = reader.next()
  }

  private dayOf(bar: Bar): number {
    return this.isSession ? Math.floor((bar.openTimeUs ?? 0) / DAY_US) : 0
  }
}

class RollingVwap implements Indicator<Bar, number> {
  readonly name: string
  seen = 0
  private readonly values: RollingWindow
  private readonly volumes: RollingWindow

  constructor(period: number) {
    this.name = `vwap(${period})`
    this.values = new RollingWindow(period)
    this.volumes = new RollingWindow(period)
  }

  get isConverged(): boolean {
    return this.values.isFull
  }

  get value(): number | undefined {
    return quotient(this.values.sum, this.volumes.sum)
  }

  commit(input: Bar): number | undefined {
    this.seen++
    this.values.push(typical(input) * input.volume)
    this.volumes.push(input.volume)
    return this.value
  }

  preview(input: Bar): number | undefined {
    const { values, volumes } = this
    const traded = typical(input) * input.volume
    return quotient(values.sum - values.oldest + traded, volumes.sum - volumes.oldest + input.volume)
  }

  snapshot(): IndicatorState {
    return { name: this.name, seen: this.seen, numbers: [...this.values.state(), ...this.volumes.state()] }
  }

  restore(state: IndicatorState): void {
    const reader = new StateReader(this.name, state)
    this.seen = state.seen
    this.values.load(reader)
    this.volumes.load(reader)
  }
}

function typical({ high, low, close }: Bar): number {
  return (high + low + close) / 3
}

function quotient(value: number, volume: number): number | undefined {
  return volume > 0 ? value / volume : undefined
}

/** Neumaier: what `sum + value` has rounded away. */
function lost(sum: number, value: number, next: number): number {
  return Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
}
