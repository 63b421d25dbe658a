import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../net/clock.ts'
import type { ProcessFigures } from './protocol.ts'

const RESOLUTION_MS = 20
const READ_EVERY_MS = 1000

type Counts = Pick<ProcessFigures, 'clients' | 'views' | 'sentMessages' | 'sentBytes' | 'conflated'>

/** What the process costs: CPU and event-loop delay since the last reading, memory now. */
export class ProcessMeter implements Disposable {
  private readonly clock: Clock
  private readonly startedMs: number
  private readonly delay: IntervalHistogram
  private cpuMicros = 0
  private readAtMs: number
  private cached: Omit<ProcessFigures, keyof Counts> | undefined

  constructor(clock: Clock) {
    this.clock = clock
    this.startedMs = clock.monotonicMs()
    this.readAtMs = this.startedMs
    this.delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.delay.enable()
    this.cpuMicros = cpuNow()
  }

  read(counts: Counts): ProcessFigures {
    const nowMs = this.clock.monotonicMs()
    if (this.cached === undefined || nowMs - this.readAtMs >= READ_EVERY_MS) this.cached = this.measure(nowMs)
    return { ...this.cached, ...counts }
  }

  [Symbol.dispose](): void {
    this.delay.disable()
  }

  private measure(nowMs: number): Omit<ProcessFigures, keyof Counts> {
    const spanMs = Math.max(1, nowMs - this.readAtMs)
    const cpu = cpuNow()
    const cpuPercent = (cpu - this.cpuMicros) / 10 / spanMs
    this.cpuMicros = cpu
    this.readAtMs = nowMs
    const memory = process.memoryUsage()
    // The histogram counts the sampling interval itself as delay.
    const delayMs = (percentile: number): number => Math.max(0, this.delay.percentile(percentile) / 1e6 - RESOLUTION_MS)
    const figures = {
      uptimeS: Math.round((nowMs - this.startedMs) / 1000),
      cpuPercent: Math.round(cpuPercent * 10) / 10,
      heapMb: Math.round(memory.heapUsed / 1e5) / 10,
      rssMb: Math.round(memory.rss / 1e5) / 10,
      loopDelayP50Ms: Math.round(delayMs(50) * 10) / 10,
      loopDelayP99Ms: Math.round(delayMs(99) * 10) / 10,
    }
    this.delay.reset()
    return figures
  }
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
