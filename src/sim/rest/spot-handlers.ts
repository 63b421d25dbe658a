import type { SimInstrument } from '../instrument.ts'
import { amountText } from '../trading/amount.ts'
import { isOpen } from '../trading/order.ts'
import { readClientId, readFlag } from '../trading/params.ts'
import type { SpotFloor } from '../trading/spot/spot-floor.ts'
import type { SpotOrder } from '../trading/spot/spot-order.ts'
import type { SpotRequest } from '../trading/spot/spot-request.ts'
import { readSpotRequest } from '../trading/spot/spot-request.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import { commissionRates, commissionRow } from './commission-rows.ts'
import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'
import { checkRestrictions, findOrder, readForm, timeOf } from './spot-call.ts'
import type { AnswerForm } from './spot-rows.ts'
import {
  amendmentRows,
  cancelRow,
  listReport,
  newOrderRow,
  openOrderRow,
  preventionRow,
  spotFillRow,
} from './spot-rows.ts'
import { timePage } from './time-page.ts'

const dayMs = 86_400_000

/** Order entry and account queries of spot. Answers are to be written as JSON. */
export class SpotHandlers {
  private readonly floor: SpotFloor

  constructor(floor: SpotFloor) {
    this.floor = floor
  }

  place(call: Call, trader: SpotTrader): object {
    const request = readSpotRequest(call, this.floor)
    return this.placed(call, trader, request, readForm(call, request))
  }

  /** Places an order whose parameters have been read. */
  placed(call: Call, trader: SpotTrader, request: SpotRequest, form: AnswerForm): object {
    const order = trader.place(request)
    const fills = form === 'FULL' ? trader.account.fills.filter(({ orderId }) => orderId === order.id) : []
    return newOrderRow(this.instrument(order.symbol), order, form, fills, timeOf(call))
  }

  test(call: Call, trader: SpotTrader): object {
    const request = readSpotRequest(call, this.floor)
    readForm(call, request)
    trader.check(request)
    return readFlag(call, 'computeCommissionRates') ? commissionRates(trader.account, 'ForOrder') : {}
  }

  cancel(call: Call, trader: SpotTrader): object {
    const order = findOrder(call, trader)
    if (order === undefined || !isOpen(order)) throw badRequest(-2011, 'Unknown order sent.')
    checkRestrictions(call, order)
    const { list } = order
    const wasListed = list?.status === 'EXECUTING'
    trader.cancel(order, readClientId(call, 'newClientOrderId', false))
    if (list !== undefined && wasListed) return listReport(symbol => this.instrument(symbol), list, timeOf(call))
    return cancelRow(this.instrument(order.symbol), order, timeOf(call))
  }

  /** Lists are answered as lists, single orders as they are. */
  cancelAll(call: Call, trader: SpotTrader): object {
    const { symbol } = call.view().instrument
    const orders = trader.account.orders.open(symbol)
    if (orders.length === 0) throw badRequest(-2011, 'Unknown order sent.')
    const lists = new Set(orders.flatMap(({ list }) => (list?.status === 'EXECUTING' ? [list] : [])))
    for (const order of orders) if (isOpen(order)) trader.cancel(order)
    const single = orders.filter(({ list }) => list === undefined || !lists.has(list))
    return [
      ...single.map(order => cancelRow(this.instrument(symbol), order, timeOf(call))),
      ...[...lists].map(list => listReport(symbol => this.instrument(symbol), list, timeOf(call))),
    ]
  }

  query(call: Call, trader: SpotTrader): object {
    const order = findOrder(call, trader)
    if (order === undefined) throw badRequest(-2013, 'Order does not exist.')
    if (this.isArchived(order)) {
      throw badRequest(
        -2026,
        'Order was canceled or expired with no executed qty over 90 days ago and has been archived.',
      )
    }
    return openOrderRow(this.instrument(order.symbol), order, timeOf(call))
  }

  open(call: Call, trader: SpotTrader): object {
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    const orders = trader.account.orders.open(symbol)
    return orders.map(order => openOrderRow(this.instrument(order.symbol), order, timeOf(call)))
  }

