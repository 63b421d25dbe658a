import { OrderStatistics } from '../order-statistics.ts'

export interface SpreadAnomalyOptions {
  /** Samples the base is the median of. */
  readonly window: number
  /** Times the base at which a spread is wide. */
  readonly factor: number
  /** And ticks it must have at least. */
  readonly minTicks: number
  /** Samples after the first wide one at which it must still be wide. */
  readonly holdSamples: number
  /** Times the base at or below which it is over. */
  readonly endFactor: number
}

export interface SpreadSample {
  /** Median of the samples before, in ticks; undefined while there are fewer than `window`. */
  readonly base: number | undefined
  /** Spread divided by base; undefined without a base or with a base of 0 ticks. */
  readonly ratio: number | undefined
  readonly change: 'start' | 'end' | undefined
}

/**
 * Tells when the spread is far wider than usual. Samples of an anomaly, open or pending, never enter the base, so that a long
 * one does not become the new usual by itself.
 */
export class SpreadAnomaly {
  private readonly options: SpreadAnomalyOptions
  /** The last `window` usual samples, the oldest at `at`. */
  private readonly usual: number[] = []
  private readonly ranks = new OrderStatistics()
  private at = 0
  private pending = 0
  private open = false
  private peak = 0

  constructor(options: SpreadAnomalyOptions) {
    this.options = options
  }

  get isOpen(): boolean {
    return this.open
  }

  /** Widest sample since the first wide one, ticks. */
  get peakTicks(): number {
    return this.peak
  }

  /** Usual samples held. */
  get count(): number {
    return this.usual.length
  }

  sample(ticks: number): SpreadSample {
    const base = this.median()
    const change = base === undefined ? undefined : this.step(ticks, base)
    if (!this.open && this.pending === 0) this.remember(ticks)
    return { base, ratio: base === undefined || base === 0 ? undefined : ticks / base, change }
  }

  reset(): void {
    this.usual.length = 0
    this.ranks.clear()
    this.at = 0
    this.pending = 0
    this.open = false
    this.peak = 0
  }

  /** What would be wide now. */
  threshold(base: number): number {
    return Math.max(this.options.factor * base, this.options.minTicks)
  }

  private step(ticks: number, base: number): 'start' | 'end' | undefined {
    if (this.open) {
      this.peak = Math.max(this.peak, ticks)
      if (ticks > this.options.endFactor * base) return undefined
      this.open = false
      return 'end'
    }
    if (ticks < this.threshold(base)) {
      this.pending = 0
      return undefined
    }
    this.peak = this.pending === 0 ? ticks : Math.max(this.peak, ticks)
    this.pending++
    if (this.pending <= this.options.holdSamples) return undefined
    this.pending = 0
    this.open = true
    return 'start'
  }

  private median(): number | undefined {
    return this.usual.length < this.options.window ? undefined : this.ranks.median()
  }

  private remember(ticks: number): void {
    this.ranks.add(ticks)
    if (this.usual.length < this.options.window) {
      this.usual.push(ticks)
      return
    }
    this.ranks.remove(this.usual[this.at] ?? ticks)
    this.usual[this.at] = ticks
    this.at = (this.at + 1) % this.options.window
  }
}
