import type { FillEvent, OrderEvent } from '../../../model/account-event.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { TimedOrder, Told } from '../../account-adapter.ts'
import { idOf, requiredTimeOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import {
  decimalTextOf,
  firstTimeOf,
  flagOf,
  heldSideOf,
  instrumentOf,
  marginTypeOf,
  NEVER,
  nonZeroTextOf,
  optionalDecimalTextOf,
  optionalIdOf,
  optionalTextOf,
  positionSideOf,
  sideOf,
  type ToldUpdate,
  told,
} from './account-fields.ts'
import { algoOrderId } from './algo-events.ts'
import { differenceText, isZero } from './exact-decimal.ts'
import { conditionalStatus, forcedBy, futuresStatus } from './order-status.ts'

/** An order as REST shows it on USD-M and COIN-M. */
export function futuresOrder(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): TimedOrder {
  const timeUs = firstTimeOf(row, ['updateTime', 'time'])
  const [nativeStatus, type, clientOrderId] = [textOf(row, 'status'), textOf(row, 'type'), textOf(row, 'clientOrderId')]
  const order: Told<OrderEvent> = {
    kind: 'order',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: idOf(row, 'orderId'),
    clientOrderId,
    status: futuresStatus(nativeStatus, type),
    nativeStatus,
    type,
    timeInForce: optionalTextOf(row, 'timeInForce') ?? '',
    side: sideOf(row, 'side'),
    price: decimalTextOf(row, 'price'),
    quantity: decimalTextOf(row, 'origQty'),
    filledQuantity: decimalTextOf(row, 'executedQty'),
    averagePrice: nonZeroTextOf(row, 'avgPrice'),
    stopPrice: nonZeroTextOf(row, 'stopPrice'),
    reduceOnly: flagOf(row, 'reduceOnly'),
    positionSide: positionSideOf(row, 'positionSide'),
    forced: forcedBy(clientOrderId, type),
    exchangeTimeUs: timeUs,
    receiveTimeUs,
  }
  return { order, timeUs: timeUs ?? NEVER }
}

/** Two forms of conditional orders: those of the algo service, and the strategies of portfolio margin. */
export function conditionalOrder(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): TimedOrder {
  const isAlgo = row['algoId'] !== undefined
  const timeUs = firstTimeOf(row, ['updateTime', 'createTime', 'bookTime'])
  const nativeStatus = textOf(row, isAlgo ? 'algoStatus' : 'strategyStatus')
  const quantity = optionalDecimalTextOf(row, isAlgo ? 'quantity' : 'origQty') ?? '0'
  const executed = optionalDecimalTextOf(row, 'actualQty')
  const order: Told<OrderEvent> = {
    kind: 'order',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: algoOrderId(idOf(row, isAlgo ? 'algoId' : 'strategyId')),
    clientOrderId: optionalTextOf(row, isAlgo ? 'clientAlgoId' : 'newClientStrategyId') ?? '',
    status: conditionalStatus(nativeStatus, quantity, executed),
    nativeStatus,
    type: textOf(row, isAlgo ? 'orderType' : 'strategyType'),
    timeInForce: optionalTextOf(row, 'timeInForce') ?? '',
    side: sideOf(row, 'side'),
    price: optionalDecimalTextOf(row, 'price') ?? '0',
    quantity,
    filledQuantity: executed ?? '0',
    averagePrice: nonZeroTextOf(row, 'actualPrice'),
    stopPrice: nonZeroTextOf(row, isAlgo ? 'triggerPrice' : 'stopPrice'),
    reduceOnly: flagOf(row, 'reduceOnly'),
    positionSide: positionSideOf(row, 'positionSide'),
    triggeredOrderId: optionalIdOf(row, isAlgo ? 'actualOrderId' : 'orderId'),
    exchangeTimeUs: timeUs,
    receiveTimeUs,
  }
  return { order, timeUs: timeUs ?? NEVER }
}

/** A row of `userTrades`. A fee is positive when paid. */
export function futuresFill(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): Told<FillEvent> {
  return {
    kind: 'fill',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: idOf(row, 'orderId'),
    tradeId: idOf(row, 'id'),
    side: sideOf(row, 'side'),
    price: decimalTextOf(row, 'price'),
    quantity: decimalTextOf(row, 'qty'),
    fee: decimalTextOf(row, 'commission'),
    feeAsset: optionalTextOf(row, 'commissionAsset') ?? '',
    liquidity: flagOf(row, 'maker') === true ? 'maker' : 'taker',
    realizedPnl: optionalDecimalTextOf(row, 'realizedPnl'),
    positionSide: positionSideOf(row, 'positionSide'),
    exchangeTimeUs: requiredTimeOf(row, 'time', 'millisecond'),
    receiveTimeUs,
  }
}

/** An asset within the account answer: the same `free` and `locked` as the stream tells, and what only REST knows. */
export function futuresBalance(row: JsonRecord, receiveTimeUs: EpochUs): ToldUpdate {
  const timeUs = firstTimeOf(row, ['updateTime'])
  const [wallet, crossWallet] = [decimalTextOf(row, 'walletBalance'), decimalTextOf(row, 'crossWalletBalance')]
  return told(
    {
      kind: 'balance',
      asset: textOf(row, 'asset'),
      free: crossWallet,
      locked: differenceText(wallet, crossWallet),
      wallet,
      crossWallet,
      available: optionalDecimalTextOf(row, 'availableBalance'),
      maintenanceMargin: optionalDecimalTextOf(row, 'maintMargin'),
      marginBalance: optionalDecimalTextOf(row, 'marginBalance'),
      exchangeTimeUs: timeUs,
      receiveTimeUs,
    },
    timeUs ?? NEVER,
  )
}

/** A row of `positionRisk`, in the forms of USD-M, COIN-M and portfolio margin. */
export function futuresPosition(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): ToldUpdate {
  const timeUs = firstTimeOf(row, ['updateTime'])
  const quantity = decimalTextOf(row, 'positionAmt')
  const isolatedWallet = optionalDecimalTextOf(row, 'isolatedWallet')
  return told(
    {
      kind: 'position',
      instrument: instrumentOf(venue, row, 'symbol'),
      positionSide: heldSideOf(row, 'positionSide'),
      quantity,
      entryPrice: decimalTextOf(row, 'entryPrice'),
      breakEvenPrice: nonZeroTextOf(row, 'breakEvenPrice'),
      unrealizedPnl: optionalDecimalTextOf(row, 'unRealizedProfit'),
      marginType: marginTypeOf(row, 'marginType') ?? typeByWallet(quantity, isolatedWallet),
      isolatedWallet,
      leverage: leverageOf(row),
      liquidationPrice: nonZeroTextOf(row, 'liquidationPrice'),
      exchangeTimeUs: timeUs,
      receiveTimeUs,
    },
    timeUs ?? NEVER,
  )
}

/** Where the type is not told: an isolated position has a wallet of its own, a crossed one has none. */
function typeByWallet(quantity: string, isolatedWallet: string | undefined): 'cross' | 'isolated' | undefined {
  if (isolatedWallet === undefined || isZero(quantity)) return undefined
  return isZero(isolatedWallet) ? 'cross' : 'isolated'
}

function leverageOf(row: JsonRecord): number | undefined {
  const leverage = Number(row['leverage'] ?? Number.NaN)
  return Number.isFinite(leverage) && leverage > 0 ? leverage : undefined
}
