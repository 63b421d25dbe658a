import type { SimEndpoints } from '../../../src/sim/index.ts'
import { decimal, positionOf } from '../support/decimal.ts'
import type { Exchange } from '../support/exchange.ts'
import type { BookSides, Candle, Levels, PublicTrade } from '../support/market.ts'
import type { Product } from '../support/product.ts'
import { balancesOf, fillsOf, ordersOf, positionsOf, rows } from '../support/rest-rows.ts'
import { load } from '../support/stranger.ts'
import type { Trader } from '../support/trader.ts'
import { Told } from '../support/trader.ts'
import { until } from '../support/until.ts'
import type { Watcher } from '../support/watch.ts'
import { tell } from '../support/wire-events.ts'

/**
 * node-binance-api. How it was pointed: by its option `urls` where that exists, and by its public URL fields and getters
 * where it does not (`dapi`, `wsApi`, and the paths by class of USD-M streams, `getFStreamSingleUrl` and `getFStreamUrl`):
 * only the origin in them is another.
 */
function openNodeBinanceApi({ rest, stream }: SimEndpoints, told: Told, keys: object = {}) {
  const module = load('node-binance-api')
  const Binance = module.default ?? module
  const client = new Binance().options({
    ...keys,
    log: (...parts: unknown[]) => void told.notices.push(parts.join(' ')),
    urls: {
      base: `${rest}/api/`,
      sapi: `${rest}/sapi/`,
      fapi: `${rest}/fapi/`,
      stream: `${stream}/ws/`,
      combineStream: `${stream}/stream?streams=`,
      dstream: `${stream}/stream?streams=`,
      dstreamSingle: `${stream}/ws/`,
    },
  })
  client.dapi = `${rest}/dapi/`
  client.wsApi = `${stream}/ws-api/v3`
  client.getFStreamSingleUrl = (kind: string) => `${stream}/${kind}/ws/`
  client.getFStreamUrl = (kind: string) => `${stream}/${kind}/stream?streams=`
  return client
}

/** COIN-M events only come with the names this client gives to the venue's letters. */
function tellDelivery(told: Told, event: Readonly<Record<string, unknown>>): void {
  if (event['eventType'] === 'ACCOUNT_UPDATE') {
    const { balances, positions } = Object(event['updateData'])
    for (const row of balances) told.balances.set(row.asset, { free: decimal(row.walletBalance) })
    for (const row of positions) told.positions.set(row.symbol, positionOf(row.positionAmount, row.entryPrice))
    return
  }
  const order: Readonly<Record<string, unknown>> = Object(event['order'])
  const id = String(order['orderId'])
  const side = String(order['side'])
  told.orders.set(id, {
    side,
    status: String(order['orderStatus']),
    quantity: decimal(order['originalQuantity']),
    executed: decimal(order['orderFilledAccumulatedQuantity']),
  })
  if (order['executionType'] !== 'TRADE') return
  told.fills.push({
    tradeId: String(order['tradeId']),
    orderId: id,
    side,
    price: decimal(order['lastFilledPrice']),
    quantity: decimal(order['orderLastFilledQuantity']),
    fee: decimal(order['commission']),
    feeAsset: String(order['commissionAsset']),
    isMaker: order['isMakerSide'] === true,
  })
}

export async function nodeBinanceApiTrader(exchange: Exchange, options: object = {}): Promise<Trader> {
  const { product, endpoints, stats } = exchange
  const { symbol, venue } = product
  const told = new Told()
  const client = openNodeBinanceApi(endpoints, told, { APIKEY: exchange.key, APISECRET: exchange.secret, ...options })
  const all = (event: Record<string, unknown>): void => tell(told, event)
  const delivery = (event: Record<string, unknown>): void => tellDelivery(told, event)
  const calls = {
    'binance-spot': {
      listen: (done: () => void) => client.websockets.userData(all, undefined, undefined, done),
      place: (type: string, side: string, quantity: string, price?: string) =>
        client.order(type, side, symbol, quantity, price),
      cancel: (id: string) => client.cancel(symbol, id),
      orders: () => client.allOrders(symbol),
      fills: () => client.trades(symbol),
      balances: () => client.account(),
      positions: undefined,
    },
    'binance-usdm': {
      listen: (done: () => void) => client.websockets.userFutureData(all, undefined, undefined, undefined, done),
      place: (type: string, side: string, quantity: string, price?: string) =>
        // It would send GTX of its own accord.
        client.futuresOrder(type, side, symbol, quantity, price, price === undefined ? {} : { timeInForce: 'GTC' }),
      cancel: (id: string) => client.futuresCancel(symbol, id),
      orders: () => client.futuresAllOrders(symbol),
      fills: () => client.futuresUserTrades(symbol),
      balances: () => client.futuresBalance(),
      positions: () => client.futuresPositionRisk(),
    },
    'binance-coinm': {
      listen: (done: () => void) => client.websockets.userDeliveryData(undefined, delivery, delivery, done),
      place: (type: string, side: string, quantity: string, price?: string) =>
        client.deliveryOrder(type, side, symbol, quantity, price, price === undefined ? {} : { timeInForce: 'GTC' }),
      cancel: (id: string) => client.deliveryCancel(symbol, { orderId: id }),
      orders: () => client.deliveryAllOrders(symbol),
      fills: () => client.deliveryUserTrades(symbol),
      balances: () => client.deliveryBalance(),
      positions: () => client.deliveryPositionRisk(),
    },
  }[venue]
  const { positions } = calls
  return {
    told,
    tells: { balances: true, positions: true },
    listen: async () => {
      await new Promise<void>(resolve => calls.listen(resolve))
      await until('the user stream', () => stats.connections > 0)
    },
    limit: async (side, quantity, price) => String((await calls.place('LIMIT', side, quantity, price)).orderId),
    market: async (side, quantity) => String((await calls.place('MARKET', side, quantity)).orderId),
    cancel: async id => void (await calls.cancel(id)),
    orders: async () => ordersOf(await calls.orders()),
    fills: async () => fillsOf(await calls.fills()),
    balances: async () => balancesOf(await calls.balances()),
    ...(positions === undefined ? {} : { positions: async () => positionsOf(rows(await positions())) }),
    close: async () => {
      client.Options.reconnect = false
      client.terminateWsApi('userData', false)
      for (const endpoint of Object.keys(client.futuresSubscriptions)) client.futuresTerminate(endpoint, false)
      // Its `deliveryTerminate` throws: COIN-M sockets end with the exchange.
      await Promise.resolve()
    },
  }
}

