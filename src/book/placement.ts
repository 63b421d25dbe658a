import { POWERS_OF_TEN } from '../model/number.ts'

export interface Placement {
  readonly slots: number
  readonly scale: number
  /** Signed units of slot 0. */
  readonly base: number
  readonly stride: number
}

const LEAST_SLOTS = 512
/** The best levels decide the grid; the ones far away may rest on an older one. */
const GRID_LEVELS = 256
/** The window reaches at least to the level of this rank, when the limit allows. */
const REACH_LEVELS = 400

/** Where the flat part of a side goes: around the best of its signed prices, on the finest grid that they share. */
export function placementFor(
  keys: readonly number[],
  scale: number,
  atLeastSlots: number,
  mostSlots: number,
): Placement {
  const sorted = Float64Array.from(keys).sort()
  const best = sorted[0]
  if (best === undefined) return { slots: 0, scale, base: 0, stride: 1 }
  const usedScale = exactScale(best, scale)
  const factor = POWERS_OF_TEN[usedScale] ?? 1
  const stride = gridOf(sorted, factor)
  const reach = sorted[Math.min(REACH_LEVELS, sorted.length) - 1] ?? best
  const span = ((reach - best) * factor) / stride
  let slots = LEAST_SLOTS
  while (slots < mostSlots && (slots < span * 1.5 || slots < atLeastSlots)) slots *= 2
  if (slots > mostSlots) slots = mostSlots
  // A quarter of the window lies before the touch, for the next moves in its direction.
  const first = Math.round(best * factor)
  const aligned = Math.floor(first / stride) * stride
  return { slots, scale: usedScale, base: aligned - (slots >>> 2) * stride, stride }
}

/** The wanted scale, or a coarser one while units would leave the integers that float64 holds. */
function exactScale(price: number, wanted: number): number {
  let scale = wanted
  while (scale > 0 && Math.abs(price) * (POWERS_OF_TEN[scale] ?? 1) > 2 ** 50) scale--
  return scale
}

/** The largest 1, 2 or 5 times a power of ten that divides the units of the best levels. */
function gridOf(sorted: Float64Array, factor: number): number {
  let common = 0
  const count = Math.min(sorted.length, GRID_LEVELS)
  for (let i = 0; i < count && common !== 1; i++) {
    const units = Math.abs(Math.round((sorted[i] ?? 0) * factor))
    common = greatestDivisor(common, units)
  }
  let stride = 1
  while (common >= stride * 10 && common % (stride * 10) === 0) stride *= 10
  if (common % (stride * 5) === 0) return stride * 5
  return common % (stride * 2) === 0 ? stride * 2 : stride
}

function greatestDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
