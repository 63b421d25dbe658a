import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { divide, markValue, tradeValue } from '../amount.ts'
import type { PositionSide } from '../order.ts'

/** A position; `quantity` is signed, `cost` what its open part was worth when it was opened. */
export interface Position {
  readonly symbol: string
  readonly side: PositionSide
  quantity: number
  cost: Amount
  /** Fees of the open part, for the price at which it breaks even. */
  fees: Amount
  /** Margin set aside for it alone; 0 while it is crossed. */
  isolatedWallet: Amount
  /** Everything realised so far, before fees. */
  realized: Amount
  updatedMs: number
}

export function newPosition(symbol: string, side: PositionSide): Position {
  return { symbol, side, quantity: 0, cost: 0n, fees: 0n, isolatedWallet: 0n, realized: 0n, updatedMs: 0 }
}

export interface PositionChange {
  readonly realized: Amount
  /** Units that reduced what there was, and units that added to it. */
  readonly closed: number
  readonly opened: number
}

/**
 * Books a trade. What is closed takes its share of the cost along, rounded to 10^-8, so that nothing is left when the last
 * unit goes: the sum of all realised amounts is exact.
 */
export function bookTrade(
  instrument: SimInstrument,
  position: Position,
  trade: { readonly isBuy: boolean; readonly price: number; readonly quantity: number },
): PositionChange {
  const { isBuy, price, quantity } = trade
  const held = position.quantity
  const isOpposite = held !== 0 && held > 0 !== isBuy
  const closed = isOpposite ? Math.min(Math.abs(held), quantity) : 0
  const opened = quantity - closed
  let realized = 0n
  if (closed > 0) {
    const share = divide(position.cost * BigInt(closed), BigInt(Math.abs(held)))
    const value = tradeValue(instrument, price, closed)
    realized = gain(instrument, held > 0, share, value)
    position.cost -= share
    position.fees -= divide(position.fees * BigInt(closed), BigInt(Math.abs(held)))
  }
  position.cost += tradeValue(instrument, price, opened)
  position.quantity += isBuy ? quantity : -quantity
  position.realized += realized
  return { realized, closed, opened }
}

/** What a position has gained at this mark price (units of 10^-8). */
export function unrealized(instrument: SimInstrument, position: Position, markPrice: Amount): Amount {
  if (position.quantity === 0) return 0n
  return gain(instrument, position.quantity > 0, position.cost, notional(instrument, position, markPrice))
}

/** Value of a position at a mark price, without sign. */
export function notional(instrument: SimInstrument, position: Position, markPrice: Amount): Amount {
  return markValue(instrument, markPrice, Math.abs(position.quantity))
}

/** Of an inverse contract the holder owns dollars: worth fewer coins when the price rises. */
function gain(instrument: SimInstrument, isLong: boolean, before: Amount, after: Amount): Amount {
  const difference = instrument.isInverse ? before - after : after - before
  return isLong ? difference : -difference
}
