import { ConfigError } from '../../model/error.ts'
import type { Clock } from '../../net/clock.ts'
import { seededRandom } from '../../net/random.ts'
import type { FaultTarget } from '../faults.ts'
import { shownKey } from '../trading/api-key.ts'
import { accountSchemas } from './account-schemas.ts'
import type { ServerStep } from './fault-step.ts'
import type { ServerPlan } from './read-plan.ts'
import { holdersOf } from './take-account-step.ts'
import type { StepTools } from './take-step.ts'
import { takeStep } from './take-step.ts'

export interface FaultRunnerOptions {
  readonly plan: ServerPlan
  readonly targets: readonly FaultTarget[]
  readonly clock: Clock
  /** Told of every step when it is taken and when it is over, and of the end of the plan. */
  readonly onStep: (news: StepNews) => void
}

export interface StepNews {
  /** Number of the step, from 1 on. */
  readonly step?: number
  readonly fault?: string
  readonly state: 'taken' | 'over' | 'planOver'
  /** One line for people. */
  readonly text: string
}

/** Takes the steps of a plan when they are due, and takes back what has lasted long enough. */
export class FaultRunner implements Disposable {
  private readonly options: FaultRunnerOptions
  private readonly timers = new Set<Disposable>()
  /** What lasts, to be taken back. */
  private readonly lasting = new Set<Disposable>()
  private startMs = 0

  /** @throws ConfigError for a step that finds nothing here to act on */
  constructor(options: FaultRunnerOptions) {
    this.options = options
    for (const [index, step] of options.plan.steps.entries()) check(step, index, options.targets)
  }

  /** True when nothing lasts and nothing is to come. */
  get isIdle(): boolean {
    return this.timers.size === 0 && this.lasting.size === 0
  }

  start(): void {
    const { clock, plan } = this.options
    this.startMs = clock.monotonicMs()
    for (const [index, step] of plan.steps.entries()) {
      const random = seededRandom(plan.seed * 1_000_003 + index)
      this.schedule(step, index, step.atMs, random)
    }
    if (plan.endMs === undefined) return
    this.after(plan.endMs, () => {
      this[Symbol.dispose]()
      this.options.onStep({ state: 'planOver', text: `fault plan over at ${this.seconds()}` })
    })
  }

  [Symbol.dispose](): void {
    for (const timer of this.timers) timer[Symbol.dispose]()
    this.timers.clear()
    for (const end of this.lasting) end[Symbol.dispose]()
    this.lasting.clear()
  }

  private schedule(step: ServerStep, index: number, dueMs: number, random: () => number): void {
    const { clock } = this.options
    this.after(dueMs - (clock.monotonicMs() - this.startMs), () => {
      if (step.everyMs !== undefined) this.schedule(step, index, dueMs + step.everyMs, random)
      this.take(step, index, random)
    })
  }

  private take(step: ServerStep, index: number, random: () => number): void {
    const { clock, onStep } = this.options
    const tools: StepTools = { clock, random, later: (delayMs, run) => this.after(delayMs, run) }
    const met: string[] = []
    const ends: Disposable[] = []
    for (const target of targetsOf(step, this.options.targets)) {
      const taken = takeStep(step, target, tools)
      met.push(taken.met === '' ? target.venue : `${target.venue} ${taken.met}`)
      if (taken.end !== undefined) ends.push(taken.end)
    }
    const length = ends.length > 0 && step.forMs !== undefined ? ` for ${seconds(step.forMs)}` : ''
    const what = { step: index + 1, fault: step.fault }
    const text = `fault ${index + 1} at ${this.seconds()}: ${describe(step)}${length}: ${met.join(', ')}`
    onStep({ ...what, state: 'taken', text })
    if (ends.length === 0) return
    const end = {
      [Symbol.dispose]: () => {
        for (const part of ends) part[Symbol.dispose]()
      },
    }
    this.lasting.add(end)
    if (step.forMs === undefined) return
    this.after(step.forMs, () => {
      this.lasting.delete(end)
      end[Symbol.dispose]()
      onStep({ ...what, state: 'over', text: `fault ${index + 1} over at ${this.seconds()}: ${step.fault}` })
    })
  }

  private after(delayMs: number, run: () => void): void {
    const timer = this.options.clock.setTimer(Math.max(0, delayMs), () => {
      this.timers.delete(timer)
      run()
    })
    this.timers.add(timer)
  }

  private seconds(): string {
    return seconds(this.options.clock.monotonicMs() - this.startMs)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function targetsOf(step: ServerStep, targets: readonly FaultTarget[]): readonly FaultTarget[] {
  return step.venue === undefined ? targets : targets.filter(({ venue }) => venue === step.venue)
}

function check(step: ServerStep, index: number, targets: readonly FaultTarget[]): void {
  const where = `faults: step ${index + 1} ("${step.fault}")`
  const own = targetsOf(step, targets)
  if (own.length === 0) {
    const served = targets.map(({ venue }) => venue).join(', ')
    throw new ConfigError(`${where}: "venue": expected one that is served (${served}), was "${step.venue ?? ''}".`)
  }
  if (step.fault === 'rateFactor' && own.every(({ source }) => source.hurry(() => false, 1) === undefined))
    throw new ConfigError(
      `${where}: a recording is as lively as it was (--speed makes it faster), and so is a live market.`,
    )
  if (!isAboutAccounts(step) || own.some(({ trading }) => holdersOf(step, trading).length > 0)) return
  if (step.account === undefined) throw new ConfigError(`${where}: there is no account that it could happen to.`)
  throw new ConfigError(`${where}: "account": there is no account "${shownAccount(step.account)}".`)
}

const accountFaults: ReadonlySet<string> = new Set(Object.keys(accountSchemas))

function isAboutAccounts({ fault }: ServerStep): boolean {
  return accountFaults.has(fault) && fault !== 'clockSkew'
}

/** Names are told, keys are not told whole. */
function shownAccount(text: string): string {
  return text.length > 24 ? shownKey(text) : text
}

const timing: ReadonlySet<string> = new Set(['fault', 'atMs', 'forMs', 'everyMs', 'venue'])

/** `drop (code 1008, connection 0)`. */
function describe(step: ServerStep): string {
  const details = Object.entries(step)
    .filter(([key]) => !timing.has(key))
    .map(([key, value]) => [key, key === 'account' ? shownAccount(String(value)) : value] as const)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const text = details.join(', ').replace(/\s+/g, ' ').slice(0, 200)
  return details.length === 0 ? step.fault : `${step.fault} (${text})`
}
