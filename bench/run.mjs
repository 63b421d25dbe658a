// npm run bench: every client against the same exchange, one after the other in each round, CPU per event and its ratio to
// `ws` + JSON.parse of the same round. Figures are ratios: absolute times belong to the machine. Results: bench/results/.
import { fork } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const arguments_ = new Map(process.argv.slice(2).map(text => text.replace(/^--/, '').split('=')))
const rounds = Number(arguments_.get('rounds') ?? 3)
const only = arguments_.get('only')?.split(',')
const hasPeers = existsSync(new URL('peers/node_modules', import.meta.url))
const PEERS = hasPeers ? ['binance', 'ccxt', 'tardis-dev', 'node-binance-api'] : []

const CASES = [
  {
    name: 'aggTrade → typed, gap-checked event',
    kind: 'trade',
    warmUp: 100_000,
    total: 600_000,
    peerTotal: 160_000,
    clients: ['tickwire', ...PEERS],
  },
  {
    name: '60-level diff → maintained book',
    kind: 'depth',
    warmUp: 40_000,
    total: 160_000,
    peerTotal: 14_000,
    clients: ['tickwire', ...PEERS],
  },
  {
    // The first twelve seconds are told apart: the engine still compiles, and collects what the start has left behind.
    name: 'latency at 1,000 events/s',
    kind: 'trade',
    perSecond: 1000,
    warmUp: 12_000,
    total: 32_000,
    clients: ['tickwire'],
  },
  {
    name: 'latency at 10,000 events/s',
    kind: 'trade',
    perSecond: 10_000,
    warmUp: 120_000,
    total: 320_000,
    clients: ['tickwire'],
  },
  {
    name: '1,000 streams at 5,000 events/s',
    kind: 'many',
    perSecond: 5000,
    warmUp: 10_000,
    total: 60_000,
    clients: ['tickwire'],
    isAlone: true,
  },
]

if (!hasPeers)
  console.error('bench/peers is not installed, so only the yardstick is compared: npm install --prefix bench/peers')

/** One client in a process of its own against an exchange in another. */
async function measure(client, setting) {
  const exchange = fork(new URL('lib/exchange.mjs', import.meta.url), [JSON.stringify(setting)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const port = Number(await firstLine(exchange))
  const isPeer = PEERS.includes(client)
  const run = { ...setting, client, port, patienceMs: 60_000 }
  const child = fork(new URL('lib/client.mjs', import.meta.url), [JSON.stringify(run)], {
    stdio: ['ignore', 'pipe', isPeer ? 'ignore' : 'inherit', 'ipc'],
  })
  const line = await firstLine(child)
  exchange.kill()
  child.kill()
  return JSON.parse(line)
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', data => {
      text += data
      for (const line of text.split('\n').slice(0, -1)) if (/^[{\d]/.test(line)) resolve(line)
    })
    child.on('exit', code => reject(new Error(`exited with ${code}: ${text.slice(0, 200)}`)))
  })
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

async function compare(test) {
  const clients = test.isAlone ? test.clients : ['ws-json', ...test.clients]
  const seen = new Map(clients.map(client => [client, []]))
  for (let round = 0; round < rounds; round++) {
    let yardstick
    for (const client of clients) {
      const total = PEERS.includes(client) ? test.peerTotal : test.total
      // One peer asks for its snapshot only after it has seen messages, some seconds later.
      const prelude = client === 'tardis-dev' && test.kind === 'depth'
      const setting = {
        delayMs: prelude ? 6000 : 500,
        prelude,
        kind: test.kind,
        perSecond: test.perSecond,
        warmUp: Math.min(test.warmUp, total / 2),
        total,
      }
      const result = await measure(client, setting).catch(error => ({ failed: error.message }))
      if (client === 'ws-json') yardstick = result
      seen.get(client).push({
        ...result,
        ratio: yardstick === undefined ? undefined : yardstick.cpuUsPerEvent / result.cpuUsPerEvent,
      })
    }
  }
  return clients.map(client => summary(client, seen.get(client)))
}

function summary(client, results) {
  const good = results.filter(result => result.failed === undefined)
  if (good.length === 0) return { client, failed: results[0].failed }
  const of = pick => median(good.map(pick))
  const latency =
    good[0].latencyUs === undefined
      ? {}
      : {
          p50Us: of(r => r.latencyUs.p50),
          p99Us: of(r => r.latencyUs.p99),
          coldP99Us: of(r => r.latencyUs.coldP99),
        }
  return {
    client,
    cpuUsPerEvent: of(r => r.cpuUsPerEvent),
    ratio: good[0].ratio === undefined ? undefined : of(r => r.ratio),
    rssMiB: of(r => r.rssMiB),
    events: good[0].events,
    gaps: Math.max(...good.map(r => r.gaps)),
    ...latency,
  }
}

const report = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  rounds,
  cases: {},
}
for (const test of CASES) {
  if (only !== undefined && !only.some(word => test.name.includes(word))) continue
  console.log(`\n${test.name}`)
  const rows = await compare(test)
  report.cases[test.name] = rows
  for (const row of rows) {
    if (row.failed !== undefined) {
      console.log(`  ${row.client.padEnd(18)} failed: ${row.failed}`)
      continue
    }
    const latency =
      row.p50Us === undefined
        ? ''
        : `   p50 ${row.p50Us.toFixed(0)} µs  p99 ${row.p99Us.toFixed(0)} µs  (first seconds ${row.coldP99Us.toFixed(0)} µs)`
    console.log(
      `  ${row.client.padEnd(18)} ${row.cpuUsPerEvent.toFixed(2).padStart(8)} µs/event   ${row.ratio === undefined ? `${row.events} events, ${row.gaps} gaps` : `${row.ratio.toFixed(2)} ×`}   ${row.rssMiB.toFixed(0)} MiB${latency}`,
    )
  }
}
mkdirSync(new URL('results/', import.meta.url), { recursive: true })
if (only === undefined)
  writeFileSync(new URL('results/latest.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`)
