import { ConfigError } from '../../model/error.ts'
import type { Clock } from '../../net/clock.ts'
import type { FaultTarget } from '../faults.ts'
import { FaultRunner } from '../plan/fault-runner.ts'
import type { ServerPlan } from '../plan/read-plan.ts'
import { StepLog } from './step-log.ts'

/** Plans that may run at once. */
const mostPlans = 1000

export interface FaultDeskOptions {
  readonly targets: readonly FaultTarget[]
  readonly clock: Clock
  readonly onNotice: (line: string) => void
}

/** Runs fault plans: the one the simulator was started with, and those that come while it runs. */
export class FaultDesk implements Disposable {
  readonly log = new StepLog()
  private readonly options: FaultDeskOptions
  private readonly running = new Set<FaultRunner>()
  private plans = 0

  constructor(options: FaultDeskOptions) {
    this.options = options
  }

  /** Checks a plan against what is served; it runs when it is started. @throws ConfigError */
  prepare(plan: ServerPlan): FaultRunner {
    for (const runner of this.running) if (runner.isIdle) this.running.delete(runner)
    if (this.running.size >= mostPlans) throw new ConfigError(`faults: ${mostPlans} plans are running already.`)
    const { clock, onNotice } = this.options
    const number = ++this.plans
    const runner = new FaultRunner({
      ...this.options,
      plan,
      onStep: event => {
        onNotice(event.text)
        this.log.add({ timeUs: clock.nowUs(), plan: number, ...event })
      },
    })
    this.running.add(runner)
    return runner
  }

  /** Checks a plan and starts it now. @throws ConfigError */
  run(plan: ServerPlan): Disposable {
    const runner = this.prepare(plan)
    runner.start()
    return runner
  }

  /** Ends every plan: what lasts is taken back, what has not come yet never does. @returns how many were running */
  clear(): number {
    const alive = [...this.running].filter(runner => !runner.isIdle)
    for (const runner of alive) runner[Symbol.dispose]()
    this.running.clear()
    return alive.length
  }

  [Symbol.dispose](): void {
    this.clear()
  }
}
