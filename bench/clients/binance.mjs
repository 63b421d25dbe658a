// tiagosiebler/binance: parsed events, beautified as its documentation shows.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))
const { WebsocketClient } = require('binance')
const quiet = { trace() {}, info() {}, error() {} }

export default function connect({ port, kind, onEvent }) {
  const stream = kind === 'depth' ? 'btcusdt@depth@100ms' : 'btcusdt@aggTrade'
  const client = new WebsocketClient({ beautify: true, wsUrl: `ws://127.0.0.1:${port}/stream` }, quiet)
  client.on('formattedMessage', () => onEvent())
  client.on('exception', () => undefined)
  client.subscribe([stream], kind === 'depth' ? 'usdmPublic' : 'usdmMarket')
}
