// tardis-dev with its own watch for stale connections as it comes: the speed benchmarks set it otherwise.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../peers/package.json', import.meta.url))

export default async function connect({ port, onEvent }) {
  process.env.WSS_URL_BINANCE_FUTURES = `ws://127.0.0.1:${port}/stream`
  const tardis = require('tardis-dev')
  const feed = tardis.streamNormalized({ exchange: 'binance-futures', symbols: ['btcusdt'] }, tardis.normalizeTrades)
  for await (const message of feed) if (message.type === 'trade') onEvent()
}
