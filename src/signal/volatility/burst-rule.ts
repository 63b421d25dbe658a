export interface BurstRules {
  /** Half-lives in samples. */
  readonly fastHalfLife: number
  readonly slowHalfLife: number
  readonly onRatio: number
  readonly offRatio: number
  /** Returns before the first ratio. */
  readonly warmup: number
}

/**
 * ratio = √(fast / slow) of two averages of squared returns, with weights 1 - 2^(-1/h); the slow one is read before the return
 * itself. On at `onRatio`, off at `offRatio`.
 */
export class BurstRule {
  count = 0
  isOn = false
  private readonly rules: BurstRules
  private readonly fastWeight: number
  private readonly slowWeight: number
  private fast = 0
  private slow = 0

  constructor(rules: BurstRules) {
    this.rules = rules
    this.fastWeight = 1 - 2 ** (-1 / rules.fastHalfLife)
    this.slowWeight = 1 - 2 ** (-1 / rules.slowHalfLife)
  }

  /** The ratio after this return; undefined while warming up, and where nothing ever moved. */
  add(change: number): { readonly ratio: number | undefined; readonly event: 'on' | 'off' | undefined } {
    const square = change * change
    const before = this.slow
    this.fast = this.count === 0 ? square : this.fast + this.fastWeight * (square - this.fast)
    this.slow = this.count === 0 ? square : this.slow + this.slowWeight * (square - this.slow)
    const isKnown = this.count >= this.rules.warmup
    this.count++
    const ratio = isKnown && before > 0 ? Math.sqrt(this.fast / before) : undefined
    return { ratio, event: ratio === undefined ? undefined : this.judge(ratio) }
  }

  private judge(ratio: number): 'on' | 'off' | undefined {
    const { onRatio, offRatio } = this.rules
    if (!this.isOn && ratio >= onRatio) {
      this.isOn = true
      return 'on'
    }
    if (!this.isOn || ratio > offRatio) return undefined
    this.isOn = false
    return 'off'
  }
}
