import type { Level } from '../../model/event.ts'
import { fromUnits, toUnits } from '../../model/number.ts'

/**
 * Levels put together into rows of `stepUnits` × 10^-scale: bids round down and asks up, so that a row never shows a price
 * better than what rests in it. At most `rows` rows, none further from the touch than `rows` steps.
 */
export function groupLevels(
  levels: readonly Level[],
  side: 'bid' | 'ask',
  stepUnits: number,
  scale: number,
  rows: number,
): readonly Level[] {
  const grouped: [number, number][] = []
  const limit = rowsFrom(levels, side, stepUnits, scale, rows)
  for (const [price, quantity] of levels) {
    const units = toUnits(price, scale)
    const bucket = (side === 'bid' ? Math.floor(units / stepUnits) : Math.ceil(units / stepUnits)) * stepUnits
    if (side === 'bid' ? bucket < limit : bucket > limit) break
    const key = fromUnits(bucket, scale)
    const last = grouped.at(-1)
    if (last !== undefined && last[0] === key) last[1] += quantity
    else grouped.push([key, quantity])
  }
  return grouped
}

/** The outermost row, in units. */
function rowsFrom(
  levels: readonly Level[],
  side: 'bid' | 'ask',
  stepUnits: number,
  scale: number,
  rows: number,
): number {
  const [first] = levels
  if (first === undefined) return 0
  const units = toUnits(first[0], scale)
  const touch = (side === 'bid' ? Math.floor(units / stepUnits) : Math.ceil(units / stepUnits)) * stepUnits
  return side === 'bid' ? touch - (rows - 1) * stepUnits : touch + (rows - 1) * stepUnits
}

/** (bid − ask) ÷ (bid + ask) quantity over the best `depth` levels; NaN while both are empty. */
export function imbalance(bids: readonly Level[], asks: readonly Level[], depth: number): number {
  const bid = sum(bids, depth)
  const ask = sum(asks, depth)
  return (bid - ask) / (bid + ask)
}

function sum(levels: readonly Level[], depth: number): number {
  let total = 0
  for (let index = 0; index < depth && index < levels.length; index++) total += levels[index]?.[1] ?? 0
  return total
}
