import type { FuturesDesk, FuturesExchange } from '../trading/futures/futures-exchange.ts'
import type { Caller } from '../trading/key-ring.ts'
import type { OrderRates } from '../trading/order-rates.ts'
import { oneOrder } from '../trading/order-rates.ts'
import { FuturesAccountHandlers } from './futures-account-handlers.ts'
import { addMoreRoutes } from './futures-more-routes.ts'
import { FuturesOrderHandlers } from './futures-order-handlers.ts'
import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'
import { unknownKey } from './trading-gate.ts'
import type { TradingRoutes } from './trading-route.ts'
import { RouteTable } from './trading-route.ts'

type Handler = (call: Call, desk: FuturesDesk) => string

const orderParameters =
  'symbol side positionSide type timeInForce quantity reduceOnly price newClientOrderId newOrderRespType priceMatch selfTradePreventionMode goodTillDate workingType priceProtect'
const selector = 'symbol orderId origClientOrderId'

/** The account calls of USD-M or COIN-M. Weights: the venue's documents, 2026-09. */
export function futuresTradingRoutes(exchange: FuturesExchange, rates: OrderRates, prefix: string): TradingRoutes {
  const table = new RouteTable(prefix)
  const orders = new FuturesOrderHandlers(exchange)
  const accounts = new FuturesAccountHandlers(exchange)
  const deskOf = (caller: Caller): FuturesDesk => {
    const desk = exchange.desks.get(caller.account)
    if (desk === undefined) throw unknownKey()
    return desk
  }
  const on = (handler: Handler) => (call: Call, caller: Caller) => handler(call, deskOf(caller))
  addOrders(table, orders, on)
  addOrderQueries(table, orders, on)
  addAlgos(table, orders, on)
  addMoreRoutes(table, exchange, orders, accounts, on, orderParameters)
  addSettings(table, accounts, on, exchange.floor.isInverse)
  addReports(table, accounts, on)
  addBrackets(table, accounts, on, exchange.floor.isInverse)
  addAccounts(
    table,
    accounts,
    on,
    exchange.floor.isInverse ? prefix : prefix.replace('/v1', ''),
    exchange.floor.isInverse,
  )
  addListenKeys(table, on)
  table.add('GET rateLimit/order', 'read', 1, '', (_call, caller) =>
    JSON.stringify(rates.rows(caller.account, exchange.floor.nowMs())),
  )
  return table.routes
}

type On = (handler: Handler) => (call: Call, caller: Caller) => string

function addOrders(table: RouteTable, orders: FuturesOrderHandlers, on: On): void {
  table.add(
    'POST order',
    'trade',
    0,
    orderParameters,
    on((call, desk) => orders.place(call, desk)),
    oneOrder,
  )
  table.add(
    'PUT order',
    'trade',
    1,
    `${selector} side quantity price priceMatch modifyId`,
    on((call, desk) => orders.amend(call, desk)),
    oneOrder,
  )
  table.add(
    'DELETE order',
    'trade',
    1,
    selector,
    on((call, desk) => orders.cancel(call, desk)),
  )
}

function addOrderQueries(table: RouteTable, orders: FuturesOrderHandlers, on: On): void {
  const perSymbol = (one: number, all: number) => (call: Call) => (call.text('symbol') === undefined ? all : one)
  table.add(
    'GET order',
    'read',
    1,
    selector,
    on((call, desk) => orders.query(call, desk)),
  )
  table.add(
    'GET openOrder',
    'read',
    1,
    selector,
    on((call, desk) => orders.queryOpen(call, desk)),
  )
  table.add(
    'GET openOrders',
    'read',
    perSymbol(1, 40),
    'symbol pair',
    on((call, desk) => orders.open(call, desk)),
  )
  table.add(
    'DELETE allOpenOrders',
    'trade',
    1,
    'symbol',
    on((call, desk) => orders.cancelAll(call, desk)),
  )
  table.add(
    'GET allOrders',
    'read',
    5,
    'symbol orderId startTime endTime limit',
    on((call, desk) => orders.all(call, desk)),
  )
  table.add(
    'GET userTrades',
    'read',
    5,
    'symbol pair orderId startTime endTime fromId limit',
    on((call, desk) => orders.fills(call, desk)),
  )
  table.add(
    'GET forceOrders',
    'read',
    perSymbol(20, 50),
    'symbol autoCloseType startTime endTime limit',
    on((call, desk) => orders.forced(call, desk)),
  )
}

function addAlgos(table: RouteTable, orders: FuturesOrderHandlers, on: On): void {
  const perSymbol = (one: number, all: number) => (call: Call) => (call.text('symbol') === undefined ? all : one)
  table.add(
    'POST algoOrder',
    'trade',
    0,
    'algoType symbol side type',
    on((call, desk) => orders.placeAlgo(call, desk)),
    oneOrder,
  )
  table.add(
    'DELETE algoOrder',
    'trade',
    1,
    'algoId clientAlgoId',
    on((call, desk) => orders.cancelAlgo(call, desk)),
  )
  table.add(
    'GET algoOrder',
    'read',
    1,
    'algoId clientAlgoId',
    on((call, desk) => orders.queryAlgo(call, desk)),
  )
  table.add(
    'GET openAlgoOrders',
    'read',
    perSymbol(1, 40),
    'symbol algoType algoId',
    on((call, desk) => orders.openAlgos(call, desk)),
  )
  table.add(
    'GET allAlgoOrders',
    'read',
    5,
    'symbol startTime endTime limit',
    on((call, desk) => orders.allAlgos(call, desk)),
  )
  table.add(
    'DELETE algoOpenOrders',
    'trade',
    1,
    'symbol',
    on((call, desk) => orders.cancelAllAlgos(call, desk)),
  )
}

