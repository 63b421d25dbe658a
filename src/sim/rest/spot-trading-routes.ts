import type { Caller } from '../trading/key-ring.ts'
import type { OrderCount, OrderRates } from '../trading/order-rates.ts'
import { noOrder, oneOrder } from '../trading/order-rates.ts'
import type { SpotExchange } from '../trading/spot/spot-exchange.ts'
import {
  legParameters,
  readOldPair,
  readPair,
  readTrigger,
  readTriggeredPair,
} from '../trading/spot/spot-list-request.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import { addMarginRoutes } from './margin-routes.ts'
import type { Call } from './query.ts'
import { SpotHandlers } from './spot-handlers.ts'
import { SpotListHandlers } from './spot-list-handlers.ts'
import { SpotReplaceHandlers } from './spot-replace-handlers.ts'
import { unknownKey } from './trading-gate.ts'
import type { TradingRoute, TradingRoutes } from './trading-route.ts'
import { RouteTable } from './trading-route.ts'

type Handler = (call: Call, trader: SpotTrader) => object
type Add = (
  what: string,
  weight: TradingRoute['weight'],
  parameters: string,
  handler: Handler,
  orders?: OrderCount,
  countsItself?: boolean,
) => void

const spotOrderParameters =
  'symbol side type timeInForce quantity quoteOrderQty price newClientOrderId newOrderRespType selfTradePreventionMode ' +
  'stopPrice trailingDelta icebergQty strategyId strategyType'
const selector = 'symbol orderId origClientOrderId'
const listParameters = 'symbol listClientOrderId newOrderRespType selfTradePreventionMode'
const pages = 'startTime endTime limit'

/** The account calls of spot. Weights: the venue's documents, 2026-10. */
export function spotTradingRoutes(exchange: SpotExchange, rates: OrderRates): TradingRoutes {
  const table = new RouteTable('/api/v3')
  const { floor } = exchange
  const orders = new SpotHandlers(floor)
  const add: Add = (what, weight, parameters, handler, count = noOrder, countsItself = false) => {
    const answer = (call: Call, caller: Caller): string => {
      const trader = exchange.traders.get(caller.account)
      if (trader === undefined) throw unknownKey()
      return JSON.stringify(handler(call, trader))
    }
    table.add(what, what.startsWith('GET') ? 'read' : 'trade', weight, parameters, answer, count, countsItself)
  }
  addOrders(add, orders, new SpotReplaceHandlers(floor, orders, rates))
  addLists(add, new SpotListHandlers(floor))
  addQueries(add, orders)
  addMarginRoutes(table, exchange, orders, spotOrderParameters)
  table.add('GET rateLimit/order', 'read', 40, '', (_call, caller) =>
    JSON.stringify(rates.rows(caller.account, floor.nowMs())),
  )
  return table.routes
}

function addOrders(add: Add, orders: SpotHandlers, replacing: SpotReplaceHandlers): void {
  add('POST order', 0, spotOrderParameters, (call, trader) => orders.place(call, trader), oneOrder)
  const testWeight = (call: Call): number => (call.text('computeCommissionRates') === 'true' ? 20 : 1)
  add('POST order/test', testWeight, `${spotOrderParameters} computeCommissionRates`, (call, trader) =>
    orders.test(call, trader),
  )
  add('DELETE order', 0, `${selector} newClientOrderId cancelRestrictions`, (call, trader) =>
    orders.cancel(call, trader),
  )
  add('DELETE openOrders', 0, 'symbol', (call, trader) => orders.cancelAll(call, trader))
  const cancelParameters =
    'cancelReplaceMode cancelOrderId cancelOrigClientOrderId cancelNewClientOrderId cancelRestrictions orderRateLimitExceededMode'
  add(
    'POST order/cancelReplace',
    0,
    `${spotOrderParameters} ${cancelParameters}`,
    (call, trader) => replacing.replace(call, trader),
    oneOrder,
    true,
  )
  add('PUT order/amend/keepPriority', 4, `${selector} newClientOrderId newQty`, (call, trader) =>
    replacing.amend(call, trader),
  )
}

function addLists(add: Add, lists: SpotListHandlers): void {
  const old =
    'side quantity limitClientOrderId price limitIcebergQty limitStrategyId limitStrategyType stopClientOrderId stopPrice ' +
    'stopLimitPrice stopLimitTimeInForce stopIcebergQty stopStrategyId stopStrategyType trailingDelta'
  const working = `${legParameters('working')} workingSide workingQuantity`
  const pending = 'pendingSide pendingQuantity'
  const two: OrderCount = [2, 2]
  const kinds = [
    ['order/oco', readOldPair, old, two],
    ['orderList/oco', readPair, `side quantity ${legParameters('above')} ${legParameters('below')}`, two],
    ['orderList/oto', readTrigger, `${working} ${pending} ${legParameters('pending')}`, two],
    [
      'orderList/otoco',
      readTriggeredPair,
      `${working} ${pending} ${legParameters('pendingAbove')} ${legParameters('pendingBelow')}`,
      [3, 3],
    ],
  ] as const
  for (const [path, read, parameters, count] of kinds) {
    const place: Handler = (call, trader) => lists.place(call, trader, read)
    add(`POST ${path}`, 0, `${listParameters} ${parameters}`, place, count)
  }
  add('DELETE orderList', 0, 'symbol orderListId listClientOrderId newClientOrderId', (call, trader) =>
    lists.cancel(call, trader),
  )
  add('GET orderList', 4, 'orderListId origClientOrderId', (call, trader) => lists.query(call, trader))
  add('GET allOrderList', 20, `fromId ${pages}`, (call, trader) => lists.all(call, trader))
  add('GET openOrderList', 6, '', (call, trader) => lists.open(call, trader))
}

function addQueries(add: Add, orders: SpotHandlers): void {
  const perSymbol = (one: number, all: number) => (call: Call) => (call.text('symbol') === undefined ? all : one)
  const perOrder = (call: Call): number => (call.text('orderId') === undefined ? 20 : 5)
  add('GET order', 4, selector, (call, trader) => orders.query(call, trader))
  add('GET openOrders', perSymbol(6, 80), 'symbol', (call, trader) => orders.open(call, trader))
  add('GET allOrders', 20, `symbol orderId ${pages}`, (call, trader) => orders.all(call, trader))
  add('GET myTrades', perOrder, `symbol orderId fromId ${pages}`, (call, trader) => orders.fills(call, trader))
  add('GET order/amendments', 4, 'symbol orderId fromExecutionId limit', (call, trader) =>
    orders.amendments(call, trader),
  )
  const preventedWeight = (call: Call): number => (call.text('orderId') === undefined ? 2 : 20)
  add(
    'GET myPreventedMatches',
    preventedWeight,
    'symbol preventedMatchId orderId fromPreventedMatchId limit',
    (call, trader) => orders.preventions(call, trader),
  )
  add('GET account', 20, 'omitZeroBalances', (call, trader) => orders.account(call, trader))
  add('GET account/commission', 20, 'symbol', (call, trader) => orders.commission(call, trader))
}

/** Listen keys of spot and margin, gone since 2026-02-20. */
export const goneSpotPaths: ReadonlySet<string> = new Set([
  '/api/v3/userDataStream',
  '/sapi/v1/userDataStream',
  '/sapi/v1/userDataStream/isolated',
])
