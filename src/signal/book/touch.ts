import { fromUnits, toUnits } from '../../model/number.ts'

/** The best prices and what rests there. */
export interface Touch {
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
}

/** A crossed or negative touch contradicts itself; a locked one (bid = ask) is unusual and true. */
export type TouchCondition = 'regular' | 'locked' | 'crossed' | 'contradictory'

export function touchCondition(touch: Touch): TouchCondition {
  const { bidPrice, askPrice, bidQuantity, askQuantity } = touch
  if (!(bidPrice > 0 && askPrice > 0 && bidQuantity >= 0 && askQuantity >= 0)) return 'contradictory'
  if (bidPrice > askPrice) return 'crossed'
  return bidPrice === askPrice ? 'locked' : 'regular'
}

export function isTrustworthy(touch: Touch): boolean {
  const condition = touchCondition(touch)
  return condition === 'regular' || condition === 'locked'
}

/** (bid + ask) / 2. */
export function midOf(touch: Touch): number {
  return (touch.bidPrice + touch.askPrice) / 2
}

/** (ask − bid) / mid, basis points. */
export function spreadBps(touch: Touch): number {
  return ((touch.askPrice - touch.bidPrice) / midOf(touch)) * 10_000
}

/** Whole ticks between the best prices. */
export function spreadTicks(touch: Touch, tick: number): number {
  return Math.round((touch.askPrice - touch.bidPrice) / tick)
}

/** (Qa·Pb + Qb·Pa) / (Qa + Qb): nearer to the side that holds less. Undefined when nothing rests. */
export function weightedMid(touch: Touch): number | undefined {
  const { bidPrice, bidQuantity, askPrice, askQuantity } = touch
  const total = bidQuantity + askQuantity
  return total > 0 ? (askQuantity * bidPrice + bidQuantity * askPrice) / total : undefined
}

/** Significant digits in which a band's edges are computed: above what any venue's prices have, and exact as integers. */
const EDGE_DIGITS = 11

/**
 * The outermost prices within `bps` of the mid, both inclusive. Computed in integers, so that a level exactly on the edge
 * is inside whatever its binary fraction.
 */
export function bandEdges(touch: Touch, bps: number): { readonly bid: number; readonly ask: number } {
  const decimals = Math.min(15, Math.max(0, EDGE_DIGITS - Math.ceil(Math.log10(touch.askPrice))))
  const twiceMid = toUnits(touch.bidPrice, decimals) + toUnits(touch.askPrice, decimals)
  return {
    bid: fromUnits(Math.ceil((twiceMid * (10_000 - bps)) / 20_000), decimals),
    ask: fromUnits(Math.floor((twiceMid * (10_000 + bps)) / 20_000), decimals),
  }
}
