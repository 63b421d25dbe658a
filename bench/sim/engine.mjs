// Order-book events that one process generates and matches on one core, without sockets and with nobody listening to streams.
import { World } from '../../dist/sim/market/world.js'

const { seconds, seed } = JSON.parse(process.argv[2] ?? '{"seconds":5,"seed":7}')
const startUs = 1_795_000_020_000_000
const world = new World({ venues: ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options'], seed, startUs })
let trades = 0
let actions = 0
let levels = 0
for (const venue of world.venues.values()) {
  for (const { market } of venue.listed.values()) {
    market.listeners.add({
      traded: () => trades++,
      changed: () => {
        actions++
        levels += market.book.changes.bid.size + market.book.changes.ask.size
      },
    })
  }
}
const startedMs = performance.now()
const cpu = process.cpuUsage()
let marketMs = 0
while (performance.now() - startedMs < seconds * 1000) {
  marketMs += 1000
  world.advance(startUs + marketMs * 1000)
}
const wallMs = performance.now() - startedMs
const { user, system } = process.cpuUsage(cpu)
const events = trades + actions
process.stdout.write(
  `${JSON.stringify({
    eventsPerSecond: Math.round(events / (wallMs / 1000)),
    trades,
    bookActions: actions,
    levelChanges: levels,
    wallMs: Math.round(wallMs),
    cpuMs: Math.round((user + system) / 1000),
    marketSeconds: marketMs / 1000,
  })}\n`,
)
