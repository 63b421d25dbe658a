import type { Level } from '../../model/event.ts'

/** Taker fees as fractions, from the user's own table; they are never constants of the code. */
export interface ArbitrageTerms {
  readonly feeBuy: number
  readonly feeSell: number
  /** What one unit of the selling market's quote currency is worth in the buying market's. */
  readonly quoteFx: number
}

export interface ArbitrageFill {
  readonly buyVwap: number
  /** In the selling market's own quote currency. */
  readonly sellVwap: number
  /** (sellVwap·fx / buyVwap − 1), basis points. */
  readonly grossBps: number
  /** The same after both fees. */
  readonly netBps: number
  /** Profit in the buying market's quote currency. */
  readonly netQuote: number
}

/**
 * Buying `quantity` (base) from `asks` and selling it into `bids`, both best first and in base coins. Undefined when either
 * book holds less. Only what rests in the books is used, never a last price.
 */
export function arbitrageAt(
  asks: readonly Level[],
  bids: readonly Level[],
  quantity: number,
  terms: ArbitrageTerms,
): ArbitrageFill | undefined {
  const paid = quoteFor(asks, quantity)
  const got = quoteFor(bids, quantity)
  if (paid === undefined || got === undefined) return undefined
  const buyVwap = paid / quantity
  const sellVwap = got / quantity
  const { feeBuy, feeSell, quoteFx } = terms
  return {
    buyVwap,
    sellVwap,
    grossBps: ((sellVwap * quoteFx) / buyVwap - 1) * 10_000,
    netBps: ((sellVwap * quoteFx * (1 - feeSell)) / (buyVwap * (1 + feeBuy)) - 1) * 10_000,
    netQuote: got * quoteFx * (1 - feeSell) - paid * (1 + feeBuy),
  }
}

export interface BestArbitrage {
  /** Base coins up to which every further one still earns; 0 when none does. */
  readonly maxQuantity: number
  readonly profitQuote: number
  /** True when a book ended before the profit did: more may be possible than is visible. */
  readonly isLimitedByDepth: boolean
}

/** Walks both books while a bid, after its fee, is above an ask with its own. */
export function bestArbitrage(asks: readonly Level[], bids: readonly Level[], terms: ArbitrageTerms): BestArbitrage {
  const { feeBuy, feeSell, quoteFx } = terms
  let askAt = 0
  let bidAt = 0
  let askLeft = asks[0]?.[1] ?? 0
  let bidLeft = bids[0]?.[1] ?? 0
  let maxQuantity = 0
  let profitQuote = 0
  for (;;) {
    const ask = asks[askAt]
    const bid = bids[bidAt]
    if (ask === undefined || bid === undefined) {
      return { maxQuantity, profitQuote, isLimitedByDepth: maxQuantity > 0 }
    }
    const gain = bid[0] * quoteFx * (1 - feeSell) - ask[0] * (1 + feeBuy)
    if (gain <= 0) return { maxQuantity, profitQuote, isLimitedByDepth: false }
    const quantity = Math.min(askLeft, bidLeft)
    maxQuantity += quantity
    profitQuote += quantity * gain
    askLeft -= quantity
    bidLeft -= quantity
    if (askLeft <= 0) askLeft = asks[++askAt]?.[1] ?? 0
    if (bidLeft <= 0) bidLeft = bids[++bidAt]?.[1] ?? 0
  }
}

/** Quote currency that `quantity` costs or brings; undefined when the levels hold less. */
function quoteFor(levels: readonly Level[], quantity: number): number | undefined {
  if (!(quantity > 0)) return undefined
  let left = quantity
  let quote = 0
  for (const [price, resting] of levels) {
    if (resting >= left) return quote + left * price
    left -= resting
    quote += resting * price
  }
  return undefined
}
