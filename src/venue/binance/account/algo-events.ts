import type { AccountUpdate } from '../../account-adapter.ts'
import { idOf, textOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
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
import { conditionalStatus } from './order-status.ts'
import type { EventContext } from './user-message.ts'
import { readNatively } from './user-message.ts'

/** Conditional orders have ids of their own, which may equal those of other orders. */
export function algoOrderId(id: string): string {
  return `algo:${id}`
}

/** The venue's id of `algo:<id>`; undefined for every other order. */
export function algoIdOf(orderId: string): string | undefined {
  return orderId.startsWith('algo:') ? orderId.slice('algo:'.length) : undefined
}

/** `ALGO_UPDATE`; portfolio margin has it as `ALGO_ORDER_UPDATE` with the same letters in `ao`. */
export function readAlgo(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const order = isRecord(row['o']) ? row['o'] : row['ao']
  if (!isRecord(order)) return readNatively(row, context)
  const timeUs = firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const [id, nativeStatus] = [idOf(order, 'aid'), textOf(order, 'X')]
  const quantity = optionalDecimalTextOf(order, 'q') ?? '0'
  const executed = optionalDecimalTextOf(order, 'aq')
  const triggeredOrderId = optionalIdOf(order, 'ai')
  // A trailing order tells twice that it is new: when it is placed, and when its price is reached.
  const activated = flagOf(order, 'ia') === true ? ':activated' : ''
  return [
    told(
      {
        kind: 'order',
        instrument: instrumentOf(context.venue, order, 's'),
        orderId: algoOrderId(id),
        clientOrderId: optionalTextOf(order, 'caid') ?? '',
        status: conditionalStatus(nativeStatus, quantity, executed),
        nativeStatus,
        type: textOf(order, 'o'),
        timeInForce: optionalTextOf(order, 'f') ?? '',
        side: sideOf(order, 'S'),
        price: optionalDecimalTextOf(order, 'p') ?? '0',
        quantity,
        filledQuantity: executed ?? '0',
        averagePrice: nonZeroTextOf(order, 'ap'),
        stopPrice: nonZeroTextOf(order, 'tp'),
        reduceOnly: flagOf(order, 'R'),
        positionSide: positionSideOf(order, 'ps'),
        triggeredOrderId,
        reason: optionalTextOf(order, 'rm'),
        exchangeTimeUs: timeUs,
        receiveTimeUs: context.receiveTimeUs,
      },
      timeUs,
      `${algoOrderId(id)}:${nativeStatus}:${triggeredOrderId ?? ''}:${timeUs / 1000}${activated}`,
    ),
  ]
}

/** `CONDITIONAL_ORDER_TRADE_UPDATE` of portfolio margin: conditional orders before, and beside, the algo service. */
export function readStrategyOrder(row: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const order = row['so']
  if (!isRecord(order)) return readNatively(row, context)
  const timeUs = firstTimeOf(order, ['ut']) ?? firstTimeOf(row, ['T']) ?? context.eventTimeUs
  const [id, nativeStatus, quantity] = [idOf(order, 'si'), textOf(order, 'os'), decimalTextOf(order, 'q')]
  const triggeredOrderId = nativeStatus === 'NEW' ? undefined : optionalIdOf(order, 'i')
  return [
    told(
      {
        kind: 'order',
        instrument: instrumentOf(context.venue, order, 's'),
        orderId: algoOrderId(id),
        clientOrderId: optionalTextOf(order, 'c') ?? '',
        status: conditionalStatus(nativeStatus, quantity, undefined),
        nativeStatus,
        type: textOf(order, 'st'),
        timeInForce: optionalTextOf(order, 'f') ?? '',
        side: sideOf(order, 'S'),
        price: optionalDecimalTextOf(order, 'p') ?? '0',
        quantity,
        filledQuantity: '0',
        stopPrice: nonZeroTextOf(order, 'sp'),
        reduceOnly: flagOf(order, 'R'),
        positionSide: positionSideOf(order, 'ps'),
        triggeredOrderId,
        exchangeTimeUs: timeUs,
        receiveTimeUs: context.receiveTimeUs,
      },
      timeUs,
      `${algoOrderId(id)}:${nativeStatus}:${triggeredOrderId ?? ''}:${timeUs / 1000}`,
    ),
  ]
}
