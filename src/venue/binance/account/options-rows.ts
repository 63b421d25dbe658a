import type { FillEvent, OrderEvent } from '../../../model/account-event.ts'
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
  optionalDecimalTextOf,
  optionalTextOf,
  sideOf,
  type ToldUpdate,
  told,
} from './account-fields.ts'
import { isZero, negatedText } from './exact-decimal.ts'
import { signedFee } from './futures-order-event.ts'
import { futuresStatus } from './order-status.ts'

/** An order as REST shows it on options. */
export function optionsOrder(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): TimedOrder {
  const timeUs = firstTimeOf(row, ['updateTime', 'createTime'])
  const [nativeStatus, type] = [textOf(row, 'status'), textOf(row, 'type')]
  const order: Told<OrderEvent> = {
    kind: 'order',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: idOf(row, 'orderId'),
    clientOrderId: optionalTextOf(row, 'clientOrderId') ?? '',
    status: futuresStatus(nativeStatus, type),
    nativeStatus,
    type,
    timeInForce: optionalTextOf(row, 'timeInForce') ?? '',
    side: sideOf(row, 'side'),
    price: decimalTextOf(row, 'price'),
    quantity: decimalTextOf(row, 'quantity'),
    filledQuantity: decimalTextOf(row, 'executedQty'),
    averagePrice: nonZeroTextOf(row, 'avgPrice'),
    reduceOnly: flagOf(row, 'reduceOnly'),
    exchangeTimeUs: timeUs,
    receiveTimeUs,
  }
  return { order, timeUs: timeUs ?? NEVER }
}

/** A row of `userTrades`: `tradeId` is the trade that the stream tells, `id` is unique but known to REST only. A negative fee is paid. */
export function optionsFill(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): Told<FillEvent> {
  return {
    kind: 'fill',
    instrument: instrumentOf(venue, row, 'symbol'),
    orderId: idOf(row, 'orderId'),
    tradeId: idOf(row, 'tradeId'),
    side: sideOf(row, 'side'),
    price: decimalTextOf(row, 'price'),
    quantity: decimalTextOf(row, 'quantity'),
    fee: signedFee(optionalDecimalTextOf(row, 'fee'), 'received'),
    feeAsset: optionalTextOf(row, 'quoteAsset') ?? '',
    liquidity: row['liquidity'] === 'MAKER' ? 'maker' : 'taker',
    realizedPnl: optionalDecimalTextOf(row, 'realizedProfit'),
    exchangeTimeUs: requiredTimeOf(row, 'time', 'millisecond'),
    receiveTimeUs,
  }
}

/** An asset of `marginAccount`. `marginBalance` there is what the stream tells as equity less open profit. */
export function optionsBalance(row: JsonRecord, timeUs: EpochUs | undefined, receiveTimeUs: EpochUs): ToldUpdate {
  return told(
    {
      kind: 'balance',
      asset: textOf(row, 'asset'),
      free: decimalTextOf(row, 'marginBalance'),
      locked: '0',
      available: optionalDecimalTextOf(row, 'available'),
      maintenanceMargin: optionalDecimalTextOf(row, 'maintMargin'),
      marginBalance: optionalDecimalTextOf(row, 'equity'),
      exchangeTimeUs: timeUs,
      receiveTimeUs,
    },
    timeUs ?? receiveTimeUs,
  )
}

export function optionsPosition(venue: string, row: JsonRecord, receiveTimeUs: EpochUs): ToldUpdate {
  const timeUs = firstTimeOf(row, ['time'])
  const quantity = decimalTextOf(row, 'quantity')
  const isUnsignedShort = row['side'] === 'SHORT' && !quantity.startsWith('-') && !isZero(quantity)
  return told(
    {
      kind: 'position',
      instrument: instrumentOf(venue, row, 'symbol'),
      positionSide: 'both',
      quantity: isUnsignedShort ? negatedText(quantity) : quantity,
      entryPrice: decimalTextOf(row, 'entryPrice'),
      unrealizedPnl: optionalDecimalTextOf(row, 'unrealizedPNL'),
      exchangeTimeUs: timeUs,
      receiveTimeUs,
    },
    timeUs ?? receiveTimeUs,
  )
}
