import type { DecimalText } from '../../../model/account-event.ts'
import { DecodeError } from '../../../model/error.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { AccountUpdate } from '../../account-adapter.ts'
import { idOf, recordOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import {
  decimalTextOf,
  firstTimeOf,
  flagOf,
  instrumentOf,
  nonZeroTextOf,
  optionalDecimalTextOf,
  optionalIdOf,
  optionalTextOf,
  positionSideOf,
  sideOf,
  told,
} from './account-fields.ts'
import { negatedText } from './exact-decimal.ts'
import { expiryReason, forcedBy, futuresStatus } from './order-status.ts'
import type { EventContext } from './user-message.ts'

/** How a fee is signed on the wire: options tell what the account gets, everything else what it pays. */
type FeeSign = 'paid' | 'received'

/** `ORDER_TRADE_UPDATE` of USD-M, COIN-M and portfolio margin. The fill comes before the order that it changed. */
export function readFuturesOrder(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  return readOrderTrade(row, context, 'paid')
}

export function readOrderTrade(row: JsonRecord, context: EventContext, sign: FeeSign): readonly AccountUpdate[] {
  const order = recordOf(row, 'o')
  const timeUs = firstTimeOf(row, ['T']) ?? firstTimeOf(order, ['T']) ?? context.eventTimeUs
  const update = orderUpdate(order, context, timeUs)
  return isFill(order) ? [fillUpdate(order, context, timeUs, sign), update] : [update]
}

/**
 * Liquidations and deleveraging are told as CALCULATED; they fill like trades where they carry a trade.
 * @throws DecodeError for a trade without an id, since a fill would be lost
 */
function isFill(order: JsonRecord): boolean {
  const execution = order['x']
  const tradeId = optionalIdOf(order, 't')
  if (execution === 'TRADE' && tradeId === undefined) throw new DecodeError('a trade must have an id in "t"')
  if (execution !== 'TRADE' && execution !== 'CALCULATED') return false
  return tradeId !== undefined && nonZeroTextOf(order, 'l') !== undefined
}

function orderUpdate(order: JsonRecord, context: EventContext, timeUs: EpochUs): AccountUpdate {
  const [nativeStatus, type, clientOrderId] = [textOf(order, 'X'), textOf(order, 'o'), textOf(order, 'c')]
  const [orderId, price, quantity] = [idOf(order, 'i'), decimalTextOf(order, 'p'), decimalTextOf(order, 'q')]
  const filledQuantity = decimalTextOf(order, 'z')
  // Two amendments may fall into one millisecond: their values tell them apart.
  const amended = order['x'] === 'AMENDMENT' ? `:${price}:${quantity}` : ''
  return told(
    {
      kind: 'order',
      instrument: instrumentOf(context.venue, order, 's'),
      orderId,
      clientOrderId,
      status: futuresStatus(nativeStatus, type),
      nativeStatus,
      type,
      timeInForce: optionalTextOf(order, 'f') ?? '',
      side: sideOf(order, 'S'),
      price,
      quantity,
      filledQuantity,
      averagePrice: nonZeroTextOf(order, 'ap'),
      stopPrice: nonZeroTextOf(order, 'sp'),
      reduceOnly: flagOf(order, 'R'),
      positionSide: positionSideOf(order, 'ps'),
      forced: forcedBy(clientOrderId, type),
      reason: expiryReason(order['er']),
      exchangeTimeUs: timeUs,
      receiveTimeUs: context.receiveTimeUs,
    },
    timeUs,
    `${orderId}:${nativeStatus}:${filledQuantity}:${timeUs / 1000}${amended}`,
  )
}

function fillUpdate(order: JsonRecord, context: EventContext, timeUs: EpochUs, sign: FeeSign): AccountUpdate {
  const tradeId = idOf(order, 't')
  return told(
    {
      kind: 'fill',
      instrument: instrumentOf(context.venue, order, 's'),
      orderId: idOf(order, 'i'),
      clientOrderId: textOf(order, 'c'),
      tradeId,
      side: sideOf(order, 'S'),
      price: decimalTextOf(order, 'L'),
      quantity: decimalTextOf(order, 'l'),
      fee: signedFee(optionalDecimalTextOf(order, 'n'), sign),
      feeAsset: optionalTextOf(order, 'N') ?? '',
      liquidity: flagOf(order, 'm') === true ? 'maker' : 'taker',
      realizedPnl: optionalDecimalTextOf(order, 'rp'),
      positionSide: positionSideOf(order, 'ps'),
      exchangeTimeUs: firstTimeOf(order, ['T']) ?? timeUs,
      receiveTimeUs: context.receiveTimeUs,
    },
    timeUs,
    tradeId,
  )
}

/** Positive is paid. The venue leaves a fee out when there was none. */
export function signedFee(fee: DecimalText | undefined, sign: FeeSign): DecimalText {
  if (fee === undefined) return '0'
  return sign === 'paid' ? fee : negatedText(fee)
}
