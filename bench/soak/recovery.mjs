// 1,000 streams lose their sockets, all at once, again and again: how long until each of them is live again, and is
// anything missing? node bench/soak/recovery.mjs [--rounds 12] [--redundancy 1] [--pause 66]
import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    redundancy: { type: 'string', default: '1' },
    // Seconds between two rounds. The default lets every socket prove its health, so that each round begins in the same state.
    pause: { type: 'string', default: '66' },
    dist: { type: 'string', default: join(here, '../../dist') },
  },
})
const { createFeed } = await import(join(values.dist, 'index.js'))
const { binanceUsdm } = await import(join(values.dist, 'venue/binance/index.js'))

const symbols = Array.from({ length: 1000 }, (_, index) => `C${index}USDT`)
// One trade per second and symbol: the exchange counts three events for every id.
const exchange = fork(join(here, 'exchange.mjs'), [JSON.stringify({ symbols, perSecond: 3000 })], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
})
const port = await new Promise(resolve => exchange.stdout.once('data', data => resolve(Number(String(data)))))
const feed = createFeed({
  venues: [binanceUsdm({ endpoints: { rest: `http://127.0.0.1:${port}`, stream: `ws://127.0.0.1:${port}` } })],
  redundancy: Number(values.redundancy),
})

const liveAgainMs = []
const lastIds = new Map()
const waiting = new Set()
let [droppedAt, delivered, recovered, lost, wrong] = [0, 0, 0, 0, 0]
const instruments = symbols.map(symbol => `binance-usdm:${symbol}`)
const observation = feed.observe({ instruments, channels: ['trade'] }, event => {
  if (event.kind === 'gap' && !event.healed) {
    lost += Number(event.to) - Number(event.from) + 1
    lastIds.set(event.instrument, Number(event.to))
  }
  if (event.kind !== 'trade') return
  delivered++
  if (event.recovered) recovered++
  const last = lastIds.get(event.instrument)
  if (last !== undefined && Number(event.id) !== last + 1) wrong++
  lastIds.set(event.instrument, Number(event.id))
  if (!event.recovered && waiting.delete(event.instrument)) liveAgainMs.push(performance.now() - droppedAt)
})
await observation.ready
await sleep(3000)
for (let round = 0; round < Number(values.rounds); round++) {
  for (const instrument of instruments) waiting.add(instrument)
  droppedAt = performance.now()
  exchange.send('drop all')
  while (waiting.size > 0) await sleep(50)
  await sleep(Number(values.pause) * 1000)
}
liveAgainMs.sort((a, b) => a - b)
const at = share => Math.round(liveAgainMs[Math.min(liveAgainMs.length - 1, Math.floor(liveAgainMs.length * share))])
const result = {
  rounds: Number(values.rounds),
  streams: symbols.length,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  mostMs: at(1),
  delivered,
  recovered,
  lost,
  wrong,
}
console.log(JSON.stringify(result, undefined, 2))
mkdirSync(join(here, '../results'), { recursive: true })
writeFileSync(join(here, '../results/recovery.json'), `${JSON.stringify(result, undefined, 2)}\n`)
await feed[Symbol.asyncDispose]()
exchange.kill()
