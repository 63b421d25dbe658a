// A real process at 5,000 events/s that loses a socket every few seconds: does anything grow, is anything lost?
// node --expose-gc bench/soak/run.mjs [--minutes 30] [--reconnects 500] [--rate 5000]
import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    reconnects: { type: 'string', default: '500' },
    rate: { type: 'string', default: '5000' },
    dist: { type: 'string', default: join(here, '../../dist') },
  },
})
const [minutes, reconnects, rate] = [values.minutes, values.reconnects, values.rate].map(Number)
if (![minutes, reconnects, rate].every(value => value > 0)) {
  console.error('soak: --minutes, --reconnects and --rate are numbers above 0')
  process.exit(2)
}
const { createFeed } = await import(join(values.dist, 'index.js'))
const { binanceUsdm } = await import(join(values.dist, 'venue/binance/index.js'))

const symbols = Array.from({ length: 20 }, (_, index) => `C${index}USDT`)
const settings = { symbols, perSecond: rate, dropEveryMs: (minutes * 60_000) / reconnects }
const exchange = fork(join(here, 'exchange.mjs'), [JSON.stringify(settings)], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
})
const port = await new Promise(resolve => exchange.stdout.once('data', data => resolve(Number(String(data)))))

let uncaught = 0
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, error => {
    uncaught++
    console.error(event, error)
  })
}

const counts = {
  trade: 0,
  quote: 0,
  book: 0,
  healed: 0,
  lostIds: 0,
  recovered: 0,
  bookGaps: 0,
  outOfOrder: 0,
  wrongBooks: 0,
}
const lastIds = new Map()
// Few streams on each of many sockets, so that a socket that is dropped had time to prove its health, as in real life.
const adapter = binanceUsdm({ endpoints: { rest: `http://127.0.0.1:${port}`, stream: `ws://127.0.0.1:${port}` } })
const feed = createFeed({ venues: [{ ...adapter, limits: { ...adapter.limits, streamsPerConnection: 2 } }] })
const instruments = symbols.map(symbol => `binance-usdm:${symbol}`)
feed.observe({ instruments, channels: ['trade', 'quote', 'book'], levels: 1 }, event => {
  if (event.kind === 'trade') {
    counts.trade++
    if (event.recovered) counts.recovered++
    const last = lastIds.get(event.instrument)
    if (last !== undefined && Number(event.id) !== last + 1) counts.outOfOrder++
    lastIds.set(event.instrument, Number(event.id))
  } else if (event.kind === 'quote') counts.quote++
  else if (event.kind === 'book') {
    counts.book++
    // Change `id` is the newest quantity of its level: the book shows whether it was applied.
    if (event.synced && event.bids[0]?.[0] >= event.asks[0]?.[0]) counts.wrongBooks++
  } else if (event.kind === 'gap' && event.channel === 'trade') {
    if (event.healed) counts.healed++
    else {
      counts.lostIds += Number(event.to) - Number(event.from) + 1
      lastIds.set(event.instrument, Number(event.to))
    }
  } else if (event.kind === 'gap' && event.channel === 'book') counts.bookGaps++
})

// A consumer that reads a tenth of what comes: bounded, and its losses counted.
const slow = { delivered: 0 }
const lagging = feed.subscribe({
  instruments,
  channels: ['trade', 'quote'],
  capacity: 2000,
  overflow: { trade: 'dropOldest', quote: 'conflate' },
})
void (async () => {
  for await (const batch of lagging) {
    slow.delivered += batch.length
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
})()

const lag = monitorEventLoopDelay({ resolution: 5 })
lag.enable()
const samples = []
const started = performance.now()
const handles = () => process.getActiveResourcesInfo().length
await new Promise(resolve => {
  const timer = setInterval(() => {
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    const atMinutes = (performance.now() - started) / 60_000
    samples.push({ atMinutes, rssMiB: rss / 2 ** 20, heapMiB: heapUsed / 2 ** 20, handles: handles() })
    if (samples.length % 6 === 0)
      console.error(`${atMinutes.toFixed(1)} min`, JSON.stringify(samples.at(-1)), JSON.stringify(counts))
    if (atMinutes < minutes) return
    clearInterval(timer)
    resolve()
  }, 10_000)
})

const truth = await new Promise(resolve => {
  exchange.once('message', resolve)
  exchange.send('?')
})
const status = feed.status()
const { dropped, conflated, queued } = lagging.stats()
await feed[Symbol.asyncDispose]()
exchange.kill()

/** MiB per hour, by least squares over the samples after the first sixth. */
function slope(key) {
  const kept = samples.slice(Math.floor(samples.length / 6))
  const mean = pick => kept.reduce((sum, sample) => sum + pick(sample), 0) / kept.length
  const [x, y] = [mean(sample => sample.atMinutes), mean(sample => sample[key])]
  const over = mean(sample => (sample.atMinutes - x) * (sample[key] - y))
  return (over / mean(sample => (sample.atMinutes - x) ** 2)) * 60
}

const result = {
  minutes,
  drops: truth.drops,
  eventsPerSecond: Math.round((counts.trade + counts.quote + counts.book) / (minutes * 60)),
  counts,
  reconnects: status.connections.reduce((sum, connection) => sum + connection.reconnects, 0),
  decodeFailures: status.connections.reduce((sum, connection) => sum + connection.decodeFailures, 0),
  uncaught,
  rssMiB: { first: samples[6]?.rssMiB, last: samples.at(-1)?.rssMiB, slopePerHour: slope('rssMiB') },
  heapMiB: { first: samples[6]?.heapMiB, last: samples.at(-1)?.heapMiB, slopePerHour: slope('heapMiB') },
  handles: { least: Math.min(...samples.map(s => s.handles)), most: Math.max(...samples.map(s => s.handles)) },
  loopLagP99Ms: lag.percentile(99) / 1e6,
  slowConsumer: { delivered: slow.delivered, dropped, conflated, queued },
}
console.log(JSON.stringify(result, undefined, 2))
mkdirSync(join(here, '../results'), { recursive: true })
if (minutes >= 30) writeFileSync(join(here, '../results/soak.json'), `${JSON.stringify(result, undefined, 2)}\n`)
setTimeout(() => process.exit(uncaught === 0 && counts.outOfOrder === 0 ? 0 : 1), 500)
