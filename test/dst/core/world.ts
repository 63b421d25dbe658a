import { Chance } from './chance.ts'
import { drain } from './drain.ts'
import { EventHeap, type Scheduled } from './event-heap.ts'
import { HostClock, START_MS } from './host-clock.ts'
import { Trace } from './trace.ts'

/** Simulated time: nothing happens but by an event of this world or a timer of the client's machine. */
export class World {
  readonly seed: number
  readonly host: HostClock
  readonly trace: Trace
  nowMs = 0
  events = 0
  private readonly heap = new EventHeap()
  private readonly order: Chance
  private isStopped = false

  constructor(seed: number, isVerbose = false) {
    this.seed = seed
    this.host = new HostClock(() => this.nowMs)
    this.order = new Chance(seed, 'order')
    this.trace = new Trace(() => this.nowMs, isVerbose)
  }

  /** Milliseconds since 1970, by the exchange's clock, which is right. */
  get wallMs(): number {
    return START_MS + this.nowMs
  }

  chance(name: string): Chance {
    return new Chance(this.seed, name)
  }

  at(atMs: number, run: () => void): Scheduled {
    return this.heap.push(Math.max(atMs, this.nowMs), this.order.next(), run)
  }

  after(delayMs: number, run: () => void): Scheduled {
    return this.at(this.nowMs + delayMs, run)
  }

  stop(): void {
    this.isStopped = true
  }

  get hasStopped(): boolean {
    return this.isStopped
  }

  /** Lets time pass. What a callback throws is the caller's to see. */
  run(untilMs: number): void {
    const { host, heap } = this
    while (!this.isStopped) {
      const hostMs = host.nextMs()
      const worldMs = heap.nextMs()
      const nextMs = Math.min(hostMs, worldMs)
      if (nextMs > untilMs) break
      if (nextMs > this.nowMs) this.nowMs = nextMs
      this.events++
      // A busy machine first fires the timers that are due, then reads its sockets.
      if (hostMs <= worldMs) host.fire()
      else {
        const entry = heap.pop()
        const run = entry?.run
        if (entry !== undefined) entry.run = undefined
        run?.()
      }
      drain()
    }
    if (!this.isStopped && this.nowMs < untilMs) this.nowMs = untilMs
  }
}
