import type { SimEndpoints } from '../../../src/sim/index.ts'
import { decimal, positionOf } from '../support/decimal.ts'
import type { Exchange } from '../support/exchange.ts'
import type { BookSides, Candle, PublicTrade } from '../support/market.ts'
import type { Product } from '../support/product.ts'
import { load } from '../support/stranger.ts'
import type { Balance, Fill, Order, Position, Trader } from '../support/trader.ts'
import { Told } from '../support/trader.ts'
import { until } from '../support/until.ts'
import type { Watcher } from '../support/watch.ts'

/**
 * ccxt pro. How it was pointed: every origin in `exchange.urls.api` (its documented table) is replaced, nothing else, and
 * `loadHttpProxyAgent()` is called once, which it asks for before it opens a `ws://` address.
 * Two things are needed beside: it recognises spot sockets by `/stream` in their URL, as in `//stream.binance.com`, so
 * that the spot URL here is `ws://stream@127.0.0.1:…`; and its options `fetchCurrencies` and `fetchMargins` are off, as they
 * are by themselves on the venue's testnet, because `/sapi` is no part of what is simulated.
 */
export async function openCcxt(product: Product, endpoints: SimEndpoints, keys: object = {}, options: object = {}) {
  const ccxt = load('ccxt')
  const family = families[product.venue]
  const exchange = new ccxt.pro[family.id]({
    newUpdates: true,
    ...keys,
    options: { fetchMarkets: { types: [family.type] }, fetchCurrencies: false, fetchMargins: false, ...options },
  })
  pointAt(exchange.urls.api, endpoints)
  await exchange.loadHttpProxyAgent()
  await exchange.loadMarkets()
  return exchange
}

const families = {
  'binance-spot': { id: 'binance', type: 'spot', unified: 'BTC/USDT' },
  'binance-usdm': { id: 'binanceusdm', type: 'linear', unified: 'BTC/USDT:USDT' },
  'binance-coinm': { id: 'binancecoinm', type: 'inverse', unified: 'BTC/USD:BTC' },
} as const

export function unifiedSymbol(product: Product): string {
  return families[product.venue].unified
}

