// ccxt pro: watchTrades and watchOrderBook in their documented loop.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))
const ccxt = require('ccxt')

export default async function connect({ port, kind, onEvent }) {
  const exchange = new ccxt.pro.binanceusdm({ newUpdates: true, options: { fetchMarkets: { types: ['linear'] }, fetchCurrencies: false, watchOrderBookLimit: 1000 } })
  const rewrite = node => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'object' && value !== null) rewrite(value)
      else if (typeof value === 'string' && /^wss?:/.test(value)) node[key] = value.replace(/^wss?:\/\/[^/]+/, `ws://127.0.0.1:${port}`)
      else if (typeof value === 'string' && /^https?:/.test(value)) node[key] = value.replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${port}`)
    }
  }
  rewrite(exchange.urls.api)
  await exchange.loadMarkets()
  for (;;) {
    if (kind === 'depth') {
      const book = await exchange.watchOrderBook('BTC/USDT:USDT')
      onEvent(book.bids[0])
    } else for (const trade of await exchange.watchTrades('BTC/USDT:USDT')) onEvent(trade.timestamp)
  }
}
