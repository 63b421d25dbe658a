import type { Level } from '../../model/event.ts'
import { type Fate, fateOf } from './fate.ts'
import { bandEdges, type Touch } from './touch.ts'

/** What the best levels held at one time. */
export interface BookMoment {
  readonly timeUs: number
  readonly touch: Touch
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** Volume traded against one side by price, and what of it met orders that the book does not show. */
export interface TradedVolume {
  readonly visible: ReadonlyMap<number, number>
  readonly unseen: number
}

/**
 * Sums what became of one side's levels between two moments: those within `bps` of the mid before, and no deeper than both
 * moments show. Quantities in base coins.
 */
export function sideFate(
  side: 'bids' | 'asks',
  before: BookMoment,
  after: BookMoment,
  traded: TradedVolume,
  bps: number,
  inBase: (quantity: number, price: number) => number,
): Fate {
  const sign = side === 'bids' ? 1 : -1
  const edge = edgeOf(side, before, after, bps)
  const sum = { consumed: 0, pulled: 0, added: 0, hidden: traded.unseen }
  const count = (price: number, old: number, now: number, volume: number): void => {
    const fate = fateOf(old, now, volume)
    sum.consumed += inBase(fate.consumed, price)
    sum.pulled += inBase(fate.pulled, price)
    sum.added += inBase(fate.added, price)
    sum.hidden += inBase(fate.hidden, price)
  }
  const met = new Set<number>()
  merge(before[side], after[side], sign, edge, (price, old, now) => {
    const volume = traded.visible.get(price) ?? 0
    if (volume > 0) met.add(price)
    if (old !== now || volume > 0) count(price, old, now, volume)
  })
  // What was traded at a price that neither moment shows came and went in between.
  for (const [price, volume] of traded.visible)
    if (!met.has(price) && sign * (price - edge) >= 0) count(price, 0, 0, volume)
  return sum
}

/** Both lists are sorted, best first: each price once, down to the edge. */
function merge(
  before: readonly Level[],
  after: readonly Level[],
  sign: 1 | -1,
  edge: number,
  visit: (price: number, old: number, now: number) => void,
): void {
  let i = 0
  let j = 0
  for (;;) {
    const old = before[i]
    const now = after[j]
    const oldKey = old === undefined ? Number.NEGATIVE_INFINITY : sign * old[0]
    const nowKey = now === undefined ? Number.NEGATIVE_INFINITY : sign * now[0]
    const key = Math.max(oldKey, nowKey)
    if (key < sign * edge || key === Number.NEGATIVE_INFINITY) return
    const isOld = oldKey === key
    const isNow = nowKey === key
    visit(sign * key, isOld ? (old?.[1] ?? 0) : 0, isNow ? (now?.[1] ?? 0) : 0)
    if (isOld) i++
    if (isNow) j++
  }
}

/** The outermost price that counts: a level beyond what one of the moments shows may still be there, unseen. */
function edgeOf(side: 'bids' | 'asks', before: BookMoment, after: BookMoment, bps: number): number {
  const edges = bandEdges(before.touch, bps)
  const last = before[side].at(-1)?.[0]
  const lastAfter = after[side].at(-1)?.[0]
  if (side === 'bids')
    return Math.max(edges.bid, last ?? Number.POSITIVE_INFINITY, lastAfter ?? Number.POSITIVE_INFINITY)
  return Math.min(edges.ask, last ?? 0, lastAfter ?? 0)
}
