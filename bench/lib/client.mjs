// Runs one client against one exchange process and prints what an event cost: CPU of all threads, user and system.
const settings = JSON.parse(process.argv[2])
const { client, port, warmUp, total, kind } = settings
const { default: connect } = await import(`../clients/${client}.mjs`)

let seen = 0
let cpuStart
let wallStart
const latencies = settings.perSecond === undefined ? undefined : new Float64Array(total)

/** Called by the client for every event, with the trade time when latency is measured. */
let gaps = 0
const onEvent = (tradeTimeUs, gapsSoFar = 0) => {
  gaps = gapsSoFar
  seen++
  if (latencies !== undefined && tradeTimeUs !== undefined)
    latencies[seen - 1] = Number(process.hrtime.bigint() / 1000n) - tradeTimeUs
  if (seen === warmUp) {
    cpuStart = process.cpuUsage()
    wallStart = performance.now()
  }
  if (seen === total) finish()
}

function percentiles(values) {
  const sorted = values.sort()
  return { p50: sorted[Math.floor(sorted.length * 0.5)], p99: sorted[Math.floor(sorted.length * 0.99)] }
}

function finish() {
  const cpu = process.cpuUsage(cpuStart)
  const events = total - warmUp
  const result = {
    cpuUsPerEvent: (cpu.user + cpu.system) / events,
    systemUsPerEvent: cpu.system / events,
    eventsPerSecond: (events / (performance.now() - wallStart)) * 1000,
    rssMiB: process.memoryUsage().rss / 2 ** 20,
    events: seen,
    gaps,
  }
  if (latencies !== undefined) {
    const cold = percentiles(latencies.slice(0, warmUp))
    result.latencyUs = { ...percentiles(latencies.slice(warmUp, total)), coldP99: cold.p99 }
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}

setTimeout(() => {
  process.stdout.write(
    `${JSON.stringify({ failed: `only ${seen} of ${total} events within ${settings.patienceMs} ms` })}\n`,
    () => process.exit(0),
  )
}, settings.patienceMs)

await connect({ port, kind, onEvent })
