// tardis-dev: normalised trades and book changes of its real-time feed.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))

export default async function connect({ port, kind, onEvent }) {
  process.env.WSS_URL_BINANCE_FUTURES = `ws://127.0.0.1:${port}/stream`
  process.env.WSS_URL_BINANCE = `ws://127.0.0.1:${port}/stream`
  // Otherwise it looks for the limit in exchangeInfo, and waits for the next minute when it is near.
  process.env.BINANCE_FUTURES_REQUEST_WEIGHT_LIMIT = '2400'
  const tardis = require('tardis-dev')
  // Its REST origin cannot be configured: only that is replaced.
  const { httpClient } = require('tardis-dev/dist/handy.js')
  const get = httpClient.get
  httpClient.get = (url, options) => get(String(url).replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${port}`), options)
  const feed = tardis.streamNormalized(
    { exchange: 'binance-futures', symbols: ['btcusdt'], timeoutIntervalMS: 60_000 },
    kind === 'depth' ? tardis.normalizeBookChanges : tardis.normalizeTrades,
  )
  const book = new tardis.OrderBook()
  for await (const message of feed) {
    if (message.type === 'book_change') {
      book.update(message)
      book.bestBid()
      book.bestAsk()
    }
    onEvent()
  }
}
