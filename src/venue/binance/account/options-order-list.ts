import type { DecimalText } from '../../../model/account-event.ts'
import type { Side } from '../../../model/event.ts'
import type { AccountUpdate } from '../../account-adapter.ts'
import { idOf, listOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import {
  decimalTextOf,
  firstTimeOf,
  flagOf,
  instrumentOf,
  nonZeroTextOf,
  optionalDecimalTextOf,
  optionalTextOf,
  told,
} from './account-fields.ts'
import { futuresStatus } from './order-status.ts'
import { averagePrice } from './spot-events.ts'
import type { EventContext } from './user-message.ts'

/** Fees of this form have no asset: options are settled in USDT. */
const FEE_ASSET = 'USDT'

/**
 * The form of `ORDER_TRADE_UPDATE` until 2025-12: a list of orders, a negative quantity for a sale, every fill of this message
 * inside its order. Fees are positive when paid.
 */
export function readOrderList(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  return listOf(row, 'o')
    .filter(isRecord)
    .flatMap(order => [...fillsOf(order, context), orderUpdate(order, context)])
}

function orderUpdate(order: JsonRecord, context: EventContext): AccountUpdate {
  const timeUs = context.eventTimeUs
  const [orderId, nativeStatus, type] = [idOf(order, 'oid'), textOf(order, 'S'), textOf(order, 'oty')]
  const filledQuantity = unsigned(decimalTextOf(order, 'e'))
  return told(
    {
      kind: 'order',
      instrument: instrumentOf(context.venue, order, 's'),
      orderId,
      clientOrderId: optionalTextOf(order, 'c') ?? '',
      status: futuresStatus(nativeStatus, type),
      nativeStatus,
      type,
      timeInForce: optionalTextOf(order, 'tif') ?? '',
      side: sideBySign(order),
      price: decimalTextOf(order, 'p'),
      quantity: unsigned(decimalTextOf(order, 'q')),
      filledQuantity,
      averagePrice: averagePrice(nonZeroTextOf(order, 'ec'), filledQuantity),
      stopPrice: nonZeroTextOf(order, 'stp'),
      reduceOnly: flagOf(order, 'r'),
      exchangeTimeUs: timeUs,
      receiveTimeUs: context.receiveTimeUs,
    },
    timeUs,
    `${orderId}:${nativeStatus}:${filledQuantity}:${timeUs / 1000}`,
  )
}

function fillsOf(order: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  if (order['fi'] === undefined) return []
  return listOf(order, 'fi')
    .filter(isRecord)
    .map(fill => {
      const timeUs = firstTimeOf(fill, ['T']) ?? context.eventTimeUs
      const tradeId = idOf(fill, 't')
      return told(
        {
          kind: 'fill',
          instrument: instrumentOf(context.venue, order, 's'),
          orderId: idOf(order, 'oid'),
          clientOrderId: optionalTextOf(order, 'c'),
          tradeId,
          side: sideBySign(order),
          price: decimalTextOf(fill, 'p'),
          quantity: unsigned(decimalTextOf(fill, 'q')),
          fee: optionalDecimalTextOf(fill, 'f') ?? '0',
          feeAsset: FEE_ASSET,
          liquidity: fill['m'] === 'MAKER' ? 'maker' : 'taker',
          exchangeTimeUs: timeUs,
          receiveTimeUs: context.receiveTimeUs,
        },
        timeUs,
        tradeId,
      )
    })
}

function sideBySign(order: JsonRecord): Side {
  return decimalTextOf(order, 'q').startsWith('-') ? 'sell' : 'buy'
}

function unsigned(text: DecimalText): DecimalText {
  return text.startsWith('-') ? text.slice(1) : text
}
