import type { SpotOrder } from '../trading/spot/spot-order.ts'
import type { SpotRequest } from '../trading/spot/spot-request.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'
import type { AnswerForm, WriteTime } from './spot-rows.ts'

export function timeOf(call: Call): WriteTime {
  return timeUs => call.time(timeUs)
}

/** What a placement is answered with. @throws RestError -1130 */
export function readForm(call: Call, { type }: Pick<SpotRequest, 'type'>): AnswerForm {
  const form = call.text('newOrderRespType') ?? (type === 'LIMIT' || type === 'MARKET' ? 'FULL' : 'ACK')
  if (form === 'ACK' || form === 'RESULT' || form === 'FULL') return form
  throw badRequest(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
}

/** The order a call names. @throws RestError -1102 when it names none */
export function findOrder(
  call: Call,
  trader: SpotTrader,
  [idName, clientName]: readonly [string, string] = ['orderId', 'origClientOrderId'],
): SpotOrder | undefined {
  const { symbol } = call.view().instrument
  const [id, clientId] = [call.integer(idName), call.text(clientName)]
  if (id === undefined && clientId === undefined) {
    throw badRequest(-1102, `Param '${clientName}' or '${idName}' must be sent, but both were empty/null!`)
  }
  const order = trader.account.orders.find(symbol, id, clientId)
  // Of both, the id finds the order, and the client id must be its own.
  return order !== undefined && clientId !== undefined && order.clientOrderId !== clientId ? undefined : order
}

/** @throws RestError -2011, -1130 */
export function checkRestrictions(call: Call, order: SpotOrder): void {
  const restriction = call.text('cancelRestrictions')
  if (restriction === undefined) return
  if (restriction !== 'ONLY_NEW' && restriction !== 'ONLY_PARTIALLY_FILLED') {
    throw badRequest(-1130, "Data sent for parameter 'cancelRestrictions' is not valid.")
  }
  const isPartial = order.status === 'PARTIALLY_FILLED'
  if (isPartial === (restriction === 'ONLY_PARTIALLY_FILLED')) return
  throw badRequest(-2011, 'Order was not canceled due to cancel restrictions.')
}
