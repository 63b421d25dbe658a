// node-binance-api: its futures aggregated trade stream and its depth cache.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))
const module = require('node-binance-api')
const Binance = module.default ?? module

export default function connect({ port, kind, onEvent }) {
  const base = `http://127.0.0.1:${port}`
  const urls = { base: `${base}/api/`, fapi: `${base}/fapi/`, fstream: `ws://127.0.0.1:${port}/stream?streams=`, fstreamSingle: `ws://127.0.0.1:${port}/ws/` }
  const client = new Binance().options({ urls, reconnect: false, log: () => undefined })
  if (kind === 'depth') client.futuresDepthStream?.('BTCUSDT', () => onEvent())
  else client.futuresAggTradeStream('BTCUSDT', () => onEvent())
}
