import type { DecimalText, FillEvent, OrderEvent } from '../../../model/account-event.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { TimedOrder, Told } from '../../account-adapter.ts'
import { idOf, requiredTimeOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import {
  decimalTextOf,
  firstTimeOf,
  flagOf,
  instrumentOf,
  NEVER,
  nonZeroTextOf,
  optionalTextOf,
  sideOf,
  type ToldUpdate,
  told,
} from './account-fields.ts'
import { forcedBy, spotStatus } from './order-status.ts'
import { averagePrice } from './spot-events.ts'

/** An order as REST shows it on spot and margin. */
export function spotOrder(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): TimedOrder {
  const timeUs = firstTimeOf(row, ['updateTime', 'time'])
  const [nativeStatus, type, clientOrderId] = [textOf(row, 'status'), textOf(row, 'type'), textOf(row, 'clientOrderId')]
  const filledQuantity = decimalTextOf(row, 'executedQty')
  const order: Told<OrderEvent> = {
    kind: 'order',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: idOf(row, 'orderId'),
    clientOrderId,
    status: spotStatus(nativeStatus, flagOf(row, 'isWorking')),
    nativeStatus,
    type,
    timeInForce: optionalTextOf(row, 'timeInForce') ?? '',
    side: sideOf(row, 'side'),
    price: decimalTextOf(row, 'price'),
    quantity: decimalTextOf(row, 'origQty'),
    filledQuantity,
    // Old orders have a negative value here: it is not known any more.
    averagePrice: averagePrice(nonZeroTextOf(row, 'cummulativeQuoteQty'), filledQuantity),
    stopPrice: nonZeroTextOf(row, 'stopPrice'),
    forced: forcedBy(clientOrderId, type),
    exchangeTimeUs: timeUs,
    receiveTimeUs,
  }
  return { order, timeUs: timeUs ?? NEVER }
}

/** A row of `myTrades`. A fee is positive when paid. */
export function spotFill(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): Told<FillEvent> {
  return {
    kind: 'fill',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: idOf(row, 'orderId'),
    tradeId: idOf(row, 'id'),
    side: flagOf(row, 'isBuyer') === true ? 'buy' : 'sell',
    price: decimalTextOf(row, 'price'),
    quantity: decimalTextOf(row, 'qty'),
    fee: decimalTextOf(row, 'commission'),
    feeAsset: optionalTextOf(row, 'commissionAsset') ?? '',
    liquidity: flagOf(row, 'isMaker') === true ? 'maker' : 'taker',
    exchangeTimeUs: requiredTimeOf(row, 'time', 'millisecond'),
    receiveTimeUs,
  }
}

/** One asset with its free and locked amount; `timeUs` is undefined where the venue tells none. */
export function spotBalance(
  asset: string,
  free: DecimalText,
  locked: DecimalText,
  timeUs: EpochUs | undefined,
  receiveTimeUs: EpochUs,
): ToldUpdate {
  return told({ kind: 'balance', asset, free, locked, exchangeTimeUs: timeUs, receiveTimeUs }, timeUs ?? receiveTimeUs)
}
