// npm run bench:faults: what every client makes of a broken connection, on real sockets, each against an exchange of
// its own. `--limit=120` is how many seconds a client has to notice something; `--only=half`
// takes the cases whose name contains the word, `--clients=tickwire` some of the clients. Results: bench/results/faults.json.
import { fork } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { FaultExchange } from './exchange.mjs'

const arguments_ = new Map(process.argv.slice(2).map(text => text.replace(/^--/, '').split('=')))
const limitMs = Number(arguments_.get('limit') ?? 120) * 1000
const only = arguments_.get('only')?.split(',')
const hasPeers = existsSync(new URL('../peers/node_modules', import.meta.url))
const KNOWN = ['tickwire', ...(hasPeers ? ['binance', 'ccxt', 'tardis-dev', 'node-binance-api'] : [])]
const CLIENTS = arguments_.get('clients')?.split(',') ?? KNOWN
/** How long a client gets data before something happens: some learn its rhythm. */
const STEADY_MS = 8000
const READY_WITHIN_MS = 60_000
const REFUSED_MS = 60_000

if (!(limitMs > 0)) throw new Error(`--limit: expected a number of seconds above 0, was "${arguments_.get('limit')}"`)
for (const client of CLIENTS)
  if (!KNOWN.includes(client)) throw new Error(`--clients: expected some of ${KNOWN.join(', ')}, was "${client}"`)
if (!hasPeers) console.error('bench/peers is not installed, so Tickwire runs alone: npm install --prefix bench/peers')

const CASES = [
  { name: 'half-open socket: time until the client connects again', run: setting => notice(setting, 'halfOpen') },
  {
    name: 'socket that pongs but sends nothing: time until the client connects again',
    run: setting => notice(setting, 'mute'),
  },
  // One after the other: a client that hammers must not slow the others down.
  { name: 'connection attempts in 60 s of HTTP 429', run: countAttempts, isOneByOne: true },
]

/** A client in a process of its own that gets data; its events so far, and whether it lives. */
async function start(client) {
  const exchange = new FaultExchange()
  const port = await exchange.listen()
  const child = fork(new URL('client.mjs', import.meta.url), [JSON.stringify({ client, port })], {
    stdio: ['ignore', 'ignore', client === 'tickwire' ? 'inherit' : 'ignore', 'ipc'],
  })
  const setting = { exchange, child, events: 0, isOver: false }
  child.on('message', events => {
    setting.events = events
  })
  child.on('exit', () => {
    setting.isOver = true
  })
  const readyBy = performance.now() + READY_WITHIN_MS
  while (setting.events === 0 && performance.now() < readyBy && !setting.isOver) await delay(50)
  if (setting.events === 0) {
    await stop(setting)
    throw new Error(setting.isOver ? 'it ended before it got an event' : `no event within ${READY_WITHIN_MS} ms`)
  }
  await delay(STEADY_MS)
  return setting
}

async function stop({ exchange, child }) {
  child.kill()
  exchange.close()
}

/** Until the next connection attempt, and until data comes again, each in milliseconds; undefined when not within the limit. */
async function notice(setting, fault) {
  const { exchange } = setting
  const attempts = exchange.attempts.length
  const startMs = performance.now()
  exchange[fault]()
  // What was on its way when the fault began is no sign of recovery.
  await delay(200)
  const before = setting.events
  const isLate = () => performance.now() - startMs > limitMs || setting.isOver
  while (exchange.attempts.length === attempts && !isLate()) await delay(10)
  const attemptMs = exchange.attempts[attempts]
  while (attemptMs !== undefined && setting.events === before && !isLate()) await delay(10)
  const hasData = setting.events > before
  return {
    noticedMs: attemptMs === undefined ? undefined : Math.round(attemptMs - startMs),
    dataAgainMs: hasData ? Math.round(performance.now() - startMs) : undefined,
    hasEnded: setting.isOver,
  }
}

async function countAttempts(setting) {
  const attempts = setting.exchange.attempts.length
  setting.exchange.refuse()
  await delay(REFUSED_MS)
  return { attempts: setting.exchange.attempts.length - attempts, hasEnded: setting.isOver }
}

async function measure(client, test) {
  let setting
  try {
    setting = await start(client)
    return { client, ...(await test.run(setting)) }
  } catch (error) {
    return { client, failed: error.message }
  } finally {
    if (setting !== undefined) await stop(setting)
  }
}

function line(row) {
  const name = `  ${row.client.padEnd(18)} `
  const seconds = ms => `${(ms / 1000).toFixed(1)} s`
  const end = row.hasEnded ? '   its process ended' : ''
  if (row.failed !== undefined) return `${name}failed: ${row.failed}`
  if (row.attempts !== undefined) return `${name}${String(row.attempts).padStart(8)} attempts${end}`
  if (row.noticedMs === undefined) return `${name}not within ${limitMs / 1000} s${end}`
  const again = row.dataAgainMs === undefined ? 'no data since' : `data again after ${seconds(row.dataAgainMs)}`
  return `${name}${seconds(row.noticedMs).padStart(8)}   ${again}${end}`
}

const report = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  limitMs,
  cases: {},
}
for (const test of CASES) {
  if (only !== undefined && !only.some(word => test.name.includes(word))) continue
  console.log(`\n${test.name}`)
  const rows = []
  if (test.isOneByOne) for (const client of CLIENTS) rows.push(await measure(client, test))
  else rows.push(...(await Promise.all(CLIENTS.map(client => measure(client, test)))))
  report.cases[test.name] = rows
  for (const row of rows) console.log(line(row))
}
mkdirSync(new URL('../results/', import.meta.url), { recursive: true })
if (only === undefined && CLIENTS === KNOWN)
  writeFileSync(new URL('../results/faults.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`)
