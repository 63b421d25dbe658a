import type { Clock } from '../../net/clock.ts'
import type { World } from './world.ts'

/** Real time between steps; market events keep their own finer moments. */
const stepMs = 10
/** Tasks run in one go, so that catching up after a pause of the machine does not block the sockets. */
const tasksPerStep = 20_000

/**
 * Lets a generated world follow a clock: its monotonic side, so that the exchange's time goes on evenly when somebody
 * sets the clock of this machine.
 */
export class MarketDriver implements Disposable {
  private readonly world: World
  private readonly clock: Clock
  private readonly originUs: number
  private timer: Disposable | undefined
  private isStopped = false

  /** `startedMs` is the monotonic time at the world's start. */
  constructor(world: World, clock: Clock, startedMs: number) {
    this.world = world
    this.clock = clock
    this.originUs = world.scheduler.nowUs - startedMs * 1000
    this.step()
  }

  [Symbol.dispose](): void {
    this.isStopped = true
    this.timer?.[Symbol.dispose]()
  }

  private step(): void {
    if (this.isStopped) return
    const isCaughtUp = this.world.advance(Math.floor(this.originUs + this.clock.monotonicMs() * 1000), tasksPerStep)
    this.timer = this.clock.setTimer(isCaughtUp ? stepMs : 0, () => this.step())
  }
}
