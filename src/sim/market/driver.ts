import type { Clock } from '../../net/clock.ts'
import type { World } from './world.ts'

/** Real time between steps; market events keep their own finer moments. */
const stepMs = 10
/** Tasks run between two looks at the clock, and the time after which sockets get their turn while catching up. */
const tasksPerLook = 100
const longestMs = 8
/** Tasks run in one go on a clock that stands still meanwhile. */
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
    this.timer = this.clock.setTimer(this.catchUp() ? stepMs : 0, () => this.step())
  }

  /** @returns false when it took so long that others must have their turn first */
  private catchUp(): boolean {
    const startMs = this.clock.monotonicMs()
    const untilUs = Math.floor(this.originUs + startMs * 1000)
    for (let tasks = 0; tasks < tasksPerStep; tasks += tasksPerLook) {
      if (this.world.advance(untilUs, tasksPerLook)) return true
      if (this.clock.monotonicMs() - startMs > longestMs) return false
    }
    return false
  }
}
