// ccxt pro: watchTrades and watchOrderBook in their documented loop.
import { createRequire } from 'node:module'
import { IDS_PER_DIFF } from '../lib/messages.mjs'

const require = createRequire(new URL('../peers/package.json', import.meta.url))
const ccxt = require('ccxt')

export default async function connect({ port, kind, onEvent }) {
  const exchange = new ccxt.pro.binanceusdm({
    newUpdates: true,
    options: { fetchMarkets: { types: ['linear'] }, fetchCurrencies: false, watchOrderBookLimit: 1000 },
  })
  const rewrite = node => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'object' && value !== null) rewrite(value)
      else if (typeof value === 'string' && /^wss?:/.test(value))
        node[key] = value.replace(/^wss?:\/\/[^/]+/, `ws://127.0.0.1:${port}`)
      else if (typeof value === 'string' && /^https?:/.test(value))
        node[key] = value.replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${port}`)
    }
  }
  rewrite(exchange.urls.api)
  await exchange.loadHttpProxyAgent()
  await exchange.loadMarkets()
  let nonce
  for (;;) {
    if (kind === 'depth') {
      // The loop wakes once for several updates: all of those that the book contains are counted.
      const book = await exchange.watchOrderBook('BTC/USDT:USDT')
      const updates = nonce === undefined ? 1 : Math.round((book.nonce - nonce) / IDS_PER_DIFF)
      nonce = book.nonce
      for (let i = 0; i < updates; i++) onEvent(book.bids[0])
    } else for (const trade of await exchange.watchTrades('BTC/USDT:USDT')) onEvent(trade.timestamp)
  }
}
