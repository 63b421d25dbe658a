// node-binance-api: its futures aggregated trade stream and its depth cache.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))
const module = require('node-binance-api')
const Binance = module.default ?? module

export default function connect({ port, kind, onEvent }) {
  const client = new Binance().options({
    reconnect: false,
    log: () => undefined,
    urls: { base: `http://127.0.0.1:${port}/api/` },
  })
  // The stream paths by class cannot be configured: only their origin is replaced here.
  client.getFStreamSingleUrl = category => `ws://127.0.0.1:${port}/${category}/ws/`
  client.getFStreamUrl = category => `ws://127.0.0.1:${port}/${category}/stream?streams=`
  client.getStreamUrl = () => `ws://127.0.0.1:${port}/ws/`
  client.getCombineStreamUrl = () => `ws://127.0.0.1:${port}/stream?streams=`
  client.stream = `ws://127.0.0.1:${port}/ws/`
  client.combineStream = `ws://127.0.0.1:${port}/stream?streams=`
  if (kind === 'depth') client.websockets.depthCache(['BTCUSDT'], () => onEvent())
  else client.futuresAggTradeStream('BTCUSDT', () => onEvent())
}
