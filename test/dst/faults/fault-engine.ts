import type { FaultStep } from '../../../src/sim/plan/fault-step.ts'
import type { World } from '../core/world.ts'
import type { Session } from '../exchange/session.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import { exchangeFault } from './exchange-faults.ts'
import { transportFault } from './transport-faults.ts'

/** Told of faults whose discovery has a bound of its own. */
export interface FaultWatch {
  halfOpen(link: Link, forMs: number): void
  /** The exchange feeds a whole socket nothing any more. */
  muted(session: Session, forMs: number): void
}

export interface ConsumerFaults {
  throwShare: number
}

export interface FaultTools {
  readonly world: World
  readonly network: Network
  readonly servers: readonly VenueServer[]
  readonly watch: FaultWatch
  readonly consumers: ConsumerFaults
  /** Called for every socket that is asked for while a fault is on that is about all sockets. */
  readonly newLinks: Set<(link: Link) => void>
  count(name: string, times?: number): void
}

/** Performs the steps of a plan; every lasting fault ends when the chaos ends. */
export class FaultEngine {
  private readonly tools: FaultTools
  /** World time of the last moment at which the machine itself was disturbed, and at which the network was slow. */
  hostTroubledMs = Number.NEGATIVE_INFINITY
  slowMs = Number.NEGATIVE_INFINITY
  private chaosEndMs = 0

  constructor(tools: FaultTools) {
    this.tools = tools
  }

  start(steps: readonly FaultStep[], chaosEndMs: number): void {
    const { world } = this.tools
    this.chaosEndMs = chaosEndMs
    world.at(chaosEndMs, () => this.calm())
    for (const step of steps) {
      for (let atMs = step.atMs; atMs < chaosEndMs; atMs += step.everyMs ?? Number.POSITIVE_INFINITY) {
        world.at(atMs, () => this.begin(step, Math.min(chaosEndMs, atMs + (step.forMs ?? chaosEndMs)) - atMs))
      }
    }
  }

  /** What was to be skipped or sent twice, and did not come up, is forgotten. */
  private calm(): void {
    for (const server of this.tools.servers) {
      for (const feed of server.allFeeds()) {
        feed.skips = 0
        feed.dups = 0
      }
    }
    this.tools.world.trace.say('the faults stop')
  }

  private begin(step: FaultStep, forMs: number): void {
    const { world } = this.tools
    this.tools.count(`fault: ${step.fault}`)
    if (step.fault === 'rate' || step.fault === 'delay') this.slowMs = Math.max(this.slowMs, world.nowMs + forMs)
    const undo = this.perform(step, forMs)
    const isLasting = undo !== undefined
    world.trace.say(`fault ${describe(step)}${isLasting ? ` for ${(forMs / 1000).toFixed(1)} s` : ''}`)
    if (!isLasting) return
    world.after(forMs, () => {
      undo()
      world.trace.say(`fault ${step.fault} ends`)
    })
  }

  private perform(step: FaultStep, forMs: number): (() => void) | undefined {
    const { tools } = this
    const done = transportFault(step, tools, forMs) ?? exchangeFault(step, tools)
    return done === undefined ? this.disturbHost(step) : done.undo
  }

  private disturbHost(step: FaultStep): (() => void) | undefined {
    const { host, nowMs } = this.tools.world
    const mostMs = Math.max(0, this.chaosEndMs - Math.max(nowMs, host.frozenUntilMs))
    switch (step.fault) {
      case 'clockJump':
        host.jump(step.ms)
        this.hostTroubledMs = Math.max(this.hostTroubledMs, nowMs)
        return undefined
      case 'clockDrift':
        host.drift(step.ppm)
        return () => host.drift(0)
      case 'sleep':
        host.sleep(Math.min(step.ms, mostMs))
        this.hostTroubledMs = Math.max(this.hostTroubledMs, host.frozenUntilMs)
        return undefined
      case 'stall':
        host.stall(Math.min(step.ms, mostMs))
        this.hostTroubledMs = Math.max(this.hostTroubledMs, host.frozenUntilMs)
        return undefined
      case 'consumerThrows':
        this.tools.consumers.throwShare = step.share
        return () => {
          this.tools.consumers.throwShare = 0
        }
      default:
        throw new Error(`the simulated world has no fault "${step.fault}"`)
    }
  }
}

/** One line for people. */
export function describe(step: FaultStep): string {
  const { fault, atMs: _at, forMs: _for, ...details } = step
  const text = Object.entries(details)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ')
  return text === '' ? fault : `${fault} ${text}`
}
