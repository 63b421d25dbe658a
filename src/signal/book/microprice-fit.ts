import { type MicropriceSolution, solveMicroprice } from './microprice-model.ts'
import { aboveZero, wholeWithin } from './option-checks.ts'
import { isTrustworthy, midOf, spreadTicks, type Touch } from './touch.ts'

/** Changes of the mid that the model knows, ticks. Larger ones are left out. */
const MID_CHANGES: readonly number[] = [-1, -0.5, 0.5, 1]

export interface MicropriceFitOptions {
  /** Smallest price step. */
  readonly tick: number
  /** Buckets of the imbalance Qb / (Qb + Qa). @default 10 */
  readonly buckets?: number
  /** Spreads of 1 to so many ticks are told apart; wider ones are left out. @default 2 */
  readonly spreads?: number
  /** Quotes a fit needs. @default 200000 */
  readonly minQuotes?: number
}

/** A fitted model as plain data. */
export interface MicropriceFit {
  readonly tick: number
  readonly buckets: number
  readonly spreads: number
  /** Quotes it rests on. */
  readonly quotes: number
  /** Expected distance of the final mid by state (spread − 1)·buckets + bucket, ticks; null where nothing was seen. */
  readonly adjustments: readonly (number | null)[]
}

export const DEFAULT_BUCKETS = 10
/** A fit grows with the cube of the states, and is made between two quotes. */
export const MOST_BUCKETS = 50
export const MOST_SPREADS = 4
export const DEFAULT_SPREADS = 2
export const DEFAULT_MIN_QUOTES = 200_000

/**
 * Fits the micro-price to quotes in their order; undefined with fewer than `minQuotes`, or when they determine none.
 * `undefined` among the quotes stands for a gap: nothing is concluded across it. Quotes outside the model (locked, crossed,
 * wider than `spreads`) are stepped over.
 * Source: Stoikov, The micro-price, 2018.
 * @throws ConfigError for an option out of range
 */
export function fitMicroprice(
  quotes: Iterable<Touch | undefined>,
  options: MicropriceFitOptions,
): MicropriceFit | undefined {
  const counts = new MicropriceCounts(options)
  for (const quote of quotes) {
    if (quote === undefined) counts.interrupt()
    else counts.add(quote)
  }
  return counts.fit()
}

/** mid + g(imbalance, spread); undefined where the model knows nothing of the state. */
export function micropriceOf(fit: MicropriceFit, touch: Touch): number | undefined {
  const state = stateOf(touch, fit.tick, fit.buckets, fit.spreads)
  const adjustment = state === undefined ? undefined : fit.adjustments[state]
  if (adjustment === undefined || adjustment === null) return undefined
  return midOf(touch) + adjustment * fit.tick
}

/** How often each state followed each other: all that a fit needs to know of the past. */
export class MicropriceCounts {
  readonly minQuotes: number
  quotes = 0
  private readonly tick: number
  private readonly buckets: number
  private readonly spreads: number
  private readonly states: number
  /** To each state without and with a change of the mid, and each change; rows are states. */
  private readonly stayed: Float64Array
  private readonly moved: Float64Array
  private readonly changes: Float64Array
  private last: { readonly state: number; readonly mid: number } | undefined

  /** @throws ConfigError for an option out of range */
  constructor(options: MicropriceFitOptions) {
    this.tick = aboveZero('tick', options.tick)
    this.buckets = wholeWithin('buckets', options.buckets ?? DEFAULT_BUCKETS, 2, MOST_BUCKETS)
    this.spreads = wholeWithin('spreads', options.spreads ?? DEFAULT_SPREADS, 1, MOST_SPREADS)
    this.minQuotes = wholeWithin('minQuotes', options.minQuotes ?? DEFAULT_MIN_QUOTES, 1, Number.MAX_SAFE_INTEGER)
    this.states = this.buckets * this.spreads
    this.stayed = new Float64Array(this.states ** 2)
    this.moved = new Float64Array(this.states ** 2)
    this.changes = new Float64Array(this.states * MID_CHANGES.length)
  }

  add(touch: Touch): void {
    const state = stateOf(touch, this.tick, this.buckets, this.spreads)
    if (state === undefined) return
    this.quotes++
    const { last } = this
    const mid = midOf(touch)
    this.last = { state, mid }
    if (last !== undefined) this.count(last.state, state, Math.round(((mid - last.mid) / this.tick) * 2) / 2)
  }

  /** What comes next does not follow what was. */
  interrupt(): void {
    this.last = undefined
  }

  clear(): void {
    this.interrupt()
    this.quotes = 0
    this.stayed.fill(0)
    this.moved.fill(0)
    this.changes.fill(0)
  }

  fit(): MicropriceFit | undefined {
    // Of a mid that never moved nothing can be learned about where it goes.
    if (this.quotes < this.minQuotes || !this.changes.some(count => count > 0)) return undefined
    const solution = this.solve()
    if (solution === undefined) return undefined
    const { tick, buckets, spreads, quotes } = this
    const adjustments = solution.g.map((value, state) => (this.seen(state) > 0 ? value : null))
    return { tick, buckets, spreads, quotes, adjustments }
  }

  /** Each transition and its mirror image, which makes buying and selling symmetric. */
  private count(from: number, to: number, change: number): void {
    this.countOne(from, to, change)
    this.countOne(this.mirrored(from), this.mirrored(to), -change)
  }

  private countOne(from: number, to: number, change: number): void {
    if (change === 0) {
      bump(this.stayed, from * this.states + to)
      return
    }
    const column = MID_CHANGES.indexOf(change)
    if (column < 0) return
    bump(this.moved, from * this.states + to)
    bump(this.changes, from * MID_CHANGES.length + column)
  }

  private mirrored(state: number): number {
    const bucket = state % this.buckets
    return state - bucket + (this.buckets - 1 - bucket)
  }

  private seen(state: number): number {
    let sum = 0
    for (let to = 0; to < this.states; to++) {
      sum += (this.stayed[state * this.states + to] ?? 0) + (this.moved[state * this.states + to] ?? 0)
    }
    return sum
  }

  private solve(): MicropriceSolution | undefined {
    const rows = Array.from({ length: this.states }, (_, state) => state)
    const matrix = (counts: Float64Array, columns: number): readonly (readonly number[])[] =>
      rows.map(state => {
        const total = this.seen(state)
        const row = counts.subarray(state * columns, (state + 1) * columns)
        return Array.from(row, count => (total === 0 ? 0 : count / total))
      })
    return solveMicroprice({
      q: matrix(this.stayed, this.states),
      r1: matrix(this.changes, MID_CHANGES.length),
      r2: matrix(this.moved, this.states),
      k: MID_CHANGES,
    })
  }
}

function bump(counts: Float64Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}

function stateOf(touch: Touch, tick: number, buckets: number, spreads: number): number | undefined {
  const total = touch.bidQuantity + touch.askQuantity
  if (!isTrustworthy(touch) || !(total > 0)) return undefined
  const spread = spreadTicks(touch, tick)
  if (spread < 1 || spread > spreads) return undefined
  const bucket = Math.min(buckets - 1, Math.floor((touch.bidQuantity / total) * buckets))
  return (spread - 1) * buckets + bucket
}
