import type { BookDelta, BookSnapshot } from '../../src/model/book-levels.ts'
import { BookLevels } from '../../src/model/book-levels.ts'
import { decimalsOf } from '../../src/model/number.ts'

/** `['100.5', 2]`: price text and quantity. */
export type TextLevel = readonly [price: string, quantity: number]

/** Levels in units of 10^-scale. */
export function levelsOf(levels: readonly TextLevel[], scale: number): BookLevels {
  const made = new BookLevels()
  for (const [price, quantity] of levels) {
    const [whole = '', fraction = ''] = price.split('.')
    made.push(Number(whole + fraction.slice(0, scale).padEnd(scale, '0')), quantity)
  }
  return made
}

export function scaleOf(...sides: readonly (readonly TextLevel[])[]): number {
  return Math.max(0, ...sides.flat().map(([price]) => decimalsOf(price)))
}

export function snapshotOf(
  sequence: number,
  bids: readonly TextLevel[],
  asks: readonly TextLevel[],
  isComplete = false,
): BookSnapshot {
  const scale = scaleOf(bids, asks)
  return {
    sequence,
    scale,
    exchangeTimeUs: 0,
    bids: levelsOf(bids, scale),
    asks: levelsOf(asks, scale),
    isBidComplete: isComplete,
    isAskComplete: isComplete,
  }
}

export function deltaOf(
  first: number,
  last: number,
  previous: number,
  bids: readonly TextLevel[] = [],
  asks: readonly TextLevel[] = [],
  exchangeTimeUs = 0,
): BookDelta {
  const scale = scaleOf(bids, asks)
  return { first, last, previous, scale, exchangeTimeUs, bids: levelsOf(bids, scale), asks: levelsOf(asks, scale) }
}
