import type { SimEndpoints } from '../../../src/sim/index.ts'
import { decimal } from '../support/decimal.ts'
import type { Exchange } from '../support/exchange.ts'
import type { Candle, PublicTrade } from '../support/market.ts'
import { streamTrade } from '../support/market.ts'
import type { Product } from '../support/product.ts'
import { balancesOf, fillsOf, ordersOf, positionsOf } from '../support/rest-rows.ts'
import { load } from '../support/stranger.ts'
import type { Trader } from '../support/trader.ts'
import { Told } from '../support/trader.ts'
import { comes, until } from '../support/until.ts'
import type { Watcher } from '../support/watch.ts'
import { tell } from '../support/wire-events.ts'

/**
 * The venue's own connectors: `@binance/spot`, `@binance/derivatives-trading-usds-futures` and
 * `@binance/derivatives-trading-coin-futures`. How they were pointed: `basePath` of the REST configuration, `wsURL` of
 * the WebSocket ones; all are their documented options.
 */
export function openOfficial(product: Product, endpoints: SimEndpoints, keys: object = {}) {
  const { name, library, api } = families[product.venue]
  const silent = { ...keys, reconnectDelay: 100 }
  return new (load(library)[name])({
    configurationRestAPI: { ...keys, basePath: endpoints.rest, timeout: 5000, keepAlive: false },
    configurationWebsocketStreams: { ...silent, wsURL: endpoints.stream },
    configurationWebsocketAPI: { ...silent, wsURL: `${endpoints.wsApi}${api}` },
  })
}

const families = {
  'binance-spot': { library: '@binance/spot', name: 'Spot', api: '/ws-api/v3' },
  'binance-usdm': {
    library: '@binance/derivatives-trading-usds-futures',
    name: 'DerivativesTradingUsdsFutures',
    api: '/ws-fapi/v1',
  },
  'binance-coinm': {
    library: '@binance/derivatives-trading-coin-futures',
    name: 'DerivativesTradingCoinFutures',
    api: '/ws-dapi/v1',
  },
} as const

/** Its answers carry their body behind a function. */
async function body(answer: Promise<{ readonly data: unknown }>): Promise<unknown> {
  const { data } = await answer
  return typeof data === 'function' ? await data() : data
}

async function orderId(answer: Promise<{ readonly data: unknown }>): Promise<string> {
  return String(Object(await body(answer))['orderId'])
}

interface Placement {
  readonly symbol: string
  readonly side: string
  readonly type: string
  readonly quantity: string
  readonly price?: string
  readonly timeInForce?: string
}

/** Spot by REST or by the WebSocket API; events always by the latter. */
export async function officialSpotTrader(exchange: Exchange, way: 'rest' | 'api'): Promise<Trader> {
  const { product, endpoints } = exchange
  const { symbol } = product
  const client = openOfficial(product, endpoints, { apiKey: exchange.key, apiSecret: exchange.secret })
  const told = new Told()
  const api = await client.websocketAPI.connect()
  api.on('error', () => told.notices.push('error'))
  const rest = client.restAPI
  const place = (order: Placement): Promise<string> =>
    orderId(way === 'rest' ? rest.newOrder(order) : api.orderPlace(order))
  return {
    told,
    tells: { balances: true, positions: false },
    listen: async () => {
      const { stream } = await api.userDataStreamSubscribeSignature()
      stream.on('message', (event: Record<string, unknown>) => tell(told, event))
    },
    limit: (side, quantity, price) => place({ symbol, side, type: 'LIMIT', timeInForce: 'GTC', quantity, price }),
    market: (side, quantity) => place({ symbol, side, type: 'MARKET', quantity }),
    cancel: async id => {
      const selector = { symbol, orderId: Number(id) }
      await (way === 'rest' ? rest.deleteOrder(selector) : api.orderCancel(selector))
    },
    orders: async () => ordersOf(await body(way === 'rest' ? rest.allOrders({ symbol }) : api.allOrders({ symbol }))),
    fills: async () => fillsOf(await body(way === 'rest' ? rest.myTrades({ symbol }) : api.myTrades({ symbol }))),
    balances: async () => balancesOf(await body(way === 'rest' ? rest.getAccount() : api.accountStatus())),
    close: () => api.disconnect(),
  }
}