  all(call: Call, trader: SpotTrader): object {
    const { instrument } = call.view()
    const fromId = call.integer('orderId')
    const rows = [...trader.account.orders.all]
      .filter(order => order.symbol === instrument.symbol && (fromId === undefined || order.id >= fromId))
      .filter(order => !this.isArchived(order))
      .map(order => ({ order, timeMs: order.createdMs }))
    const keeps = fromId === undefined ? 'newest' : 'oldest'
    const page = timePage(call, rows, { standard: 500, most: 1000, spanMs: dayMs, keeps })
    return page.map(({ order }) => openOrderRow(instrument, order, timeOf(call)))
  }

  fills(call: Call, trader: SpotTrader): object {
    const { instrument } = call.view()
    const [fromId, orderId] = [call.integer('fromId'), call.integer('orderId')]
    if (fromId !== undefined && (call.text('startTime') !== undefined || call.text('endTime') !== undefined)) {
      throw badRequest(-1128, 'Combination of optional parameters invalid.')
    }
    const rows = trader.account.fills.filter(
      fill =>
        fill.symbol === instrument.symbol &&
        (fromId === undefined || fill.id >= fromId) &&
        (orderId === undefined || fill.orderId === orderId),
    )
    const keeps = fromId === undefined ? 'newest' : 'oldest'
    const page = timePage(call, rows, { standard: 500, most: 1000, spanMs: dayMs, keeps })
    return page.map(fill => spotFillRow(instrument, fill, timeOf(call)))
  }

  amendments(call: Call, trader: SpotTrader): object {
    const { instrument } = call.view()
    const id = call.integer('orderId')
    if (id === undefined) call.required('orderId')
    const order = trader.account.orders.find(instrument.symbol, id, undefined)
    if (order === undefined) throw badRequest(-2013, 'Order does not exist.')
    const fromId = call.integer('fromExecutionId') ?? 0
    const kept = order.amendments.filter(({ executionId }) => executionId >= fromId)
    const page = kept.slice(0, call.limit(500, 1000))
    return amendmentRows(instrument, { ...order, amendments: page }, timeOf(call))
  }

  preventions(call: Call, trader: SpotTrader): object {
    const { instrument } = call.view()
    const [id, orderId] = [call.integer('preventedMatchId'), call.integer('orderId')]
    if (id === undefined && orderId === undefined) {
      throw badRequest(-1128, 'Combination of optional parameters invalid.')
    }
    const fromId = call.integer('fromPreventedMatchId') ?? 0
    const rows = trader.account.preventions.filter(
      row =>
        row.symbol === instrument.symbol &&
        row.id >= fromId &&
        (id === undefined || row.id === id) &&
        (orderId === undefined || row.takerOrderId === orderId || row.makerOrderId === orderId),
    )
    return rows.slice(0, call.limit(500, 1000)).map(row => preventionRow(instrument, row, timeOf(call)))
  }

  account(call: Call, { account }: SpotTrader): object {
    const omitsZero = readFlag(call, 'omitZeroBalances')
    const [maker, taker] = [amountText(account.makerRate), amountText(account.takerRate)]
    const balances = [...account.balances.values()]
      .filter(({ free, locked }) => !omitsZero || free + locked > 0n)
      .map(({ asset, free, locked }) => ({ asset, free: amountText(free), locked: amountText(locked) }))
    return {
      makerCommission: Number(account.makerRate / 10_000n),
      takerCommission: Number(account.takerRate / 10_000n),
      buyerCommission: 0,
      sellerCommission: 0,
      commissionRates: { maker, taker, buyer: '0.00000000', seller: '0.00000000' },
      canTrade: true,
      canWithdraw: true,
      canDeposit: true,
      brokered: false,
      requireSelfTradePrevention: false,
      preventSor: false,
      updateTime: call.time(account.updatedMs * 1000),
      accountType: 'SPOT',
      balances,
      permissions: ['SPOT'],
      uid: 354_937_868 + account.owner,
    }
  }

  commission(call: Call, { account }: SpotTrader): object {
    return commissionRow(account, call.view().instrument.symbol)
  }

  private instrument(symbol: string): SimInstrument {
    return this.floor.instrument(symbol)
  }

  private isArchived(order: SpotOrder): boolean {
    return !isOpen(order) && order.executed === 0 && this.floor.nowMs() - order.updatedMs > 90 * dayMs
  }
}
