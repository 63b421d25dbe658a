import type { Chance } from '../chance.ts'
import type { Listed } from '../generated-venue.ts'
import type { BookSide } from '../matching.ts'

interface LeveragedPosition {
  /** Where it is closed by force, units. */
  readonly price: number
  readonly quantity: number
}

export interface CrowdShape {
  readonly count: number
  /** How far from the price the first and the last of them go, as fractions. */
  readonly nearest: number
  readonly farthest: number
  /** How far one of them moves the book, as a fraction of the price: from, to. */
  readonly impact: readonly [least: number, most: number]
}

/** Traders of one contract who have borrowed too much: each is closed by force when the price reaches theirs. */
export class LeveragedCrowd {
  readonly listed: Listed
  /** Side of the forced orders: `ask` closes longs. */
  readonly side: BookSide
  private readonly positions: LeveragedPosition[]

  constructor(listed: Listed, side: BookSide, shape: CrowdShape, chance: Chance) {
    this.listed = listed
    this.side = side
    const mid = listed.market.mid() ?? 0
    const away = side === 'ask' ? -1 : 1
    const { count, nearest, farthest, impact } = shape
    this.positions = Array.from({ length: count }, () => ({
      price: mid * (1 + away * chance.between(nearest, farthest)),
      quantity: listed.agents.volumeWithin(side, chance.between(...impact)),
    })).sort((a, b) => (a.price - b.price) * away)
  }

  /** How many are left. */
  get size(): number {
    return this.positions.length
  }

  /** Takes out the next one whose price has been reached. */
  takeDue(): LeveragedPosition | undefined {
    const [next] = this.positions
    const mid = this.listed.market.mid()
    if (next === undefined || mid === undefined) return undefined
    const isReached = this.side === 'ask' ? mid <= next.price : mid >= next.price
    return isReached ? this.positions.shift() : undefined
  }
}
