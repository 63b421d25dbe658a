import type { SimEndpoints } from '../../../src/sim/index.ts'
import { decimal, positionOf } from '../support/decimal.ts'
import type { Exchange } from '../support/exchange.ts'
import type { Candle, PublicTrade } from '../support/market.ts'
import type { Product } from '../support/product.ts'
import { balancesOf, fillsOf, ordersOf, positionsOf } from '../support/rest-rows.ts'
import { load } from '../support/stranger.ts'
import type { Trader } from '../support/trader.ts'
import { Told } from '../support/trader.ts'
import { until } from '../support/until.ts'
import type { Watcher } from '../support/watch.ts'

/**
 * tiagosiebler's binance. How it was pointed: REST clients by `baseUrl` (its option; for the listen keys of its WebSocket
 * client as `restOptions.baseUrl`), sockets by its exported table `WS_KEY_URL_MAP`. Its option `wsUrl` would do for one
 * kind of socket at a time, because it replaces the path as well.
 */
function openBinance(product: Product, endpoints: SimEndpoints, keys: object = {}, options: object = {}) {
  const library = load('binance')
  for (const name of Object.keys(library.WS_KEY_URL_MAP)) library.WS_KEY_URL_MAP[name] = endpoints.stream
  const rest = { ...keys, baseUrl: endpoints.rest }
  const RestClient = { 'binance-spot': 'MainClient', 'binance-usdm': 'USDMClient', 'binance-coinm': 'CoinMClient' }
  const socketOptions = { ...keys, beautify: true, restOptions: rest }
  return {
    rest: new library[RestClient[product.venue]]({ ...rest, ...options }),
    streams: () => new library.WebsocketClient(socketOptions, quiet),
    api: () =>
      new library.WebsocketAPIClient(
        { ...socketOptions, attachEventListeners: false, muteLatencyWarning: true },
        quiet,
      ),
  }
}

const quiet = { trace() {}, info() {}, error() {} }

/** Takes in an event with the names this client gives to the venue's letters. */
function tellFormatted(told: Told, event: Readonly<Record<string, unknown>>): void {
  switch (event['eventType']) {
    case 'executionReport':
      tellOrder(told, event, {
        quantity: 'quantity',
        side: 'side',
        executed: 'accumulatedQuantity',
        last: 'lastTrade',
        fee: 'commission',
        maker: 'isMaker',
      })
      return
    case 'ORDER_TRADE_UPDATE':
      tellOrder(told, Object(event['order']), {
        quantity: 'originalQuantity',
        side: 'orderSide',
        executed: 'orderFilledAccumulatedQuantity',
        last: 'lastFilled',
        fee: 'commissionAmount',
        maker: 'isMakerTrade',
      })
      return
    case 'outboundAccountPosition':
      for (const row of Object(event['balances']))
        told.balances.set(row.asset, { free: decimal(row.availableBalance), locked: decimal(row.onOrderBalance) })
      return
    case 'ACCOUNT_UPDATE': {
      const { updatedBalances, updatedPositions } = Object(event['updateData'])
      for (const row of updatedBalances) told.balances.set(row.asset, { free: decimal(row.walletBalance) })
      for (const row of updatedPositions) told.positions.set(row.symbol, positionOf(row.positionAmount, row.entryPrice))
      return
    }
    case 'TRADE_LITE':
      return
    default:
      told.notices.push(String(event['eventType']))
  }
}

interface Names {
  readonly quantity: string
  readonly side: string
  readonly executed: string
  readonly last: string
  readonly fee: string
  readonly maker: string
}

function tellOrder(told: Told, order: Readonly<Record<string, unknown>>, names: Names): void {
  const id = String(order['orderId'])
  const side = String(order[names.side])
  told.orders.set(id, {
    side,
    status: String(order['orderStatus']),
    quantity: decimal(order[names.quantity]),
    executed: decimal(order[names.executed]),
  })
  if (order['executionType'] !== 'TRADE') return
  told.fills.push({
    tradeId: String(order['tradeId']),
    orderId: id,
    side,
    price: decimal(order[`${names.last}Price`]),
    quantity: decimal(order[`${names.last}Quantity`]),
    fee: decimal(order[names.fee]),
    feeAsset: String(order['commissionAsset']),
    isMaker: order[names.maker] === true,
  })
}