function pointAt(urls: Record<string, unknown>, endpoints: SimEndpoints): void {
  const rest = endpoints.rest.replace(/^http:\/\//, '')
  for (const [name, url] of Object.entries(urls)) {
    if (typeof url === 'object' && url !== null) pointAt(Object(url), endpoints)
    if (typeof url !== 'string') continue
    const isSpotStream = url.startsWith('wss://stream.')
    urls[name] = url.replace(/^(wss?|https?):\/\/[^/]+/, (_all, scheme: string) =>
      scheme.startsWith('ws') ? `ws://${isSpotStream ? 'stream@' : ''}${rest}` : `http://${rest}`,
    )
  }
}

/** Runs one of its documented watch loops until it is closed; failures are kept as notices. */
async function loop(isOpen: () => boolean, told: Told, watch: () => Promise<void>): Promise<void> {
  while (isOpen()) {
    try {
      await watch()
    } catch (error) {
      if (!isOpen()) return
      told.notices.push(error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error))
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

const statuses: Readonly<Record<string, string>> = { open: 'NEW', closed: 'FILLED', canceled: 'CANCELED' }

export async function ccxtTrader(open: Exchange, options: object = {}): Promise<Trader> {
  const { product, endpoints } = open
  const isSpot = product.venue === 'binance-spot'
  const symbol = unifiedSymbol(product)
  const exchange = await openCcxt(product, endpoints, { apiKey: open.key, secret: open.secret }, options)
  const told = new Told()
  let isOpen = true
  let hasPositions = isSpot
  const loops: Promise<void>[] = []
  const readOrder = (row: Record<string, unknown>): Order => {
    const executed = decimal(row['filled'])
    const unified = String(row['status'])
    return {
      side: String(row['side']).toUpperCase(),
      // ccxt has no status of its own for a partly filled order.
      status: unified === 'open' && Number(executed) > 0 ? 'PARTIALLY_FILLED' : (statuses[unified] ?? unified),
      quantity: decimal(row['amount']),
      executed,
    }
  }
  const readFill = (row: Record<string, unknown>): Fill => ({
    tradeId: String(row['id']),
    orderId: String(row['order']),
    side: String(row['side']).toUpperCase(),
    price: decimal(row['price']),
    quantity: decimal(row['amount']),
    fee: decimal(Object(row['fee'])['cost']),
    feeAsset: String(Object(row['fee'])['currency']),
    isMaker: row['takerOrMaker'] === 'maker',
  })
  const readBalances = (row: Record<string, unknown>): Map<string, Balance> =>
    new Map(
      Object.keys(Object(row['total'])).flatMap(asset => {
        const { free, used, total } = Object(row[asset])
        const whole = total ?? free
        if (whole === undefined) return []
        return [[asset, isSpot ? { free: decimal(free), locked: decimal(used) } : { free: decimal(whole) }] as const]
      }),
    )
  const readPosition = (row: Record<string, unknown>): [string, Position] => {
    const signed = Number(row['contracts'] ?? 0) * (row['side'] === 'short' ? -1 : 1)
    return [product.symbol, positionOf(signed, row['entryPrice'] ?? 0)]
  }
  return {
    told,
    tells: { balances: true, positions: true },
    listen: async () => {
      const start = (watch: () => Promise<void>): void => void loops.push(loop(() => isOpen, told, watch))
      start(async () => {
        for (const row of await exchange.watchOrders(symbol)) told.orders.set(String(row.id), readOrder(row))
      })
      start(async () => {
        for (const row of await exchange.watchMyTrades(symbol)) told.fills.push(readFill(row))
      })
      start(async () => {
        for (const [asset, balance] of readBalances(await exchange.watchBalance())) told.balances.set(asset, balance)
      })
      if (!isSpot) {
        start(async () => {
          for (const row of await exchange.watchPositions([symbol])) told.positions.set(...readPosition(row))
          hasPositions = true
        })
      }
      // Its first answer is a snapshot by REST; an event that comes sooner is overwritten by it.
      await until(
        'the user stream',
        () => open.stats.connections > 0 && hasPositions,
        () => told.notices,
      )
    },
    limit: async (side, quantity, price) =>
      String((await exchange.createOrder(symbol, 'limit', side.toLowerCase(), Number(quantity), Number(price))).id),
    market: async (side, quantity) =>
      String((await exchange.createOrder(symbol, 'market', side.toLowerCase(), Number(quantity))).id),
    cancel: async id => void (await exchange.cancelOrder(id, symbol)),
    orders: async () => {
      const rows: Record<string, unknown>[] = await exchange.fetchOrders(symbol)
      return new Map(rows.map(row => [String(row['id']), readOrder(row)]))
    },
    fills: async () => (await exchange.fetchMyTrades(symbol)).map(readFill),
    balances: async () => readBalances(await exchange.fetchBalance()),
    ...(isSpot
      ? {}
      : {
          positions: async () => new Map<string, Position>((await exchange.fetchPositions([symbol])).map(readPosition)),
        }),
    close: async () => {
      isOpen = false
      await exchange.close()
      await Promise.all(loops)
    },
  }
}

export async function ccxtWatcher(product: Product, endpoints: SimEndpoints): Promise<Watcher> {
  const symbol = unifiedSymbol(product)
  const exchange = await openCcxt(product, endpoints)
  const told = new Told()
  const trades: PublicTrade[] = []
  const candles = new Map<number, Candle>()
  let book: { readonly bids: number[][]; readonly asks: number[][] } | undefined
  let last: string | undefined
  let isOpen = true
  const interval = product.venue === 'binance-spot' ? '1s' : '1m'
  const loops = [
    loop(
      () => isOpen,
      told,
      async () => {
        for (const row of await exchange.watchTrades(symbol)) trades.push(readTrade(row))
      },
    ),
    loop(
      () => isOpen,
      told,
      async () => void (book = await exchange.watchOrderBook(symbol, 1000)),
    ),
    loop(
      () => isOpen,
      told,
      async () => {
        for (const [openMs, ...figures] of await exchange.watchOHLCV(symbol, interval))
          candles.set(Number(openMs), [Number(openMs), ...figures.map(decimal)])
      },
    ),
    loop(
      () => isOpen,
      told,
      async () => {
        const ticker = await exchange.watchTicker(symbol)
        last = decimal(ticker.last)
      },
    ),
  ]
  return {
    tradeKind: 'trade',
    trades,
    candles,
    candleInterval: interval,
    book: (): BookSides | undefined =>
      book === undefined || book.bids.length === 0 ? undefined : { bids: levels(book.bids), asks: levels(book.asks) },
    lastPrice: () => last,
    close: async () => {
      isOpen = false
      await exchange.close()
      await Promise.all(loops)
    },
  }
}

function levels(side: readonly (readonly number[])[]): readonly (readonly [string, string])[] {
  return [...side].slice(0, 20).map(([price, quantity]) => [decimal(price), decimal(quantity)] as const)
}

function readTrade(row: Record<string, unknown>): PublicTrade {
  return {
    id: Number(row['id']),
    price: decimal(row['price']),
    quantity: decimal(row['amount']),
    timeMs: Number(row['timestamp']),
    isBuyerMaker: row['side'] === 'sell',
  }
}
