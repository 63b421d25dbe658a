import type { Mood } from '../agents.ts'
import { ordinaryMood } from '../agents.ts'
import type { Chance } from '../chance.ts'
import type { Scheduler } from '../scheduler.ts'
import { LeveragedCrowd } from './leveraged-crowd.ts'
import type { Stage } from './stage.ts'

const tickUs = 50_000
/** Time between the beginnings of two crashes. */
const periodUs: readonly [least: number, most: number] = [110e6, 130e6]
/** Makers step back by so much at the worst. */
const panic: Mood = { spread: 500, depth: 0.25, liquidation: 0 }
/** What is left of the fall below which it is over. */
const over = 0.0002

interface Crash {
  readonly depth: number
  readonly fallUs: number
  readonly bottomUs: number
  /** Time in which two thirds of what is left are won back. */
  readonly recoveryUs: number
  readonly crowds: readonly LeveragedCrowd[]
}

/**
 * A price that falls several percent within seconds and comes back within a minute. A seller takes every bid on the way
 * down, makers widen and thin out, and longs that borrowed too much are closed by force.
 */
export class FlashCrash {
  private readonly stage: Stage
  private readonly scheduler: Scheduler
  private readonly chance: Chance

  constructor(stage: Stage, scheduler: Scheduler, chance: Chance) {
    this.stage = stage
    this.scheduler = scheduler
    this.chance = chance
  }

  /** Lets the first one begin at this moment, and the others after it. */
  start(firstUs: number): void {
    this.scheduler.at(firstUs, atUs => {
      this.begin(atUs)
      this.start(atUs + Math.round(this.chance.between(...periodUs)))
    })
  }

  private begin(atUs: number): void {
    const { chance, stage } = this
    const shape = { count: 30, nearest: 0.003, farthest: 0.06, impact: [0.0002, 0.001] } as const
    const crash = {
      depth: chance.between(0.045, 0.08),
      fallUs: chance.between(3.5e6, 6e6),
      bottomUs: chance.between(1e6, 2.5e6),
      recoveryUs: chance.between(7e6, 12e6),
      crowds: stage.contracts.map(listed => new LeveragedCrowd(listed, 'ask', shape, chance)),
    }
    stage.withdraw(0.6, atUs)
    this.fall(crash, atUs, atUs)
  }

  /** Slow at first, then faster: the price is down by `depth × progress^1.5`. */
  private fall(crash: Crash, startUs: number, atUs: number): void {
    const { stage } = this
    const progress = Math.min(1, (atUs - startUs) / crash.fallUs)
    const fear = Math.min(1, progress * 3)
    stage.setMood({
      spread: 1 + (panic.spread - 1) * fear,
      depth: 1 + (panic.depth - 1) * fear,
      liquidation: panic.liquidation,
    })
    const change = -crash.depth * progress * Math.sqrt(progress) - stage.underlying.shock
    if (change < 0) stage.push(change, atUs)
    for (const crowd of crash.crowds) {
      const position = crowd.takeDue()
      if (position !== undefined) crowd.listed.agents.force('ask', position.quantity, 0.99, atUs)
    }
    if (progress < 1) this.scheduler.at(atUs + tickUs, nowUs => this.fall(crash, startUs, nowUs))
    else this.scheduler.at(atUs + Math.round(crash.bottomUs), nowUs => this.recover(crash, nowUs))
  }

  private recover(crash: Crash, atUs: number): void {
    const { stage } = this
    const left = stage.underlying.shock
    if (Math.abs(left) < over) {
      stage.move(-left, atUs)
      stage.setMood(ordinaryMood)
      return
    }
    // Minds come back first, spreads and depth a little later.
    stage.move(left * (Math.exp(-tickUs / crash.recoveryUs) - 1), atUs)
    const fear = Math.min(1, Math.abs(stage.underlying.shock) / crash.depth)
    stage.setMood({
      spread: 1 + (panic.spread - 1) * fear * fear,
      depth: 1 + (panic.depth - 1) * fear,
      liquidation: panic.liquidation,
    })
    this.scheduler.at(atUs + tickUs, nowUs => this.recover(crash, nowUs))
  }
}
