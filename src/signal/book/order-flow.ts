import type { Level } from '../../model/event.ts'
import type { Touch } from './touch.ts'

/**
 * What one change of the best quotes adds to the order-flow imbalance:
 * e = Qb·1{Pb ≥ Pb′} − Qb′·1{Pb ≤ Pb′} − Qa·1{Pa ≤ Pa′} + Qa′·1{Pa ≥ Pa′}, with ′ for the quote before.
 * Source: Cont, Kukanov, Stoikov, The Price Impact of Order Book Events, 2014.
 */
export function orderFlow(before: Touch, after: Touch): number {
  let flow = 0
  if (after.bidPrice >= before.bidPrice) flow += after.bidQuantity
  if (after.bidPrice <= before.bidPrice) flow -= before.bidQuantity
  if (after.askPrice <= before.askPrice) flow -= after.askQuantity
  if (after.askPrice >= before.askPrice) flow += before.askQuantity
  return flow
}

/** The `level`-th best of both sides (0 is the touch), undefined when one side has no such level. */
export function touchAt(bids: readonly Level[], asks: readonly Level[], level: number): Touch | undefined {
  const bid = bids[level]
  const ask = asks[level]
  if (bid === undefined || ask === undefined) return undefined
  return { bidPrice: bid[0], bidQuantity: bid[1], askPrice: ask[0], askQuantity: ask[1] }
}

/**
 * The same at each of the best `count` levels; a level missing on either side or at either time contributes 0.
 * Source: Xu, Gould, Howison, Multi-level order-flow imbalance in a limit order book, 2018.
 */
export function multiLevelFlow(
  before: readonly (Touch | undefined)[],
  after: readonly (Touch | undefined)[],
  count: number,
): readonly number[] {
  return Array.from({ length: count }, (_, level) => {
    const old = before[level]
    const now = after[level]
    return old === undefined || now === undefined ? 0 : orderFlow(old, now)
  })
}

/** Weights ∝ e^(−0.5·(m−1)) of levels 1 to `count`, their sum being 1. Source: Cont, Cucuringu, Zhang 2023. */
export function levelWeights(count: number): readonly number[] {
  const raw = Array.from({ length: count }, (_, level) => Math.exp(-0.5 * level))
  const sum = raw.reduce((total, weight) => total + weight, 0)
  return raw.map(weight => weight / sum)
}
