import { decimal, positionOf } from './decimal.ts'
import type { Balance, Fill, Order, Position } from './trader.ts'

/** Rows of REST answers that a client hands on as they are. */
type Row = Readonly<Record<string, unknown>>

export function rows(answer: unknown): readonly Row[] {
  if (Array.isArray(answer)) return answer
  throw new Error(`expected an array, was ${JSON.stringify(answer)}`)
}

export function ordersOf(answer: unknown): ReadonlyMap<string, Order> {
  return new Map(
    rows(answer).map(row => [
      String(row['orderId']),
      {
        side: String(row['side']),
        status: String(row['status']),
        quantity: decimal(row['origQty']),
        executed: decimal(row['executedQty']),
      },
    ]),
  )
}

export function fillsOf(answer: unknown): readonly Fill[] {
  return rows(answer).map(row => ({
    tradeId: String(row['id']),
    orderId: String(row['orderId']),
    // Spot says who bought, futures name the side.
    side: typeof row['side'] === 'string' ? row['side'] : row['isBuyer'] === true ? 'BUY' : 'SELL',
    price: decimal(row['price']),
    quantity: decimal(row['qty']),
    fee: decimal(row['commission']),
    feeAsset: String(row['commissionAsset']),
    isMaker: (row['isMaker'] ?? row['maker']) === true,
  }))
}

/** Of the spot account, or of the futures balance. */
export function balancesOf(answer: unknown): ReadonlyMap<string, Balance> {
  const spot: unknown = Object(answer)['balances']
  if (spot !== undefined) {
    return new Map(
      rows(spot).map(row => [String(row['asset']), { free: decimal(row['free']), locked: decimal(row['locked']) }]),
    )
  }
  return new Map(rows(answer).map(row => [String(row['asset']), { free: decimal(row['balance']) }]))
}

export function positionsOf(answer: unknown): ReadonlyMap<string, Position> {
  return new Map(rows(answer).map(row => [String(row['symbol']), positionOf(row['positionAmt'], row['entryPrice'])]))
}
