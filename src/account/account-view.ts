import type { BalanceEvent, FillEvent, OrderEvent } from '../model/account-event.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { decimalText } from '../model/number.ts'
import type { AccountAdapter } from '../venue/account-adapter.ts'
import type { PositionView } from './account.ts'
import { isZeroDecimal } from './decimal.ts'
import type { Ledger } from './ledger.ts'
import { orderKey } from './order-ledger.ts'

export interface MarketView {
  /** Undefined while nobody listens to the mark price. */
  markPrice(instrument: InstrumentId): number | undefined
  instrument(id: InstrumentId): Instrument | undefined
}

export function balancesOf(ledger: Ledger): ReadonlyMap<string, BalanceEvent> {
  return new Map([...ledger.balances.entries()].map(([asset, { event }]) => [asset, event]))
}

export function openOrdersOf(ledger: Ledger): ReadonlyMap<string, OrderEvent> {
  const orders = new Map<string, OrderEvent>()
  for (const { event } of ledger.orders.openOrders()) orders.set(orderKey(event.instrument, event.orderId), event)
  return orders
}

export function fillsOf(ledger: Ledger, limit: number): readonly FillEvent[] {
  return ledger.fills.fills(limit)
}

/** Of the asset that is nearest to liquidation, as of the last comparison: the stream does not tell it. */
export function marginRatioOf(ledger: Ledger): number | undefined {
  const ratios: number[] = []
  for (const [, { event }] of ledger.balances.entries()) {
    const { maintenanceMargin, marginBalance } = event
    if (maintenanceMargin === undefined || marginBalance === undefined) continue
    const balance = Number(marginBalance)
    if (balance > 0) ratios.push(Number(maintenanceMargin) / balance)
  }
  return ratios.length === 0 ? undefined : Math.max(...ratios)
}

/** Profit by the feed's mark price where there is one, otherwise as the venue told it last. */
export function positionsOf(
  ledger: Ledger,
  adapter: AccountAdapter,
  market: MarketView,
): ReadonlyMap<string, PositionView> {
  const positions = new Map<string, PositionView>()
  for (const [key, { event }] of ledger.positions.entries()) {
    if (isZeroDecimal(event.quantity)) continue
    const mark = market.markPrice(event.instrument)
    const instrument = market.instrument(event.instrument)
    if (mark === undefined || instrument === undefined || adapter.unrealizedPnl === undefined) {
      positions.set(key, event)
      continue
    }
    const markPrice = decimalText(mark)
    const unrealizedPnl = adapter.unrealizedPnl(instrument, event.quantity, event.entryPrice, markPrice)
    positions.set(key, { ...event, markPrice, unrealizedPnl })
  }
  return positions
}