/** Orders by REST, or by its WebSocket API client; reads by REST. */
export async function binanceTrader(
  exchange: Exchange,
  way: 'rest' | 'api' = 'rest',
  options: object = {},
): Promise<Trader> {
  const { product, endpoints } = exchange
  const { symbol, venue } = product
  const keys = { api_key: exchange.key, api_secret: exchange.secret }
  const client = openBinance(product, endpoints, keys, options)
  const told = new Told()
  const isSpot = venue === 'binance-spot'
  const api = client.api()
  // Both of its WebSocket clients are the same inside; spot events come over the API.
  const sockets = isSpot ? api.getWSClient() : client.streams()
  sockets.on('formattedUserDataMessage', (event: Record<string, unknown>) => tellFormatted(told, event))
  sockets.on('formattedMessage', (event: Record<string, unknown>) => {
    if (event['eventType'] === 'eventStreamTerminated') told.notices.push('eventStreamTerminated')
  })
  sockets.on('reconnecting', () => told.notices.push('reconnecting'))
  sockets.on('reconnected', () => told.notices.push('reconnected'))
  sockets.on('exception', (problem: unknown) => told.notices.push(`exception ${JSON.stringify(problem)}`))
  const market = venue === 'binance-usdm' ? 'usdm' : 'coinm'
  const submit = async (order: object): Promise<string> => {
    const whole = { symbol, newOrderRespType: 'RESULT', ...order }
    if (way === 'rest') return String((await client.rest.submitNewOrder(whole)).orderId)
    const stamped = { ...whole, timestamp: Date.now() }
    const { result } = await (isSpot ? api.submitNewSpotOrder(stamped) : api.submitNewFuturesOrder(market, stamped))
    return String(result.orderId)
  }
  const cancel = (selector: object): Promise<unknown> => {
    if (way === 'rest') return client.rest.cancelOrder(selector)
    const stamped = { ...selector, timestamp: Date.now() }
    return isSpot ? api.cancelSpotOrder(stamped) : api.cancelFuturesOrder(market, stamped)
  }
  return {
    told,
    tells: { balances: true, positions: true },
    listen: async () => {
      if (venue === 'binance-spot') await api.subscribeUserDataStream('mainWSAPI')
      else if (venue === 'binance-usdm') await sockets.subscribeUsdFuturesUserDataStream()
      else await sockets.subscribeCoinFuturesUserDataStream()
      await until('the user stream', () => exchange.stats.connections > 0)
    },
    limit: (side, quantity, price) => submit({ side, type: 'LIMIT', timeInForce: 'GTC', quantity, price }),
    market: (side, quantity) => submit({ side, type: 'MARKET', quantity }),
    cancel: async orderId => void (await cancel({ symbol, orderId: Number(orderId) })),
    orders: async () => ordersOf(await client.rest.getAllOrders({ symbol })),
    fills: async () =>
      fillsOf(await (isSpot ? client.rest.getAccountTradeList({ symbol }) : client.rest.getAccountTrades({ symbol }))),
    balances: async () =>
      balancesOf(
        await (isSpot
          ? client.rest.getAccountInformation()
          : venue === 'binance-usdm'
            ? client.rest.getBalanceV3()
            : client.rest.getBalance()),
      ),
    ...(isSpot
      ? {}
      : {
          positions: async () =>
            positionsOf(await (venue === 'binance-usdm' ? client.rest.getPositionsV3() : client.rest.getPositions())),
        }),
    close: async () => {
      sockets.closeAll(true)
      await api.disconnectAll()
    },
  }
}

export async function binanceWatcher(product: Product, endpoints: SimEndpoints): Promise<Watcher> {
  const client = openBinance(product, endpoints)
  const sockets = client.streams()
  const trades: PublicTrade[] = []
  const candles = new Map<number, Candle>()
  let last: string | undefined
  sockets.on('exception', () => undefined)
  sockets.on('formattedMessage', (event: Record<string, unknown>) => {
    if (event['eventType'] === 'aggTrade') trades.push(readTrade(event))
    if (event['eventType'] === '24hrTicker') last = decimal(event['currentClose'])
    if (event['eventType'] === 'kline') {
      const { startTime, open, high, low, close, volume } = Object(event['kline'])
      candles.set(startTime, [startTime, ...[open, high, low, close, volume].map(decimal)])
    }
  })
  const key = { 'binance-spot': 'main', 'binance-usdm': 'usdm', 'binance-coinm': 'coinm' }[product.venue]
  const interval = product.venue === 'binance-spot' ? '1s' : '1m'
  const name = product.symbol.toLowerCase()
  await sockets.subscribe([`${name}@aggTrade`, `${name}@kline_${interval}`, `${name}@ticker`], key)
  return {
    tradeKind: 'aggTrade',
    trades,
    candles,
    candleInterval: interval,
    lastPrice: () => last,
    close: async () => {
      sockets.closeAll(true)
      await Promise.resolve()
    },
  }
}

function readTrade(event: Readonly<Record<string, unknown>>): PublicTrade {
  return {
    id: Number(event['tradeId']),
    price: decimal(event['price']),
    quantity: decimal(event['quantity']),
    timeMs: Number(event['time']),
    isBuyerMaker: event['maker'] === true,
  }
}
