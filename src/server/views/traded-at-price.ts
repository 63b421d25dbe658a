import { toUnits } from '../../model/number.ts'

const SLICE_MS = 10_000
const SLICES = 30
/** Distinct prices kept per slice; a market that trades at more is not readable at this grain anyway. */
const MOST_PRICES = 5000

type Sums = Map<number, [bought: number, sold: number]>

/** What was bought and sold at each price in the last five minutes, in slices of ten seconds. */
export class TradedAtPrice {
  private readonly scale: number
  private slices: { readonly startMs: number; readonly sums: Sums }[] = []

  constructor(scale: number) {
    this.scale = scale
  }

  add(price: number, quantity: number, side: 'buy' | 'sell', nowMs: number): void {
    const units = toUnits(price, this.scale)
    const sums = this.slice(nowMs)
    const entry = sums.get(units)
    if (entry === undefined) {
      if (sums.size < MOST_PRICES) sums.set(units, side === 'buy' ? [quantity, 0] : [0, quantity])
    } else if (side === 'buy') entry[0] += quantity
    else entry[1] += quantity
  }

  /** Sums per row of `stepUnits`: rows of bids round down, rows of asks up. */
  grouped(stepUnits: number, nowMs: number): { readonly down: Sums; readonly up: Sums } {
    this.expire(nowMs)
    const down: Sums = new Map()
    const up: Sums = new Map()
    for (const { sums } of this.slices) {
      for (const [units, [bought, sold]] of sums) {
        merge(down, Math.floor(units / stepUnits) * stepUnits, bought, sold)
        merge(up, Math.ceil(units / stepUnits) * stepUnits, bought, sold)
      }
    }
    return { down, up }
  }

  private slice(nowMs: number): Sums {
    const last = this.slices.at(-1)
    if (last !== undefined && nowMs - last.startMs < SLICE_MS) return last.sums
    const sums: Sums = new Map()
    this.slices.push({ startMs: nowMs, sums })
    this.expire(nowMs)
    return sums
  }

  private expire(nowMs: number): void {
    this.slices = this.slices.filter(slice => nowMs - slice.startMs < SLICE_MS * SLICES)
  }
}

function merge(sums: Sums, units: number, bought: number, sold: number): void {
  const entry = sums.get(units)
  if (entry === undefined) sums.set(units, [bought, sold])
  else {
    entry[0] += bought
    entry[1] += sold
  }
}
