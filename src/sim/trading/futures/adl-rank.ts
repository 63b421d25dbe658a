import type { FuturesAccount } from './futures-account.ts'
import { marginAsset } from './futures-account.ts'
import type { MarkSource } from './futures-margin.ts'
import { assetMargin } from './futures-margin.ts'
import type { Position } from './futures-position.ts'
import { notional, unrealized } from './futures-position.ts'

/** From these scores on a position stands one step further in front. */
const steps = [0, 0.05, 0.25, 1] as const

/**
 * How near the front of the queue a position stands: profit in relation to its cost, times leverage where it gains and
 * divided by it where it loses. Source: the venue's page on auto-deleveraging, read 2026-11.
 */
export function adlScore(account: FuturesAccount, position: Position, marks: MarkSource): number {
  if (position.quantity === 0) return Number.NEGATIVE_INFINITY
  const instrument = marks.instrument(position.symbol)
  const mark = marks.markPrice(position.symbol)
  const gain = Number(unrealized(instrument, position, mark)) / Math.max(1, Number(position.cost))
  const margin = assetMargin(account, marginAsset(instrument), marks)
  const { isIsolated } = account.symbol(position.symbol)
  const equity = isIsolated ? position.isolatedWallet : margin.crossWallet + margin.crossUnrealized
  const leverage = Number(notional(instrument, position, mark)) / Math.max(1, Number(equity))
  return gain >= 0 ? gain * leverage : gain / Math.max(leverage, 0.01)
}

/** 0 to 4; 4 is the first to be reduced, 0 has nothing to reduce. */
export function adlQuantile(account: FuturesAccount, position: Position, marks: MarkSource): number {
  const score = adlScore(account, position, marks)
  return Math.max(position.quantity === 0 ? 0 : 1, steps.filter(step => score > step).length)
}
