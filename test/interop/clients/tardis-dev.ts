import type { SimEndpoints } from '../../../src/sim/index.ts'
import { decimal } from '../support/decimal.ts'
import type { BookSides, Levels, PublicTrade } from '../support/market.ts'
import type { Product } from '../support/product.ts'
import { load } from '../support/stranger.ts'
import type { Watcher } from '../support/watch.ts'

/**
 * tardis-dev in stream mode. How it was pointed: sockets by its environment variables `WSS_URL_<EXCHANGE>`; its REST
 * origin cannot be configured, so the `get` of its exported HTTP client is told another origin, and nothing else.
 */
const exchanges = {
  'binance-spot': { id: 'binance', variable: 'WSS_URL_BINANCE', path: '/stream?timeUnit=microsecond' },
  'binance-usdm': { id: 'binance-futures', variable: 'WSS_URL_BINANCE_FUTURES', path: '/stream' },
  'binance-coinm': { id: 'binance-delivery', variable: 'WSS_URL_BINANCE_DELIVERY', path: '/stream' },
} as const

export async function tardisWatcher(product: Product, endpoints: SimEndpoints): Promise<Watcher> {
  const tardis = load('tardis-dev')
  const { httpClient } = load('tardis-dev/dist/handy.js')
  const { id, variable, path } = exchanges[product.venue]
  process.env[variable] = `${endpoints.stream}${path}`
  const get = httpClient.get
  httpClient.get = (url: string, options: object) => get(url.replace(/^https?:\/\/[^/]+/, endpoints.rest), options)
  // Its spot book asks for /api/v1, which the venue retired in March 2026.
  const hasBook = product.venue !== 'binance-spot'
  const normalizers = [tardis.normalizeTrades, ...(hasBook ? [tardis.normalizeBookChanges] : [])]
  const symbols = [product.symbol.toLowerCase()]
  const feed = tardis.streamNormalized({ exchange: id, symbols, timeoutIntervalMS: 60_000 }, ...normalizers)
  const trades: PublicTrade[] = []
  const book = new tardis.OrderBook()
  let isWhole = false
  let isOpen = true
  const read = async (): Promise<void> => {
    for await (const message of feed) {
      if (!isOpen) return
      if (message.type === 'trade') trades.push(readTrade(message))
      if (message.type !== 'book_change') continue
      isWhole ||= message.isSnapshot
      book.update(message)
    }
  }
  const reading = read()
  return {
    tradeKind: 'trade',
    trades,
    ...(hasBook ? { book: () => (isWhole ? readBook(book) : undefined) } : {}),
    depthStream: `${symbols[0]}@depth@100ms`,
    close: async () => {
      isOpen = false
      httpClient.get = get
      // The generator ends with the next message, or with the exchange.
      void reading.catch(() => undefined)
      await Promise.resolve()
    },
  }
}

interface TardisLevel {
  readonly price: number
  readonly amount: number
}

function readBook(book: { bids(): Iterable<TardisLevel>; asks(): Iterable<TardisLevel> }): BookSides {
  const levels = (side: Iterable<TardisLevel>): Levels =>
    [...side].slice(0, 20).map(({ price, amount }) => [decimal(price), decimal(amount)] as const)
  return { bids: levels(book.bids()), asks: levels(book.asks()) }
}

function readTrade(message: Readonly<Record<string, unknown>>): PublicTrade {
  return {
    id: Number(message['id']),
    price: decimal(message['price']),
    quantity: decimal(message['amount']),
    timeMs: Number(message['timestamp']),
    isBuyerMaker: message['side'] === 'sell',
  }
}
