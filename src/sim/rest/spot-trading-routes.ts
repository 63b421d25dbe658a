import type { Caller } from '../trading/key-ring.ts'
import type { OrderRates } from '../trading/order-rates.ts'
import type { SpotExchange } from '../trading/spot/spot-exchange.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import type { Call } from './query.ts'
import { SpotHandlers } from './spot-handlers.ts'
import { unknownKey } from './trading-gate.ts'
import type { TradingRoute, TradingRoutes } from './trading-route.ts'
import { RouteTable } from './trading-route.ts'

const orderParameters =
  'symbol side type timeInForce quantity quoteOrderQty price newClientOrderId newOrderRespType selfTradePreventionMode computeCommissionRates'
const selector = 'symbol orderId origClientOrderId'

/** The account calls of spot. Weights: the venue's documents, 2026-10. */
export function spotTradingRoutes(exchange: SpotExchange, rates: OrderRates): TradingRoutes {
  const table = new RouteTable('/api/v3')
  const handlers = new SpotHandlers(exchange)
  const on =
    (handler: (call: Call, trader: SpotTrader) => string) =>
    (call: Call, caller: Caller): string => {
      const trader = exchange.traders.get(caller.account)
      if (trader === undefined) throw unknownKey()
      return handler(call, trader)
    }
  table.add(
    'POST order',
    'trade',
    0,
    orderParameters,
    on((call, trader) => handlers.place(call, trader)),
    true,
  )
  table.add(
    'POST order/test',
    'trade',
    1,
    orderParameters,
    on((call, trader) => handlers.test(call, trader)),
  )
  table.add(
    'DELETE order',
    'trade',
    0,
    `${selector} newClientOrderId cancelRestrictions`,
    on((call, trader) => handlers.cancel(call, trader)),
  )
  addQueries(table, handlers, on)
  table.add('GET rateLimit/order', 'read', 40, '', (_call, caller) =>
    JSON.stringify(rates.rows(caller.account, exchange.floor.nowMs())),
  )
  return table.routes
}

type On = (handler: (call: Call, trader: SpotTrader) => string) => TradingRoute['answer']

function addQueries(table: RouteTable, handlers: SpotHandlers, on: On): void {
  const perSymbol = (one: number, all: number) => (call: Call) => (call.text('symbol') === undefined ? all : one)
  table.add(
    'GET order',
    'read',
    4,
    selector,
    on((call, trader) => handlers.query(call, trader)),
  )
  table.add(
    'GET openOrders',
    'read',
    perSymbol(6, 80),
    'symbol',
    on((call, trader) => handlers.open(call, trader)),
  )
  table.add(
    'DELETE openOrders',
    'trade',
    1,
    'symbol',
    on((call, trader) => handlers.cancelAll(call, trader)),
  )
  table.add(
    'GET allOrders',
    'read',
    20,
    'symbol orderId startTime endTime limit',
    on((call, trader) => handlers.all(call, trader)),
  )
  table.add(
    'GET myTrades',
    'read',
    call => (call.text('orderId') === undefined ? 20 : 5),
    'symbol orderId startTime endTime fromId limit',
    on((call, trader) => handlers.fills(call, trader)),
  )
  table.add(
    'GET account',
    'read',
    20,
    'omitZeroBalances',
    on((call, trader) => handlers.account(call, trader)),
  )
  table.add(
    'GET account/commission',
    'read',
    20,
    'symbol',
    on((call, trader) => handlers.commission(call, trader)),
  )
  table.add('GET openOrderList', 'read', 6, '', () => '[]')
}

/** Listen keys of spot and margin, gone since 2026-02-20. */
export const goneSpotPaths: ReadonlySet<string> = new Set([
  '/api/v3/userDataStream',
  '/sapi/v1/userDataStream',
  '/sapi/v1/userDataStream/isolated',
])
