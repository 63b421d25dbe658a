// ccxt pro in the loop of its manual: an error is caught, and the next call connects again.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))
const ccxt = require('ccxt')

export default async function connect({ port, onEvent }) {
  const exchange = new ccxt.pro.binanceusdm({
    newUpdates: true,
    options: { fetchMarkets: { types: ['linear'] }, fetchCurrencies: false },
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
  for (;;) {
    try {
      for (const trade of await exchange.watchTrades('BTC/USDT:USDT')) onEvent(trade.timestamp)
    } catch (error) {
      if (!(error instanceof ccxt.BaseError)) throw error
    }
  }
}
