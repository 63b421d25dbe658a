import type { FuturesDesk, FuturesExchange } from '../trading/futures/futures-exchange.ts'
import type { OrderCount } from '../trading/order-rates.ts'
import type { FuturesAccountHandlers } from './futures-account-handlers.ts'
import { FuturesBatchHandlers } from './futures-batch-handlers.ts'
import type { FuturesOrderHandlers } from './futures-order-handlers.ts'
import type { Call } from './query.ts'
import type { RouteTable, TradingRoute } from './trading-route.ts'

type On = (handler: (call: Call, desk: FuturesDesk) => string) => TradingRoute['answer']

/** What a batch counts as in the windows of order limits. */
const batchCount: OrderCount = [5, 1]

/** Calls with several orders in one, and what watches over orders and positions. Weights: the venue's documents, 2026-09. */
export function addMoreRoutes(
  table: RouteTable,
  exchange: FuturesExchange,
  orders: FuturesOrderHandlers,
  accounts: FuturesAccountHandlers,
  on: On,
  orderParameters: string,
): void {
  const batch = new FuturesBatchHandlers(orders)
  const place = on((call, desk) => batch.place(call, desk))
  table.add('POST batchOrders', 'trade', 5, 'batchOrders', place, batchCount)
  const amend = on((call, desk) => batch.amend(call, desk))
  table.add('PUT batchOrders', 'trade', 5, 'batchOrders', amend, batchCount)
  const cancel = on((call, desk) => batch.cancel(call, desk))
  table.add('DELETE batchOrders', 'trade', 1, 'symbol orderIdList origClientOrderIdList', cancel)
  const countdown = on((call, desk) => accounts.countdown(call, desk))
  table.add('POST countdownCancelAll', 'trade', 10, 'symbol countdownTime', countdown)
  const amendments = on((call, desk) => orders.amendments(call, desk))
  const pages = 'startTime endTime limit'
  table.add('GET orderAmendment', 'read', 1, `symbol orderId origClientOrderId ${pages}`, amendments)
  const history = on((call, desk) => accounts.marginHistory(call, desk))
  table.add('GET positionMargin/history', 'read', 1, `symbol type ${pages}`, history)
  const quantiles = on((call, desk) => accounts.quantiles(call, desk))
  table.add('GET adlQuantile', 'read', 5, 'symbol', quantiles)
  if (exchange.floor.isInverse) return
  const test = on((call, desk) => orders.test(call, desk))
  table.add('POST order/test', 'trade', 1, orderParameters, test)
}
