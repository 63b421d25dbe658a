export interface ForwardTrade {
  readonly side: 1 | -1
  /** Ask (or book walk) for a buy, bid for a sale: what a taker pays or gets. */
  readonly entryPrice: number
  readonly exitPrice: number
  /** Fraction of the notional, each way. */
  readonly entryFee: number
  readonly exitFee: number
  readonly entryMid: number
  readonly exitMid: number
  /** Paid (+) or received (−) in between, as a fraction of the notional. @default 0 */
  readonly funding?: number
  /** Profit is counted in base coins. @default false */
  readonly isInverse?: boolean
}

export interface ForwardReturn {
  /** From mid to mid, without any cost, in the direction of the side. */
  readonly grossMidBps: number
  /** What a taker would have been left with, fees and funding paid. */
  readonly netBps: number
}

/**
 * Long: `exit·(1−f₁) / (entry·(1+f₀)) − 1`. Short: `(entry·(1−f₀) − exit·(1+f₁)) / (entry·(1+f₀))`. Both per unit of what the
 * entry takes, fee included. Inverse contracts: the same with prices turned over and sides exchanged, because their
 * profit is `1/entry − 1/exit` coins. Funding is taken off.
 */
export function forwardReturn(trade: ForwardTrade): ForwardReturn {
  const { side, entryFee, exitFee, funding = 0, isInverse = false } = trade
  const turn = (price: number): number => (isInverse ? 1 / price : price)
  const entry = turn(trade.entryPrice)
  const exit = turn(trade.exitPrice)
  const isLong = (side === 1) !== isInverse
  const gain = isLong ? exit * (1 - exitFee) - entry * (1 + entryFee) : entry * (1 - entryFee) - exit * (1 + exitFee)
  const move = turn(trade.exitMid) / turn(trade.entryMid) - 1
  return {
    grossMidBps: (isLong ? move : -move) * 1e4,
    netBps: (gain / (entry * (1 + entryFee)) - funding) * 1e4,
  }
}
