import type { Side } from '../../model/event.ts'
import { decimalsOf, decimalText, fromUnits, toUnits } from '../../model/number.ts'

export interface FootprintRow {
  /** Lower edge. */
  readonly price: number
  readonly buy: number
  readonly sell: number
  readonly isIncomplete: boolean
}

export interface FootprintRules {
  /** Height of a row in price. */
  readonly step: number
  /** So many times the other side's diagonal neighbour is an imbalance. */
  readonly factor: number
  /** Least difference of an imbalance, base. */
  readonly minQuantity: number
  /** Share of the volume inside the value area. */
  readonly valueArea: number
  /** So many adjacent rows are a stack. */
  readonly stack: number
}

export interface FootprintFigures {
  /** Lowest price first. */
  readonly rows: readonly FootprintRow[]
  /** Row with the largest total of those that are complete; absent when there is none. */
  readonly poc: number | undefined
  readonly valueAreaLow: number | undefined
  readonly valueAreaHigh: number | undefined
  readonly buyImbalance: readonly number[]
  readonly sellImbalance: readonly number[]
  /** Rows of runs of adjacent imbalances. */
  readonly stackedBuy: readonly number[]
  readonly stackedSell: readonly number[]
  readonly delta: number
}

interface Row {
  buy: number
  sell: number
}

/** Digits kept beyond those of the step: prices may lie off the present grid. */
const SPARE_DIGITS = 4

/** Volume at price of one candle; rows are `floor(price / step)`, counted in integers. */
export class FootprintTable {
  count = 0
  private readonly rules: FootprintRules
  private readonly decimals: number
  private readonly stepUnits: number
  private readonly rows = new Map<number, Row>()
  private lowHatched = Number.POSITIVE_INFINITY
  private highHatched = Number.NEGATIVE_INFINITY

  constructor(rules: FootprintRules) {
    this.rules = rules
    this.decimals = decimalsOf(decimalText(rules.step)) + SPARE_DIGITS
    this.stepUnits = toUnits(rules.step, this.decimals)
  }

  add(side: Side, price: number, base: number): void {
    const key = this.keyOf(price)
    let row = this.rows.get(key)
    if (row === undefined) {
      row = { buy: 0, sell: 0 }
      this.rows.set(key, row)
    }
    row[side] += base
    this.count++
  }

  /** Trades are missing between these prices: the rows there are not whole. */
  hatch(low: number, high: number): void {
    this.lowHatched = Math.min(this.lowHatched, this.keyOf(low))
    this.highHatched = Math.max(this.highHatched, this.keyOf(high))
  }

  /** What was missing has been brought. */
  unhatch(): void {
    this.lowHatched = Number.POSITIVE_INFINITY
    this.highHatched = Number.NEGATIVE_INFINITY
  }

  figures(close: number): FootprintFigures {
    const keys = [...this.rows.keys()].sort((a, b) => a - b)
    const poc = this.pocOf(keys, close)
    const area = poc === undefined ? undefined : this.areaAround(keys, poc)
    const buys = keys.filter(key => this.isImbalance(this.rows.get(key)?.buy, this.rows.get(key - 1)?.sell))
    const sells = keys.filter(key => this.isImbalance(this.rows.get(key)?.sell, this.rows.get(key + 1)?.buy))
    const prices = (found: readonly number[]): readonly number[] => found.map(key => this.priceOf(key))
    let delta = 0
    for (const { buy, sell } of this.rows.values()) delta += buy - sell
    return {
      rows: keys.map(key => this.rowOf(key)),
      poc: poc === undefined ? undefined : this.priceOf(poc),
      valueAreaLow: area && this.priceOf(area.low),
      valueAreaHigh: area && this.priceOf(area.high),
      buyImbalance: prices(buys),
      sellImbalance: prices(sells),
      stackedBuy: prices(stacked(buys, this.rules.stack)),
      stackedSell: prices(stacked(sells, this.rules.stack)),
      delta,
    }
  }

  private keyOf(price: number): number {
    return Math.floor(toUnits(price, this.decimals) / this.stepUnits)
  }

  private priceOf(key: number): number {
    return fromUnits(key * this.stepUnits, this.decimals)
  }

  private rowOf(key: number): FootprintRow {
    const { buy, sell } = this.rows.get(key) ?? { buy: 0, sell: 0 }
    return { price: this.priceOf(key), buy, sell, isIncomplete: this.isHatched(key) }
  }

  private isHatched(key: number): boolean {
    return key >= this.lowHatched && key <= this.highHatched
  }

  private totalOf(key: number | undefined): number {
    const row = key === undefined ? undefined : this.rows.get(key)
    return row === undefined ? Number.NEGATIVE_INFINITY : row.buy + row.sell
  }

  /** Largest total; of equal ones the nearest to the close, then the lower one. */
  private pocOf(keys: readonly number[], close: number): number | undefined {
    const closeKey = this.keyOf(close)
    let best: number | undefined
    for (const key of keys) {
      if (this.isHatched(key)) continue
      const isLarger = this.totalOf(key) > this.totalOf(best)
      const isNearer = best !== undefined && Math.abs(key - closeKey) < Math.abs(best - closeKey)
      if (isLarger || (this.totalOf(key) === this.totalOf(best) && isNearer)) best = key
    }
    return best
  }

  /** From the point of control outwards, the larger neighbour first (the upper of equal ones), until enough is inside. */
  private areaAround(keys: readonly number[], poc: number): { readonly low: number; readonly high: number } {
    let whole = 0
    for (const key of keys) whole += this.totalOf(key)
    let low = keys.indexOf(poc)
    let high = low
    let inside = this.totalOf(poc)
    while (inside < this.rules.valueArea * whole && (low > 0 || high < keys.length - 1)) {
      const above = this.totalOf(keys[high + 1])
      const below = this.totalOf(keys[low - 1])
      if (above >= below) high++
      else low--
      inside += Math.max(above, below)
    }
    return { low: keys[low] ?? poc, high: keys[high] ?? poc }
  }

  private isImbalance(own: number | undefined, other: number | undefined): boolean {
    if (own === undefined || other === undefined || own === 0) return false
    return own >= this.rules.factor * other && own - other >= this.rules.minQuantity
  }
}

function stacked(keys: readonly number[], least: number): readonly number[] {
  const found: number[] = []
  let run: number[] = []
  for (const key of keys) {
    if (run.length > 0 && run.at(-1) !== key - 1) run = []
    run.push(key)
    if (run.length === least) found.push(...run)
    else if (run.length > least) found.push(key)
  }
  return found
}
