import type { AlgoOrder } from '../trading/futures/algo-order.ts'
import type { FuturesDesk, FuturesExchange } from '../trading/futures/futures-exchange.ts'
import type { FuturesOrder } from '../trading/futures/futures-order.ts'
import { readAmendedPrice, readFuturesRequest } from '../trading/futures/futures-request.ts'
import { isOpen } from '../trading/order.ts'
import { readUnits } from '../trading/units.ts'
import { algoRow, amendmentRow, fillRow, orderRow } from './futures-rows.ts'
import type { Call } from './query.ts'
import { badRequest, missing } from './rest-error.ts'
import { timePage } from './time-page.ts'

const dayMs = 86_400_000
/** Closed orders without a fill are forgotten after three days, all after ninety. */
const unfilledKeptMs = 3 * dayMs
const orderPages = { standard: 500, most: 1000, spanMs: 7 * dayMs, keeps: 'newest' } as const

/** Order entry and order queries of a futures venue. */
export class FuturesOrderHandlers {
  private readonly exchange: FuturesExchange

  constructor(exchange: FuturesExchange) {
    this.exchange = exchange
  }

  place(call: Call, desk: FuturesDesk): string {
    const answerType = readAnswerType(call)
    const { order, accepted } = desk.trader.place(readFuturesRequest(call, this.exchange.floor))
    return this.text(answerType === 'ACK' ? accepted : order, true)
  }

  amend(call: Call, desk: FuturesDesk): string {
    const order = this.openOrder(call, desk)
    const instrument = this.exchange.floor.instrument(order.symbol)
    if (order.type !== 'LIMIT') throw badRequest(-4145, 'Only limit order is supported.')
    if (call.required('side') !== order.side) throw badRequest(-1117, 'Invalid side.')
    const quantity = readUnits('quantity', call.required('quantity'), instrument.quantityDecimals)
    const { price, priceMatch } = readAmendedPrice(call, this.exchange.floor, instrument, order.side)
    desk.trader.amend(order, price, quantity, call.text('modifyId'))
    order.priceMatch = priceMatch
    return this.text(order, true)
  }

  test(call: Call, desk: FuturesDesk): string {
    readAnswerType(call)
    return this.text(desk.trader.test(readFuturesRequest(call, this.exchange.floor)), true)
  }

  /** What has been changed of an order, or of all of a symbol. */
  amendments(call: Call, desk: FuturesDesk): string {
    const { instrument } = call.view()
    const [orderId, clientId] = [call.integer('orderId'), call.text('origClientOrderId')]
    const rows = desk.account.amendments.filter(
      row =>
        row.symbol === instrument.symbol &&
        (orderId === undefined || row.orderId === orderId) &&
        (clientId === undefined || row.clientOrderId === clientId),
    )
    const page = timePage(call, rows, { standard: 50, most: 100, spanMs: 90 * dayMs, keeps: 'newest' })
    return JSON.stringify(page.map(row => amendmentRow(instrument, row)))
  }

  cancel(call: Call, desk: FuturesDesk): string {
    const order = this.find(call, desk)
    if (order === undefined || !isOpen(order)) throw badRequest(-2011, 'Unknown order sent.')
    desk.trader.cancel(order)
    return this.text(order, true)
  }

  cancelAll(call: Call, desk: FuturesDesk): string {
    const { symbol } = call.view().instrument
    for (const order of desk.account.orders.open(symbol)) desk.trader.cancel(order)
    return '{"code":200,"msg":"The operation of cancel all open order is done."}'
  }

  query(call: Call, desk: FuturesDesk): string {
    const order = this.find(call, desk)
    if (order === undefined || this.isForgotten(order)) throw badRequest(-2013, 'Order does not exist.')
    return this.text(order, false)
  }

  queryOpen(call: Call, desk: FuturesDesk): string {
    return this.text(this.openOrder(call, desk), false)
  }

  open(call: Call, desk: FuturesDesk): string {
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    const pair = call.text('pair')
    const orders = desk.account.orders
      .open(symbol)
      .filter(order => pair === undefined || this.pairOf(order.symbol) === pair)
    return JSON.stringify(orders.map(order => this.row(order, false)))
  }

  /** `symbol` is optional on USD-M since 2026-08-25. */
  all(call: Call, desk: FuturesDesk): string {
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    const fromId = call.integer('orderId')
    const rows = [...desk.account.orders.all]
      .filter(order => (symbol === undefined || order.symbol === symbol) && !this.isForgotten(order))
      .filter(order => fromId === undefined || order.id >= fromId)
      .map(order => ({ order, timeMs: order.createdMs }))
    const page = timePage(call, rows, { ...orderPages, keeps: fromId === undefined ? 'newest' : 'oldest' })
    return JSON.stringify(page.map(({ order }) => this.row(order, false)))
  }

  fills(call: Call, desk: FuturesDesk): string {
    const pair = call.text('pair')
    const { isInverse } = this.exchange.floor
    const symbol = isInverse && pair !== undefined ? undefined : call.view().instrument.symbol
    const fromId = call.integer('fromId')
    const orderId = call.integer('orderId')
    if (fromId !== undefined && (call.text('startTime') !== undefined || call.text('endTime') !== undefined)) {
      throw badRequest(-1128, 'Combination of optional parameters invalid.')
    }
    const rows = desk.account.fills
      .filter(fill => (symbol === undefined ? this.pairOf(fill.symbol) === pair : fill.symbol === symbol))
      .filter(
        fill => (fromId === undefined || fill.id >= fromId) && (orderId === undefined || fill.orderId === orderId),
      )
    const standard = isInverse ? 50 : 500
    const keeps = fromId === undefined ? 'newest' : 'oldest'
    const page = timePage(call, rows, { standard, most: 1000, spanMs: 7 * dayMs, keeps })
    return JSON.stringify(page.map(fill => fillRow(this.exchange.floor.instrument(fill.symbol), fill)))
  }

