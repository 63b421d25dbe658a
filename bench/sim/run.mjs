// What the simulated exchange can do: npm run bench:sim [-- --part engine,fanout,many] [-- --minutes 10]
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { Child } from './child.mjs'

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'engine,fanout,many' },
    minutes: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
    sockets: { type: 'string', default: '200' },
    streams: { type: 'string', default: '50' },
  },
})
const parts = values.part.split(',')
const unknown = parts.filter(part => !['engine', 'fanout', 'many'].includes(part))
if (unknown.length > 0) throw new Error(`--part: expected engine, fanout or many, was "${unknown.join(',')}"`)
const number = name => {
  const value = Number(values[name])
  if (!(value > 0)) throw new Error(`--${name}: expected a number above 0, was "${values[name]}"`)
  return value
}
const venue = 'binance-usdm'
const symbols = ['btcusdt', 'ethusdt', 'solusdt', '1000pepeusdt', 'defiusdt', 'tslausdt']
/** Half of the sockets take these, the others those: on this venue a socket carries one class of traffic. */
const publicKinds = 'depth@500ms depth depth5@500ms depth10@500ms depth20@500ms depth5 depth10 depth20 rpiDepth@500ms'
const marketKinds = 'aggTrade markPrice markPrice@1s miniTicker ticker kline_1m kline_5m kline_15m kline_1h'
const namesOf = kinds => symbols.flatMap(symbol => kinds.split(' ').map(kind => `${symbol}@${kind}`))
const megabyte = 1024 * 1024
const round = (value, digits = 0) => Number(value.toFixed(digits))

async function engine() {
  const child = new Child('engine.mjs', { seconds: number('seconds'), seed: 7 })
  const figures = await child.next()
  await child.stop()
  // What another process took of the core is no fault of the engine's: both are told.
  return { ...figures, eventsPerCpuSecond: round((figures.trades + figures.bookActions) / (figures.cpuMs / 1000)) }
}

/** Lets a server and its clients run for a while, and gives what came between the first and the last second of it. */
async function measure(serverSettings, clientSettings, script, seconds, onSecond = () => undefined) {
  const server = new Child('serve.mjs', serverSettings)
  const { endpoints } = await server.next()
  const clients = new Child(script, { origin: endpoints[venue].stream, ...clientSettings })
  try {
    while (((await clients.next())?.open ?? 0) < clientSettings.sockets) await server.next()
    // Everything warm: compiled, subscribed, and the lively market lively.
    for (let second = 0; second < 3; second++) await clients.next()
    const from = [await server.next(), clients.lines.at(-1)]
    const rows = []
    for (let second = 0; second < seconds; second++) {
      rows.push([await server.next(), clients.lines.at(-1)])
      onSecond(rows.at(-1), second)
    }
    return { from, rows, to: rows.at(-1) }
  } finally {
    await clients.stop()
    await server.stop()
  }
}

async function fanout() {
  const streams = symbols.flatMap(symbol => [`${symbol}@bookTicker`, `${symbol}@depth@0ms`])
  const sockets = 10
  const settings = { venues: [venue], factor: 120, unreadBytes: 256 * megabyte }
  const { from, to } = await measure(settings, { sockets, streams }, 'listeners.mjs', number('seconds'))
  const elapsed = (to[0].atMs - from[0].atMs) / 1000
  const heard = (to[1].received - from[1].received) / ((to[1].atMs - from[1].atMs) / 1000)
  const sent = to[0].messagesSent - from[0].messagesSent
  return {
    sockets,
    sentPerSecond: round(sent / elapsed),
    receivedPerSecond: round(heard),
    megabytesPerSecond: round((to[0].bytesSent - from[0].bytesSent) / elapsed / megabyte, 1),
    serverCpuShare: round((to[0].cpuMs - from[0].cpuMs) / 1000 / elapsed, 2),
    sentPerCpuSecond: round(sent / ((to[0].cpuMs - from[0].cpuMs) / 1000)),
    slowClients: to[0].slowClients,
  }
}

async function many() {
  const sockets = number('sockets')
  const perSocket = number('streams')
  const classes = { public: namesOf(publicKinds), market: namesOf(marketKinds) }
  const settings = { venues: [venue], factor: 1, unreadBytes: 16 * megabyte }
  const minutes = number('minutes')
  const seconds = Math.max(5, Math.round(minutes * 60))
  const started = performance.now()
  const { from, rows, to } = await measure(
    settings,
    { sockets, perSocket, classes },
    'clients.mjs',
    seconds,
    ([server, clients], second) => {
      if (second % 60 === 59)
        process.stderr.write(
          `${second + 1} s: ${clients.open - clients.closed} sockets, ${clients.lost} lost, ${round(server.rssMB)} MB\n`,
        )
    },
  )
  const elapsed = (to[0].atMs - from[0].atMs) / 1000
  return {
    sockets,
    streamsPerSocket: Math.min(perSocket, classes.public.length),
    minutes: round((performance.now() - started) / 60_000, 1),
    sentPerSecond: round((to[0].messagesSent - from[0].messagesSent) / elapsed),
    checked: to[1].checked,
    lost: to[1].lost,
    closed: to[1].closed,
    worstLagMs: round(Math.max(...rows.map(([, { worstLagMs }]) => worstLagMs))),
    loopLagP99Ms: round(Math.max(...rows.map(([{ lagMs }]) => lagMs.p99)), 1),
    serverCpuShare: round((to[0].cpuMs - from[0].cpuMs) / 1000 / elapsed, 2),
    rssStartMB: round(from[0].rssMB),
    rssEndMB: round(to[0].rssMB),
    heapStartMB: round(from[0].heapMB),
    heapEndMB: round(to[0].heapMB),
  }
}

const all = { engine, fanout, many }
const result = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length }
for (const part of parts) {
  result[part] = await all[part]()
  process.stdout.write(`${part}: ${JSON.stringify(result[part])}\n`)
}
// A file of results holds a whole run, or it is the one before.
if (parts.length === Object.keys(all).length) {
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL('sim.json', folder), `${JSON.stringify(result, null, 2)}\n`)
}
