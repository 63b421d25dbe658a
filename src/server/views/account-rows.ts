import type { PositionView } from '../../account/account.ts'
import { isZeroDecimal } from '../../account/decimal.ts'
import type { BalanceEvent, FillEvent, MarginCallEvent, OrderEvent } from '../../model/account-event.ts'
import { type InstrumentId, symbolOf } from '../../model/instrument.ts'
import { decimalText } from '../../model/number.ts'
import type { WatchedAccount } from '../account-desk.ts'
import type { AccountHead, BalanceRow, FillRow, MarginCallInfo, OrderRow, PositionRow } from '../account-protocol.ts'

/** The newest best prices of an instrument. */
export interface Touch {
  readonly bid: number
  readonly ask: number
}

export type TouchOf = (instrument: InstrumentId) => Touch | undefined

const MOST_ORDERS = 500
const MOST_FILLS = 100
const MOST_POSITIONS = 500
const GAPS_SHOWN = 5

export function balanceRows({ account }: WatchedAccount): readonly BalanceRow[] {
  return [...account.balances().values()].filter(hasSomething).map(({ asset, free, locked, wallet }) => {
    return { asset, free, locked, wallet }
  })
}

function hasSomething({ free, locked, wallet = '0' }: BalanceEvent): boolean {
  return !(isZeroDecimal(free) && isZeroDecimal(locked) && isZeroDecimal(wallet))
}

export function positionRows(watched: WatchedAccount, touchOf: TouchOf): readonly PositionRow[] {
  const open = [...watched.account.positions().values()].filter(one => !isZeroDecimal(one.quantity))
  return open.slice(0, MOST_POSITIONS).map(one => positionRow(one, watched, touchOf(one.instrument)))
}

function positionRow(one: PositionView, { pnlAt }: WatchedAccount, touch: Touch | undefined): PositionRow {
  const exit = touch === undefined ? undefined : one.quantity.startsWith('-') ? touch.ask : touch.bid
  const executablePnl =
    exit === undefined ? undefined : pnlAt?.(one.instrument, one.quantity, one.entryPrice, decimalText(exit))
  return {
    symbol: symbolOf(one.instrument),
    side: one.positionSide,
    quantity: one.quantity,
    entryPrice: one.entryPrice,
    markPrice: one.markPrice,
    unrealizedPnl: one.unrealizedPnl,
    executablePnl,
    liquidationPrice: one.liquidationPrice,
    liquidationDistance: distanceOf(one),
    marginType: one.marginType,
    leverage: one.leverage,
  }
}

function distanceOf(one: PositionView): number | undefined {
  const mark = Number(one.markPrice)
  const liquidation = Number(one.liquidationPrice)
  return mark > 0 && liquidation > 0 ? Math.round((Math.abs(mark - liquidation) / mark) * 1e5) / 1e5 : undefined
}

/** Nearest to the market first, as far as it is known. */
export function orderRows({ account }: WatchedAccount, touchOf: TouchOf): readonly OrderRow[] {
  const rows = [...account.openOrders().values()].map(one => orderRow(one, touchOf(one.instrument)))
  const nearness = (row: OrderRow): number => row.touchBps ?? Number.MAX_VALUE
  return rows.sort((a, b) => nearness(a) - nearness(b)).slice(0, MOST_ORDERS)
}

function orderRow(one: OrderEvent, touch: Touch | undefined): OrderRow {
  return {
    id: `${one.instrument} ${one.orderId}`,
    symbol: symbolOf(one.instrument),
    side: one.side,
    type: one.type,
    timeInForce: one.timeInForce,
    status: one.status,
    price: one.price,
    stopPrice: one.stopPrice,
    quantity: one.quantity,
    filledQuantity: one.filledQuantity,
    reduceOnly: one.reduceOnly ?? false,
    changedUs: one.exchangeTimeUs ?? one.receiveTimeUs,
    touchBps: touchBps(one, touch),
  }
}

function touchBps(one: OrderEvent, touch: Touch | undefined): number | undefined {
  const price = Number(one.price)
  if (touch === undefined || !(price > 0)) return undefined
  const best = one.side === 'buy' ? touch.bid : touch.ask
  const behind = one.side === 'buy' ? best - price : price - best
  return Math.round((behind / best) * 1e5) / 10
}

export function fillRows({ account }: WatchedAccount): readonly FillRow[] {
  return account.fills(MOST_FILLS).map(fillRow).reverse()
}

function fillRow(one: FillEvent): FillRow {
  const { side, price, quantity, fee, feeAsset, liquidity, realizedPnl } = one
  return {
    id: `${one.instrument} ${one.tradeId}`,
    timeUs: one.exchangeTimeUs ?? one.receiveTimeUs,
    symbol: symbolOf(one.instrument),
    side,
    price,
    quantity,
    fee,
    feeAsset,
    liquidity,
    realizedPnl,
    isRecovered: one.origin === 'reconcile',
  }
}

export function accountHead(
  watched: WatchedAccount,
  nowUs: number,
  marginCall: MarginCallEvent | undefined,
  scrub: (text: string) => string,
): AccountHead {
  const { account, sources, isSimulated = false } = watched
  const { lastReport, ageMs } = account
  return {
    venue: account.venue,
    phase: account.phase,
    cause: account.cause === undefined ? undefined : scrub(account.cause),
    isSimulated,
    // To the quarter of a second: a time that is told anew with every look would be a change every time.
    provenUs: ageMs === undefined ? undefined : Math.round((nowUs - ageMs * 1000) / 250_000) * 250_000,
    marginRatio: account.marginRatio === undefined ? undefined : Math.round(account.marginRatio * 1e4) / 1e4,
    sources: {
      balances: sources.source('balances'),
      positions: sources.source('positions'),
      orders: sources.source('orders'),
      fills: sources.source('fills'),
    },
    comparison: lastReport === undefined ? undefined : comparisonOf(lastReport),
    marginCall: marginCall === undefined ? undefined : callInfo(marginCall),
    gaps: sources.gaps
      .slice(-GAPS_SHOWN)
      .map(({ receiveTimeUs, what, reason }) => ({ timeUs: receiveTimeUs, what, reason: scrub(reason) }))
      .reverse(),
    funding: [...sources.funding],
    counts: {
      orders: account.openOrders().size,
      fills: account.fills().length,
      positions: account.positions().size,
    },
  }
}

function comparisonOf(report: NonNullable<WatchedAccount['account']['lastReport']>): AccountHead['comparison'] {
  const { cause, orders, fills, balances, positions } = report
  return { cause, orders, fills, balances, positions }
}

function callInfo(call: MarginCallEvent): MarginCallInfo {
  return {
    timeUs: call.receiveTimeUs,
    level: call.level,
    positions: call.positions.map(one => ({
      symbol: symbolOf(one.instrument),
      side: one.positionSide,
      quantity: one.quantity,
      markPrice: one.markPrice,
      maintenanceMargin: one.maintenanceMargin,
    })),
  }
}
