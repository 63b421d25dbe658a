import type { ReadableBook } from '../../book/readable-book.ts'
import type { Level } from '../../model/event.ts'
import { bandEdges } from './touch.ts'

export interface Imbalance {
  /** (ΣQb − ΣQa) / (ΣQb + ΣQa), −1 to 1. */
  readonly value: number
  /** One side holds nothing: the value is exactly 1 or −1 and says no more than that. */
  readonly oneSided: boolean
}

/** Undefined when both sides hold nothing, or one of them less than nothing. */
export function imbalanceOf(bidQuantity: number, askQuantity: number): Imbalance | undefined {
  const total = bidQuantity + askQuantity
  if (!(total > 0 && bidQuantity >= 0 && askQuantity >= 0)) return undefined
  return { value: (bidQuantity - askQuantity) / total, oneSided: bidQuantity === 0 || askQuantity === 0 }
}

/** Over the best `count` levels of each side. */
export function levelImbalance(bids: readonly Level[], asks: readonly Level[], count: number): Imbalance | undefined {
  return imbalanceOf(weightedSum(bids, count, 0), weightedSum(asks, count, 0))
}

/** Over the best `count` levels, level i (0 is the best) weighing e^(−lambda·i). */
export function decayImbalance(
  bids: readonly Level[],
  asks: readonly Level[],
  count: number,
  lambda: number,
): Imbalance | undefined {
  return imbalanceOf(weightedSum(bids, count, lambda), weightedSum(asks, count, lambda))
}

export interface BandImbalance {
  readonly imbalance: Imbalance | undefined
  /** False when the band reaches beyond what is known of the book. */
  readonly isComplete: boolean
}

/** Over every level within `bps` of the mid, edges included; undefined while the book cannot be read. */
export function bandImbalance(book: Pick<ReadableBook, 'best' | 'depthTo'>, bps: number): BandImbalance | undefined {
  const touch = book.best()
  if (touch === undefined) return undefined
  const edges = bandEdges(touch, bps)
  const bids = book.depthTo('sell', edges.bid)
  const asks = book.depthTo('buy', edges.ask)
  if (bids === undefined || asks === undefined) return undefined
  return { imbalance: imbalanceOf(bids.quantity, asks.quantity), isComplete: bids.isComplete && asks.isComplete }
}

function weightedSum(levels: readonly Level[], count: number, lambda: number): number {
  let sum = 0
  let index = 0
  for (const [, quantity] of levels) {
    if (index === count) break
    sum += quantity * Math.exp(-lambda * index)
    index++
  }
  return sum
}
