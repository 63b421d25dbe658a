import { readClientId } from '../trading/params.ts'
import type { SpotFloor } from '../trading/spot/spot-floor.ts'
import type { ListPlan } from '../trading/spot/spot-list-request.ts'
import type { SpotOrderList } from '../trading/spot/spot-order-list.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import { token } from '../trading/tokens.ts'
import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'
import { readForm, timeOf } from './spot-call.ts'
import { listReport, listRow, newOrderRow } from './spot-rows.ts'
import { timePage } from './time-page.ts'

const dayMs = 86_400_000

/** Order lists of spot. Answers are to be written as JSON. */
export class SpotListHandlers {
  private readonly floor: SpotFloor

  constructor(floor: SpotFloor) {
    this.floor = floor
  }

  /** `read` makes of the call what kind of list it asks for. */
  place(call: Call, trader: SpotTrader, read: (call: Call, floor: SpotFloor) => ListPlan): object {
    const plan = read(call, this.floor)
    const form = readForm(call, { type: 'LIMIT' })
    const list = trader.lists.place(plan)
    const orderReports = list.orders.map(order => {
      const fills = form === 'FULL' ? trader.account.fills.filter(({ orderId }) => orderId === order.id) : []
      const answer = form === 'FULL' && fills.length === 0 ? 'RESULT' : form
      return newOrderRow(this.floor.instrument(order.symbol), order, answer, fills, timeOf(call))
    })
    return { ...listRow(list, timeOf(call)), orderReports }
  }

  cancel(call: Call, trader: SpotTrader): object {
    const { symbol } = call.view().instrument
    const list = this.find(call, trader, 'listClientOrderId')
    if (list === undefined || list.symbol !== symbol || list.status !== 'EXECUTING') {
      throw badRequest(-2011, 'Unknown order list sent.')
    }
    const cancelId = readClientId(call, 'newClientOrderId', false) ?? token(this.floor.chance, 22)
    trader.lists.cancel(list, cancelId)
    this.floor.commit(symbol)
    this.floor.settle()
    return listReport(name => this.floor.instrument(name), list, timeOf(call))
  }

  query(call: Call, trader: SpotTrader): object {
    const list = this.find(call, trader, 'origClientOrderId')
    if (list === undefined) throw badRequest(-2018, 'Order list does not exist.')
    return listRow(list, timeOf(call))
  }

  open(call: Call, trader: SpotTrader): object {
    return trader.account.openLists().map(list => listRow(list, timeOf(call)))
  }

  all(call: Call, trader: SpotTrader): object {
    const fromId = call.integer('fromId')
    if (fromId !== undefined && (call.text('startTime') !== undefined || call.text('endTime') !== undefined)) {
      throw badRequest(-1128, 'Combination of optional parameters invalid.')
    }
    const rows = [...trader.account.lists.values()]
      .filter(({ id }) => fromId === undefined || id >= fromId)
      .map(list => ({ list, timeMs: list.createdMs }))
    const keeps = fromId === undefined ? 'newest' : 'oldest'
    const page = timePage(call, rows, { standard: 500, most: 1000, spanMs: dayMs, keeps })
    return page.map(({ list }) => listRow(list, timeOf(call)))
  }

  private find(call: Call, trader: SpotTrader, clientName: string): SpotOrderList | undefined {
    const [id, clientId] = [call.integer('orderListId'), call.text(clientName)]
    if (id === undefined && clientId === undefined) {
      throw badRequest(-1102, `Param '${clientName}' or 'orderListId' must be sent, but both were empty/null!`)
    }
    return trader.lists.find(id, clientId)
  }
}
