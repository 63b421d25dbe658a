import { TimeWindow } from '../time-window.ts'
import { KernelRate } from './kernel-rate.ts'

export interface CascadeRule {
  readonly fastHalfLifeMs: number
  readonly slowHalfLifeMs: number
  /** Window in which the start's quote and count are taken. */
  readonly windowMs: number
  /** Times the base that the fast rate has at the start. */
  readonly onRatio: number
  /** Least base, quote per second. */
  readonly floorRate: number
  readonly minQuote: number
  readonly minCount: number
  /** Silence of the side after which it is over. */
  readonly endQuietMs: number
}

export interface CascadeStep {
  readonly fastRate: number
  /** The slow rate before this event, floored. */
  readonly baseRate: number
  readonly ratio: number
  readonly windowQuote: number
  readonly windowCount: number
  /** This event began an episode. */
  readonly isStart: boolean
}

export interface CascadeEpisode {
  /** Of the first liquidation inside the starting window. */
  readonly firstUs: number
  readonly startUs: number
  lastUs: number
  readonly firstPrice: number
  lastPrice: number
  totalQuote: number
  count: number
}

/** Liquidations of one side of positions: their rates, and whether they came in a cascade. */
export class Cascade {
  private readonly rule: CascadeRule
  private readonly fast: KernelRate
  private readonly slow: KernelRate
  /** Columns: quote, price. */
  private readonly window: TimeWindow
  private episode: CascadeEpisode | undefined
  private newestUs = Number.NEGATIVE_INFINITY
  private base: number

  constructor(rule: CascadeRule) {
    this.rule = rule
    this.fast = new KernelRate(rule.fastHalfLifeMs)
    this.slow = new KernelRate(rule.slowHalfLifeMs)
    this.window = new TimeWindow(rule.windowMs, 2)
    this.base = rule.floorRate
  }

  get open(): CascadeEpisode | undefined {
    return this.episode
  }

  /** When the open episode ends unless something comes; undefined without one. */
  get endsAtUs(): number | undefined {
    return this.episode === undefined ? undefined : this.episode.lastUs + this.rule.endQuietMs * 1000
  }

  fastRateAt(timeUs: number): number {
    return this.fast.at(timeUs)
  }

  /** Fast rate against the base that stood before the newest liquidation. */
  ratioAt(timeUs: number): number {
    return this.fast.at(timeUs) / this.base
  }

  /** Quote of the window that ends at `timeUs`. */
  windowQuoteAt(timeUs: number): number {
    let sum = 0
    const { window } = this
    for (let index = window.count - 1; index >= 0; index--) {
      const entryUs = window.timeAt(index)
      if (entryUs > timeUs) continue
      if (entryUs <= timeUs - window.sizeUs) break
      sum += window.at(index, 0)
    }
    return sum
  }

  /** One liquidation; call {@link close} before when the episode has ended by then. */
  add(timeUs: number, price: number, quote: number): CascadeStep {
    this.newestUs = Math.max(this.newestUs, timeUs)
    const baseRate = (this.base = Math.max(this.slow.at(this.newestUs), this.rule.floorRate))
    this.slow.add(timeUs, quote)
    this.fast.add(timeUs, quote)
    this.window.push(timeUs, quote, price)
    const fastRate = this.fast.at(this.newestUs)
    const ratio = fastRate / baseRate
    const windowQuote = this.window.sum(0)
    const windowCount = this.window.count
    const { rule } = this
    const isCascade = ratio >= rule.onRatio && windowQuote >= rule.minQuote && windowCount >= rule.minCount
    const isStart = this.episode === undefined && isCascade
    if (isStart) this.episode = this.begin(timeUs)
    else if (this.episode !== undefined) this.extend(this.episode, timeUs, price, quote)
    return { fastRate, baseRate, ratio, windowQuote, windowCount, isStart }
  }

  /** Ends the open episode. */
  close(): CascadeEpisode | undefined {
    const { episode } = this
    this.episode = undefined
    return episode
  }

  clear(): void {
    this.fast.clear()
    this.slow.clear()
    this.window.clear()
    this.episode = undefined
    this.newestUs = Number.NEGATIVE_INFINITY
    this.base = this.rule.floorRate
  }

  private begin(timeUs: number): CascadeEpisode {
    const { window } = this
    const newest = window.count - 1
    return {
      firstUs: window.oldestUs ?? timeUs,
      startUs: timeUs,
      lastUs: this.newestUs,
      firstPrice: window.at(0, 1),
      lastPrice: window.at(newest, 1),
      totalQuote: window.sum(0),
      count: window.count,
    }
  }

  private extend(episode: CascadeEpisode, timeUs: number, price: number, quote: number): void {
    episode.totalQuote += quote
    episode.count++
    if (timeUs < episode.lastUs) return
    episode.lastUs = timeUs
    episode.lastPrice = price
  }
}