function addAccounts(
  table: RouteTable,
  accounts: FuturesAccountHandlers,
  on: On,
  versioned: string,
  isInverse: boolean,
): void {
  // USD-M has newer versions of these three beside the old; COIN-M only its first.
  const paths = (name: string): readonly string[] =>
    isInverse ? [`${versioned}/${name}`] : [`${versioned}/v2/${name}`, `${versioned}/v3/${name}`]
  for (const path of paths('account'))
    table.add(
      `GET ${path}`,
      'read',
      5,
      '',
      on((_call, desk) => accounts.account(desk)),
    )
  for (const path of paths('balance'))
    table.add(
      `GET ${path}`,
      'read',
      isInverse ? 1 : 5,
      '',
      on((_call, desk) => accounts.balance(desk)),
    )
  for (const path of paths('positionRisk')) {
    table.add(
      `GET ${path}`,
      'read',
      isInverse ? 1 : 5,
      'symbol marginAsset pair',
      on((call, desk) => accounts.positions(call, desk)),
    )
  }
}

function addSettings(table: RouteTable, accounts: FuturesAccountHandlers, on: On, isInverse: boolean): void {
  table.add(
    'POST leverage',
    'trade',
    1,
    'symbol leverage',
    on((call, desk) => accounts.leverage(call, desk)),
  )
  table.add(
    'POST marginType',
    'trade',
    1,
    'symbol marginType',
    on((call, desk) => accounts.marginType(call, desk)),
  )
  table.add(
    'POST positionMargin',
    'trade',
    1,
    'symbol amount type',
    on((call, desk) => accounts.positionMargin(call, desk)),
  )
  table.add(
    'POST positionSide/dual',
    'trade',
    1,
    'dualSidePosition',
    on((call, desk) => accounts.setDual(call, desk)),
  )
  table.add(
    'GET positionSide/dual',
    'read',
    30,
    '',
    on((_call, desk) => accounts.dual(desk)),
  )
  if (isInverse) return
  table.add(
    'POST multiAssetsMargin',
    'trade',
    1,
    'multiAssetsMargin',
    on((call, desk) => accounts.setMultiAssets(call, desk)),
  )
  table.add(
    'GET multiAssetsMargin',
    'read',
    30,
    '',
    on((_call, desk) => accounts.multiAssets(desk)),
  )
  table.add(
    'GET symbolConfig',
    'read',
    5,
    'symbol',
    on((call, desk) => accounts.symbolConfig(call, desk)),
  )
  table.add(
    'GET accountConfig',
    'read',
    5,
    '',
    on((_call, desk) => accounts.accountConfig(desk)),
  )
}

function addReports(table: RouteTable, accounts: FuturesAccountHandlers, on: On): void {
  table.add(
    'GET income',
    'read',
    30,
    'symbol incomeType startTime endTime limit',
    on((call, desk) => accounts.income(call, desk)),
  )
  table.add(
    'GET commissionRate',
    'read',
    20,
    'symbol',
    on((call, desk) => accounts.commissionRate(call, desk)),
  )
}

/** COIN-M tells brackets by pair in its first version and by symbol in its second, USD-M by symbol only. */
function addBrackets(table: RouteTable, accounts: FuturesAccountHandlers, on: On, isInverse: boolean): void {
  const bySymbol = on(call => accounts.leverageBracket(call))
  if (!isInverse) {
    table.add('GET leverageBracket', 'read', 1, 'symbol', bySymbol)
    return
  }
  table.add('GET /dapi/v2/leverageBracket', 'read', 1, 'symbol', bySymbol)
  table.add(
    'GET leverageBracket',
    'read',
    1,
    'pair',
    on(call => accounts.pairBracket(call)),
  )
}

/** The key of the user stream: an API key is enough, no signature. */
function addListenKeys(table: RouteTable, on: On): void {
  table.add(
    'POST listenKey',
    'key',
    1,
    '',
    on((_call, desk) => JSON.stringify({ listenKey: desk.listenKey.open() })),
  )
  table.add(
    'PUT listenKey',
    'key',
    1,
    '',
    on((_call, desk) => {
      const listenKey = desk.listenKey.renew()
      if (listenKey === undefined) throw badRequest(-1125, 'This listenKey does not exist.')
      return JSON.stringify({ listenKey })
    }),
  )
  table.add(
    'DELETE listenKey',
    'key',
    1,
    '',
    on((_call, desk) => {
      desk.listenKey.close()
      return '{}'
    }),
  )
}