  /** Orders of the venue's own that closed the account's positions. */
  forced(call: Call, desk: FuturesDesk): string {
    const symbol = call.text('symbol')
    const type = call.text('autoCloseType')
    if (type !== undefined && type !== 'LIQUIDATION' && type !== 'ADL') {
      throw badRequest(-1130, "Data sent for parameter 'autoCloseType' is not valid.")
    }
    const isAsked = (order: FuturesOrder): boolean =>
      type === undefined || (type === 'ADL') === order.clientOrderId.startsWith('adl_autoclose')
    const rows = [...desk.account.orders.all]
      .filter(order => order.isLiquidation && (symbol === undefined || order.symbol === symbol) && isAsked(order))
      .map(order => ({ order, timeMs: order.createdMs }))
    const page = timePage(call, rows, { standard: 50, most: 100, spanMs: 90 * dayMs, keeps: 'newest' })
    return JSON.stringify(page.map(({ order }) => this.row(order, false)))
  }

  placeAlgo(call: Call, desk: FuturesDesk): string {
    const algo = desk.algos.place(call)
    return JSON.stringify(algoRow(this.exchange.floor.instrument(algo.symbol), algo, undefined, true))
  }

  cancelAlgo(call: Call, desk: FuturesDesk): string {
    const algo = this.findAlgo(call, desk)
    if (algo === undefined || algo.status !== 'NEW') throw badRequest(-2011, 'Unknown order sent.')
    desk.algos.cancel(algo)
    return JSON.stringify({ algoId: algo.id, clientAlgoId: algo.clientId, code: '200', msg: 'success' })
  }

  cancelAllAlgos(call: Call, desk: FuturesDesk): string {
    for (const algo of desk.algos.open(call.view().instrument.symbol)) desk.algos.cancel(algo)
    return '{"code":200,"msg":"The operation of cancel all open order is done."}'
  }

  queryAlgo(call: Call, desk: FuturesDesk): string {
    const algo = this.findAlgo(call, desk)
    if (algo === undefined) throw badRequest(-2013, 'Order does not exist.')
    return JSON.stringify(this.algoRow(algo, desk))
  }

  openAlgos(call: Call, desk: FuturesDesk): string {
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    return JSON.stringify(desk.algos.open(symbol).map(algo => this.algoRow(algo, desk)))
  }

  allAlgos(call: Call, desk: FuturesDesk): string {
    const { symbol } = call.view().instrument
    const rows = [...desk.account.algos.values()]
      .filter(algo => algo.symbol === symbol)
      .map(algo => ({ algo, timeMs: algo.createdMs }))
    return JSON.stringify(timePage(call, rows, orderPages).map(({ algo }) => this.algoRow(algo, desk)))
  }

  private findAlgo(call: Call, desk: FuturesDesk): AlgoOrder | undefined {
    const [id, clientId] = [call.integer('algoId'), call.text('clientAlgoId')]
    if (id === undefined && clientId === undefined) throw missing('algoId')
    return desk.algos.find(id, clientId)
  }

  private algoRow(algo: AlgoOrder, desk: FuturesDesk): object {
    const actual = desk.account.orders.find(algo.symbol, algo.actualOrderId, algo.clientId)
    return algoRow(this.exchange.floor.instrument(algo.symbol), algo, actual, false)
  }

  /** @throws RestError -2013 when it is not open */
  private openOrder(call: Call, desk: FuturesDesk): FuturesOrder {
    const order = this.find(call, desk)
    if (order === undefined || !isOpen(order)) throw badRequest(-2013, 'Order does not exist.')
    return order
  }

  /** @throws RestError -1102 when the call names none */
  private find(call: Call, desk: FuturesDesk): FuturesOrder | undefined {
    const { symbol } = call.view().instrument
    const [id, clientId] = [call.integer('orderId'), call.text('origClientOrderId')]
    if (id === undefined && clientId === undefined) {
      throw badRequest(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    }
    return desk.account.orders.find(symbol, id, clientId)
  }

  private isForgotten(order: FuturesOrder): boolean {
    const ageMs = this.exchange.floor.nowMs() - order.createdMs
    return !isOpen(order) && (ageMs > 90 * dayMs || (order.executed === 0 && ageMs > unfilledKeptMs))
  }

  private pairOf(symbol: string): string {
    return this.exchange.floor.instrument(symbol).pair
  }

  private row(order: FuturesOrder, isNew: boolean): object {
    return orderRow(this.exchange.floor.instrument(order.symbol), order, isNew)
  }

  private text(order: FuturesOrder, isNew: boolean): string {
    return JSON.stringify(this.row(order, isNew))
  }
}

/** @throws RestError -1130 */
function readAnswerType(call: Call): 'ACK' | 'RESULT' {
  const answerType = call.text('newOrderRespType') ?? 'ACK'
  if (answerType === 'ACK' || answerType === 'RESULT') return answerType
  throw badRequest(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
}
