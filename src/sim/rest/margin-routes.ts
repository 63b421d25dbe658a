import type { Caller } from '../trading/key-ring.ts'
import type { OrderCount } from '../trading/order-rates.ts'
import { noOrder } from '../trading/order-rates.ts'
import type { MarginDesk } from '../trading/spot/margin-desk.ts'
import type { SpotExchange } from '../trading/spot/spot-exchange.ts'
import { MarginHandlers } from './margin-handlers.ts'
import type { Call } from './query.ts'
import type { SpotHandlers } from './spot-handlers.ts'
import type { RouteTable } from './trading-route.ts'

const selector = 'symbol isIsolated orderId origClientOrderId'
const pages = 'startTime endTime limit'
/** Margin orders count per minute and user on the venue, apart from spot's. */
const uncounted: OrderCount = noOrder

type Answer = (call: Call, caller: Caller) => object
type Add = (what: string, weight: number, parameters: string, answer: Answer) => void
/** Makes of what spot answers what margin does. */
type Rows = (answer: (call: Call, desk: MarginDesk) => object) => Answer

/** The calls of margin accounts. Weights: the venue's documents, 2026-09. */
export function addMarginRoutes(
  table: RouteTable,
  exchange: SpotExchange,
  orders: SpotHandlers,
  orderParameters: string,
): void {
  const margin = new MarginHandlers(exchange, orders)
  const add: Add = (what, weight, parameters, answer) => {
    const [method = '', path = ''] = what.split(' ')
    const text = (call: Call, caller: Caller): string => JSON.stringify(answer(call, caller))
    const security = method === 'GET' ? 'read' : 'trade'
    table.add(`${method} /sapi/v1/${path}`, security, weight, parameters, text, uncounted)
  }
  const rows: Rows = answer => (call, caller) => margin.told(call, caller, answer)
  table.add('POST /sapi/v1/userListenToken', 'key', 1, 'isIsolated symbol validity', (call, caller) =>
    JSON.stringify(margin.token(call, caller)),
  )
  add('POST asset/transfer', 1, 'type asset amount fromSymbol toSymbol', (call, caller) =>
    margin.transfer(call, caller),
  )
  add('POST margin/borrow-repay', 1, 'asset isIsolated symbol amount type', (call, caller) =>
    margin.borrowRepay(call, caller),
  )
  add('POST margin/order', 6, `${orderParameters} isIsolated sideEffectType`, (call, caller) =>
    margin.place(call, caller),
  )
  addQueries(add, orders, rows)
  add('GET margin/account', 10, '', (_call, caller) => margin.account(caller))
}

function addQueries(add: Add, orders: SpotHandlers, rows: Rows): void {
  add(
    'DELETE margin/order',
    10,
    `${selector} newClientOrderId`,
    rows((call, { trader }) => orders.cancel(call, trader)),
  )
  add(
    'GET margin/order',
    10,
    selector,
    rows((call, { trader }) => orders.query(call, trader)),
  )
  add(
    'GET margin/openOrders',
    10,
    'symbol isIsolated',
    rows((call, { trader }) => orders.open(call, trader)),
  )
  add(
    'DELETE margin/openOrders',
    1,
    'symbol isIsolated',
    rows((call, { trader }) => orders.cancelAll(call, trader)),
  )
  add(
    'GET margin/allOrders',
    200,
    `symbol isIsolated orderId ${pages}`,
    rows((call, { trader }) => orders.all(call, trader)),
  )
  add(
    'GET margin/myTrades',
    10,
    `symbol isIsolated orderId fromId ${pages}`,
    rows((call, { trader }) => orders.fills(call, trader)),
  )
}
