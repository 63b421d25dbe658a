import type { VenueRules } from '../venue-rules.ts'

const spot: readonly (readonly [method: string, route: string])[] = [
  ['ping', 'GET /api/v3/ping'],
  ['time', 'GET /api/v3/time'],
  ['exchangeInfo', 'GET /api/v3/exchangeInfo'],
  ['depth', 'GET /api/v3/depth'],
  ['trades.recent', 'GET /api/v3/trades'],
  ['trades.historical', 'GET /api/v3/historicalTrades'],
  ['trades.aggregate', 'GET /api/v3/aggTrades'],
  ['klines', 'GET /api/v3/klines'],
  ['uiKlines', 'GET /api/v3/uiKlines'],
  ['avgPrice', 'GET /api/v3/avgPrice'],
  ['ticker', 'GET /api/v3/ticker'],
  ['ticker.24hr', 'GET /api/v3/ticker/24hr'],
  ['ticker.price', 'GET /api/v3/ticker/price'],
  ['ticker.book', 'GET /api/v3/ticker/bookTicker'],
  ['order.place', 'POST /api/v3/order'],
  ['order.test', 'POST /api/v3/order/test'],
  ['order.status', 'GET /api/v3/order'],
  ['order.cancel', 'DELETE /api/v3/order'],
  ['order.cancelReplace', 'POST /api/v3/order/cancelReplace'],
  ['order.amend.keepPriority', 'PUT /api/v3/order/amend/keepPriority'],
  ['order.amendments', 'GET /api/v3/order/amendments'],
  ['orderList.place', 'POST /api/v3/order/oco'],
  ['orderList.place.oco', 'POST /api/v3/orderList/oco'],
  ['orderList.place.oto', 'POST /api/v3/orderList/oto'],
  ['orderList.place.otoco', 'POST /api/v3/orderList/otoco'],
  ['orderList.status', 'GET /api/v3/orderList'],
  ['orderList.cancel', 'DELETE /api/v3/orderList'],
  ['openOrderLists.status', 'GET /api/v3/openOrderList'],
  ['allOrderLists', 'GET /api/v3/allOrderList'],
  ['myPreventedMatches', 'GET /api/v3/myPreventedMatches'],
  ['executionRules', 'GET /api/v3/executionRules'],
  ['referencePrice', 'GET /api/v3/referencePrice'],
  ['openOrders.status', 'GET /api/v3/openOrders'],
  ['openOrders.cancelAll', 'DELETE /api/v3/openOrders'],
  ['allOrders', 'GET /api/v3/allOrders'],
  ['myTrades', 'GET /api/v3/myTrades'],
  ['account.status', 'GET /api/v3/account'],
  ['account.commission', 'GET /api/v3/account/commission'],
  ['account.rateLimits.orders', 'GET /api/v3/rateLimit/order'],
]

function futures(prefix: string): readonly (readonly [method: string, route: string])[] {
  const root = prefix.replace('/v1', '')
  const isLinear = root === '/fapi'
  return [
    ['ping', `GET ${prefix}/ping`],
    ['time', `GET ${prefix}/time`],
    ['depth', `GET ${prefix}/depth`],
    ['ticker.price', `GET ${prefix}/ticker/price`],
    ['ticker.book', `GET ${prefix}/ticker/bookTicker`],
    ['order.place', `POST ${prefix}/order`],
    ...(isLinear ? ([['order.test', `POST ${prefix}/order/test`]] as const) : []),
    ['order.modify', `PUT ${prefix}/order`],
    ['order.cancel', `DELETE ${prefix}/order`],
    ['order.status', `GET ${prefix}/order`],
    ['algoOrder.place', `POST ${prefix}/algoOrder`],
    ['algoOrder.cancel', `DELETE ${prefix}/algoOrder`],
    ['account.balance', `GET ${isLinear ? `${root}/v2` : prefix}/balance`],
    ['account.status', `GET ${isLinear ? `${root}/v2` : prefix}/account`],
    ['account.position', `GET ${isLinear ? `${root}/v2` : prefix}/positionRisk`],
    ['v2/account.balance', `GET ${root}/v3/balance`],
    ['v2/account.status', `GET ${root}/v3/account`],
    ['v2/account.position', `GET ${root}/v3/positionRisk`],
    ['userDataStream.start', `POST ${prefix}/listenKey`],
    ['userDataStream.ping', `PUT ${prefix}/listenKey`],
    ['userDataStream.stop', `DELETE ${prefix}/listenKey`],
  ]
}

/** Which REST call answers which method of a venue's WebSocket API. */
export function apiMethods(rules: VenueRules): ReadonlyMap<string, string> {
  return new Map(rules.family === 'spot' ? spot : futures(rules.restPrefix))
}