/** USD-M: orders by REST or by the WebSocket API, events by a listen key on the private class. */
export async function officialUsdmTrader(exchange: Exchange, way: 'rest' | 'api'): Promise<Trader> {
  const { product, endpoints } = exchange
  const { symbol } = product
  const client = openOfficial(product, endpoints, { apiKey: exchange.key, apiSecret: exchange.secret })
  const told = new Told()
  const rest = client.restAPI
  const api = way === 'api' ? await client.websocketAPI.connect() : undefined
  const streams = await client.websocketStreams.connect()
  streams.on('error', () => told.notices.push('error'))
  const place = (order: Placement): Promise<string> => orderId((api ?? rest).newOrder(order))
  return {
    told,
    tells: { balances: true, positions: true },
    listen: async () => {
      const answer = await body(api === undefined ? rest.startUserDataStream() : api.startUserDataStream())
      // Without an integer of ours it would send a text as id, which the venue refuses on futures.
      const user = streams.userData(String(Object(answer)['listenKey']), 1)
      user.on('message', (event: Record<string, unknown>) => tell(told, event))
      await until('the subscription', () => (exchange.stats.controlByMethod.get('subscribe') ?? 0) > 0)
    },
    limit: (side, quantity, price) => place({ symbol, side, type: 'LIMIT', timeInForce: 'GTC', quantity, price }),
    market: (side, quantity) => place({ symbol, side, type: 'MARKET', quantity }),
    cancel: async id => void (await (api ?? rest).cancelOrder({ symbol, orderId: Number(id) })),
    orders: async () => ordersOf(await body(rest.allOrders({ symbol }))),
    fills: async () => fillsOf(await body(rest.accountTradeList({ symbol }))),
    balances: async () =>
      balancesOf(await body(api === undefined ? rest.futuresAccountBalanceV3() : api.futuresAccountBalanceV2())),
    positions: async () =>
      positionsOf(await body(api === undefined ? rest.positionInformationV3() : api.positionInformationV2())),
    close: async () => {
      await streams.disconnect()
      await api?.disconnect()
      await closed(exchange)
    },
  }
}

/** COIN-M by REST, events by a listen key. */
export async function officialCoinmTrader(exchange: Exchange): Promise<Trader> {
  const { product, endpoints } = exchange
  const { symbol } = product
  const client = openOfficial(product, endpoints, { apiKey: exchange.key, apiSecret: exchange.secret })
  const told = new Told()
  const rest = client.restAPI
  let disconnect = async (): Promise<void> => undefined
  const place = (order: Placement): Promise<string> => orderId(rest.newOrder(order))
  return {
    told,
    tells: { balances: true, positions: true },
    listen: async () => {
      const listenKey = String(Object(await body(rest.startUserDataStream()))['listenKey'])
      // Its SUBSCRIBE carries a text as id, which the venue refuses on futures: the stream is named at connecting.
      const streams = await client.websocketStreams.connect({ stream: listenKey })
      streams.on('error', () => told.notices.push('error'))
      disconnect = () => streams.disconnect()
      streams.userData(listenKey).on('message', (event: Record<string, unknown>) => tell(told, event))
    },
    limit: (side, quantity, price) => place({ symbol, side, type: 'LIMIT', timeInForce: 'GTC', quantity, price }),
    market: (side, quantity) => place({ symbol, side, type: 'MARKET', quantity }),
    cancel: async id => void (await rest.cancelOrder({ symbol, orderId: Number(id) })),
    orders: async () => ordersOf(await body(rest.allOrders({ symbol }))),
    fills: async () => fillsOf(await body(rest.accountTradeList({ symbol }))),
    balances: async () => balancesOf(await body(rest.futuresAccountBalance())),
    positions: async () => positionsOf(await body(rest.positionInformation())),
    close: async () => {
      await disconnect()
      await closed(exchange)
    },
  }
}

/** Its `disconnect` of streams does not wait for itself; sockets that outlive the exchange would try to come back. */
async function closed({ stats }: Exchange): Promise<void> {
  await comes(() => stats.connections === 0, 3000)
}

/** Which of its stream functions give what, by product. */
const functions = {
  'binance-spot': { trade: 'aggTrade', candle: 'kline', ticker: 'ticker' },
  'binance-usdm': {
    trade: 'aggregateTradeStreams',
    candle: 'klineCandlestickStreams',
    ticker: 'individualSymbolTickerStreams',
  },
  'binance-coinm': {
    trade: 'aggregateTradeStreams',
    candle: 'klineCandlestickStreams',
    ticker: 'individualSymbolTickerStreams',
  },
} as const

export async function officialWatcher(product: Product, endpoints: SimEndpoints): Promise<Watcher> {
  const { symbol, venue } = product
  const client = openOfficial(product, endpoints)
  const name = symbol.toLowerCase()
  const interval = venue === 'binance-spot' ? '1s' : '1m'
  const named = venue === 'binance-coinm' ? [`${name}@aggTrade`, `${name}@kline_${interval}`, `${name}@ticker`] : []
  const streams = await client.websocketStreams.connect({ stream: named })
  const trades: PublicTrade[] = []
  const candles = new Map<number, Candle>()
  let last: string | undefined
  const kind = functions[venue]
  const on = (call: string, parameters: object, take: (event: Record<string, unknown>) => void): void => {
    streams[call]({ symbol, ...parameters }).on('message', take)
  }
  on(kind.trade, { id: 1 }, event => void trades.push(streamTrade(event)))
  on(kind.ticker, { id: 2 }, event => void (last = decimal(event['c'])))
  on(kind.candle, { id: 3, interval }, event => {
    const { t, o, h, l, c, v } = Object(event['k'])
    candles.set(t, [t, ...[o, h, l, c, v].map(decimal)])
  })
  return {
    tradeKind: 'aggTrade',
    trades,
    candles,
    candleInterval: interval,
    lastPrice: () => last,
    close: () => streams.disconnect(),
  }
}
