// A simulated exchange in a process of its own; tells its endpoints, then its figures once a second, as lines of JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createSimulator } from '../../dist/sim/index.js'

const { venues, factor, unreadBytes } = JSON.parse(process.argv[2])
const steps = factor > 1 ? [{ fault: 'rateFactor', atMs: 0, factor }] : []
const simulator = await createSimulator({
  venues,
  seed: 7,
  limits: { inboundPerSecond: 1000, handshakesPerWindow: 100_000, unreadBytes },
  ...(steps.length > 0 ? { faults: { steps } } : {}),
})
const say = value => process.stdout.write(`${JSON.stringify(value)}\n`)
const lag = monitorEventLoopDelay({ resolution: 10 })
lag.enable()
say({ endpoints: simulator.endpoints })
setInterval(() => {
  const { user, system } = process.cpuUsage()
  const sum = { connections: 0, messagesSent: 0, bytesSent: 0, slowClients: 0, pongTimeouts: 0 }
  for (const stats of Object.values(simulator.stats())) for (const name of Object.keys(sum)) sum[name] += stats[name]
  const { rss, heapUsed } = process.memoryUsage()
  const lagMs = { p50: lag.percentile(50) / 1e6, p99: lag.percentile(99) / 1e6, max: lag.max / 1e6 }
  lag.reset()
  say({
    atMs: performance.now(),
    cpuMs: (user + system) / 1000,
    rssMB: rss / 2 ** 20,
    heapMB: heapUsed / 2 ** 20,
    lagMs,
    ...sum,
  })
}, 1000)
process.stdin.on('end', () => process.exit(0)).resume()
