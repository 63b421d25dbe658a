import type { FuturesDesk } from '../trading/futures/futures-exchange.ts'
import { isJsonObject, parseJson } from '../wire/json.ts'
import type { FuturesOrderHandlers } from './futures-order-handlers.ts'
import type { Call } from './query.ts'
import { Call as OneCall } from './query.ts'
import { badRequest, missing, RestError } from './rest-error.ts'

const mostOrders = 5
const mostCancels = 10

/** Several orders in one call: each is answered by itself, and one that fails does not keep the others. */
export class FuturesBatchHandlers {
  private readonly orders: FuturesOrderHandlers

  constructor(orders: FuturesOrderHandlers) {
    this.orders = orders
  }

  place(call: Call, desk: FuturesDesk): string {
    return each(readBatch(call), one => this.orders.place(one, desk))
  }

  amend(call: Call, desk: FuturesDesk): string {
    return each(readBatch(call), one => this.orders.amend(one, desk))
  }

  cancel(call: Call, desk: FuturesDesk): string {
    const { symbol } = call.view().instrument
    const [ids, clientIds] = [readList(call, 'orderIdList'), readList(call, 'origClientOrderIdList')]
    if (ids !== undefined && clientIds !== undefined) {
      throw badRequest(-1128, 'Combination of optional parameters invalid.')
    }
    const name = ids === undefined ? 'origClientOrderId' : 'orderId'
    const list = ids ?? clientIds
    if (list === undefined) throw missing('orderIdList')
    if (list.length === 0 || list.length > mostCancels)
      throw badRequest(-4083, 'Invalid number of batch cancel order requests.')
    const calls = list.map(id =>
      oneOf(call, [
        ['symbol', symbol],
        [name, id],
      ]),
    )
    return each(calls, one => this.orders.cancel(one, desk))
  }
}

function each(calls: readonly Call[], run: (call: Call) => string): string {
  const texts = calls.map(call => {
    try {
      return run(call)
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      return error.body
    }
  })
  return `[${texts.join(',')}]`
}

function readBatch(call: Call): readonly Call[] {
  const rows = parseJson(call.required('batchOrders'))
  if (!Array.isArray(rows)) throw badRequest(-1130, "Data sent for parameter 'batchOrders' is not valid.")
  if (rows.length === 0 || rows.length > mostOrders) {
    throw badRequest(-4082, 'Invalid number of batch place order requests.')
  }
  return rows.map((row: unknown) => {
    if (!isJsonObject(row)) throw badRequest(-1130, "Data sent for parameter 'batchOrders' is not valid.")
    return oneOf(
      call,
      Object.entries(row).map(([name, value]) => [name, textOf(value)]),
    )
  })
}

function oneOf(call: Call, values: readonly (readonly [string, string])[]): Call {
  return new OneCall(call.source, call.rules, new Map(values), {}, call.isMicro)
}

/** A JSON list, or the same without its brackets. */
function readList(call: Call, name: string): readonly string[] | undefined {
  const text = call.text(name)
  if (text === undefined) return undefined
  const rows = parseJson(text.startsWith('[') ? text : `[${text}]`)
  if (!Array.isArray(rows)) throw badRequest(-1130, `Data sent for parameter '${name}' is not valid.`)
  return rows.map(textOf)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}
