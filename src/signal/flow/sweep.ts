import type { Side } from '../../model/event.ts'
import type { EpochUs } from '../../model/time.ts'

export interface Fill {
  readonly timeUs: EpochUs
  readonly receiveTimeUs: EpochUs
  readonly side: Side
  readonly price: number
  readonly base: number
  readonly quote: number
}

/** Fills that belong together: one taker, one moment. */
export interface Print {
  readonly side: Side
  readonly firstUs: number
  readonly lastUs: number
  readonly base: number
  readonly quote: number
  readonly fills: number
  /** Different prices. */
  readonly levels: number
  readonly vwap: number
  readonly low: number
  readonly high: number
}

/** Most fills of one print. */
const MOST_FILLS = 100_000

/** Joins consecutive fills of one side and (within `sweepUs`) one time to prints. */
export class Sweep {
  private readonly sweepUs: number
  private fills: Fill[] = []

  constructor(sweepUs: number) {
    this.sweepUs = sweepUs
  }

  /** The print that this fill ends, if it does. */
  add(fill: Fill): Print | undefined {
    const last = this.fills.at(-1)
    const follows = last?.side === fill.side && Math.abs(fill.timeUs - last.timeUs) <= this.sweepUs
    if (last === undefined || (follows && this.fills.length < MOST_FILLS)) {
      this.fills.push(fill)
      return undefined
    }
    const over = printOf(this.fills)
    this.fills = [fill]
    return over
  }

  /** The print whose last fill was received before this time. */
  endBefore(receiveTimeUs: number): Print | undefined {
    const last = this.fills.at(-1)
    if (last === undefined || last.receiveTimeUs + this.sweepUs > receiveTimeUs) return undefined
    const over = printOf(this.fills)
    this.fills = []
    return over
  }

  clear(): void {
    this.fills = []
  }
}

function printOf(fills: readonly Fill[]): Print | undefined {
  const [first] = fills
  if (first === undefined) return undefined
  let base = 0
  let quote = 0
  let paid = 0
  let lastUs: number = first.timeUs
  const prices = new Set<number>()
  for (const fill of fills) {
    base += fill.base
    quote += fill.quote
    paid += fill.price * fill.base
    lastUs = Math.max(lastUs, fill.timeUs)
    prices.add(fill.price)
  }
  let low = first.price
  let high = first.price
  for (const price of prices) {
    low = Math.min(low, price)
    high = Math.max(high, price)
  }
  const { side, timeUs } = first
  return {
    side,
    firstUs: timeUs,
    lastUs,
    base,
    quote,
    fills: fills.length,
    levels: prices.size,
    vwap: paid / base,
    low,
    high,
  }
}