export async function nodeBinanceApiWatcher(product: Product, endpoints: SimEndpoints): Promise<Watcher> {
  const { symbol, venue } = product
  const client = openNodeBinanceApi(endpoints, new Told())
  const trades: PublicTrade[] = []
  const candles = new Map<number, Candle>()
  let last: string | undefined
  const onTrade = (event: Record<string, unknown>): void => void trades.push(readTrade(event))
  const onCandle = (event: Record<string, unknown>): void => {
    const { t, o, h, l, c, v } = Object(event['k'])
    candles.set(Number(t), [Number(t), ...[o, h, l, c, v].map(decimal)])
  }
  const onTicker = (event: Record<string, unknown>): void => void (last = decimal(event['close']))
  const interval = venue === 'binance-spot' ? '1s' : '1m'
  const { websockets } = client
  if (venue === 'binance-spot') {
    websockets.aggTrades([symbol], onTrade)
    websockets.candlesticks([symbol], interval, onCandle)
    websockets.prevDay([symbol], (_error: unknown, ticker: Record<string, unknown>) => onTicker(ticker))
    websockets.depthCache([symbol], () => undefined, 1000)
  } else if (venue === 'binance-usdm') {
    websockets.futuresAggTrades(symbol, onTrade)
    websockets.futuresCandlesticks(symbol, interval, onCandle)
    websockets.futuresTicker(symbol, onTicker)
  } else {
    websockets.deliveryAggTrade(symbol, onTrade)
    websockets.deliveryCandlesticks(symbol, interval, onCandle)
    websockets.deliveryTicker(symbol, onTicker)
  }
  await Promise.resolve()
  return {
    tradeKind: 'aggTrade',
    trades,
    candles,
    candleInterval: interval,
    // It keeps a book of spot only.
    ...(venue === 'binance-spot' ? { book: () => readBook(client.depthCache[symbol]) } : {}),
    lastPrice: () => last,
    close: async () => {
      client.Options.reconnect = false
      for (const endpoint of Object.keys(client.subscriptions)) client.terminate(endpoint, false)
      for (const endpoint of Object.keys(client.futuresSubscriptions)) client.futuresTerminate(endpoint, false)
      // Its `deliveryTerminate` throws: COIN-M sockets end with the exchange.
      await Promise.resolve()
    },
  }
}

/** Its cache is an object of quantities by price, in no order. */
function readBook(cache: unknown): BookSides | undefined {
  const { bids, asks } = Object(cache)
  if (bids === undefined || Object.keys(bids).length === 0) return undefined
  const levels = (side: object, sign: number): Levels =>
    Object.entries(side)
      .sort(([a], [b]) => (Number(a) - Number(b)) * sign)
      .slice(0, 20)
      .map(([price, quantity]) => [decimal(price), decimal(quantity)] as const)
  return { bids: levels(bids, -1), asks: levels(asks, 1) }
}

/** Spot hands the venue's letters on; futures have names. */
function readTrade(event: Readonly<Record<string, unknown>>): PublicTrade {
  return {
    id: Number(String(event['aggTradeId'] ?? event['a'])),
    price: decimal(event['price'] ?? event['p']),
    quantity: decimal(event['amount'] ?? event['q']),
    timeMs: Number(event['timestamp'] ?? event['T']),
    isBuyerMaker: (event['maker'] ?? event['m']) === true,
  }
}
