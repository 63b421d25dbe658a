// One feed with one account, listening to fills, margin calls and public trades; prints how long each was on its way.
import { createFeed, hmacCredentials } from '../../dist/index.js'
import { binanceUsdm, binanceUsdmAccount } from '../../dist/venue/binance/index.js'

const { port, warmUpMs, forMs } = JSON.parse(process.argv[2])
const endpoints = {
  rest: `http://127.0.0.1:${port}`,
  stream: `ws://127.0.0.1:${port}`,
  wsApi: `ws://127.0.0.1:${port}`,
}
const latencies = { trade: [], fill: [], marginCall: [] }
let isWarm = false

const note = (kind, stampUs) => {
  if (isWarm) latencies[kind].push(Number(process.hrtime.bigint() / 1000n) - stampUs)
}

const feed = createFeed({
  venues: [binanceUsdm({ endpoints })],
  accounts: [{ adapter: binanceUsdmAccount({ endpoints }), credentials: hmacCredentials('benchKey', 'benchSecret') }],
})
const account = feed.account()
account.observe(event => {
  if (event.kind === 'fill' && event.origin === 'stream') note('fill', Number(event.tradeId))
  else if (event.kind === 'marginCall') note('marginCall', event.exchangeTimeUs / 1000)
})
feed.observe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] }, event => {
  if (event.kind === 'trade') note('trade', event.exchangeTimeUs / 1000)
})
await account.ready
setTimeout(() => (isWarm = true), warmUpMs)
setTimeout(() => {
  const figures = Object.entries(latencies).map(([kind, values]) => {
    const sorted = Float64Array.from(values).sort()
    const at = share => sorted[Math.floor(sorted.length * share)] ?? null
    return [kind, { events: sorted.length, p50Us: at(0.5), p99Us: at(0.99), maxUs: at(0.999999) }]
  })
  process.stdout.write(`${JSON.stringify(Object.fromEntries(figures))}\n`, () => process.exit(0))
}, warmUpMs + forMs)
