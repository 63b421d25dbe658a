// npm run bench:account: how long a fill and a margin call are on their way from the exchange's socket to the account's
// observer, beside public trades on the same feed in the same seconds: first at the same rate, then while the market floods.
import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const seconds = Number(process.argv.find(text => text.startsWith('--seconds='))?.slice('--seconds='.length) ?? 20)
const CASES = [
  { name: 'fills and trades at 200/s each', tradesPerSecond: 200, fillsPerSecond: 200, marginCallsPerSecond: 0 },
  { name: 'market flood of 20,000/s', tradesPerSecond: 20_000, fillsPerSecond: 20, marginCallsPerSecond: 20 },
]

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', data => {
      text += data
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
    child.on('exit', code => reject(new Error(`exited with ${code}: ${text.slice(0, 200)}`)))
  })
}

async function measure(test) {
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc']
  const exchange = fork(new URL('exchange.mjs', import.meta.url), [JSON.stringify(test)], { stdio })
  const port = Number(await firstLine(exchange))
  const settings = { port, warmUpMs: 12_000, forMs: seconds * 1000 }
  const client = fork(new URL('client.mjs', import.meta.url), [JSON.stringify(settings)], { stdio })
  const figures = JSON.parse(await firstLine(client))
  exchange.kill()
  client.kill()
  return figures
}

const report = { date: new Date().toISOString(), node: process.version, cpu: cpus()[0]?.model, seconds, cases: {} }
for (const test of CASES) {
  const figures = await measure(test)
  report.cases[test.name] = figures
  console.log(`\n${test.name}`)
  for (const [kind, { events, p50Us, p99Us, maxUs }] of Object.entries(figures)) {
    if (events === 0) continue
    const [p50, p99, most] = [p50Us, p99Us, maxUs].map(us => us.toFixed(0).padStart(6))
    console.log(
      `  ${kind.padEnd(11)} ${String(events).padStart(7)} events   p50 ${p50} µs   p99 ${p99} µs   most ${most} µs`,
    )
  }
}
mkdirSync(new URL('../results/', import.meta.url), { recursive: true })
writeFileSync(new URL('../results/account.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`)
