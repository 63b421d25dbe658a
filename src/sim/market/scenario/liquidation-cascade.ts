import { ordinaryMood } from '../agents.ts'
import type { Chance } from '../chance.ts'
import type { BookSide } from '../matching.ts'
import type { Scheduler } from '../scheduler.ts'
import { LeveragedCrowd } from './leveraged-crowd.ts'
import type { Stage } from './stage.ts'

const tickUs = 100_000
const periodUs: readonly [least: number, most: number] = [100e6, 130e6]
/** The first push, which nobody was forced to: how far and how long. */
const trigger = 0.0045
const triggerUs = 4e6
/** How much of what a forced order did to the book others take for the truth. */
const belief = 0.85
/** A forced order takes no worse than this fraction from the touch; the insurance fund has the rest. */
const reach = 0.0011
/** A cascade has run out when nobody was closed for so long. */
const quietUs = 4e6
/** What is won back afterwards, and how fast; the rest stays. */
const returned = 0.5
const recoveryUs = 25e6
/** Further from where it began than this, the next cascade goes back. */
const farAway = 0.08
const tenseMood = { spread: 60, depth: 0.4, liquidation: 0 }

interface Cascade {
  readonly side: BookSide
  readonly crowds: readonly LeveragedCrowd[]
  lastForcedUs: number
}

/**
 * A push brings the first of many leveraged positions to their liquidation; their forced orders move the price to the
 * next ones, and so on until those within reach are gone.
 */
export class LiquidationCascade {
  private readonly stage: Stage
  private readonly scheduler: Scheduler
  private readonly chance: Chance
  /** Where the market began, and how far it has gone since, as a logarithm. */
  private gone = 0

  constructor(stage: Stage, scheduler: Scheduler, chance: Chance) {
    this.stage = stage
    this.scheduler = scheduler
    this.chance = chance
  }

  start(firstUs: number): void {
    this.scheduler.at(firstUs, atUs => {
      this.begin(atUs)
      this.start(atUs + Math.round(this.chance.between(...periodUs)))
    })
  }

  private begin(atUs: number): void {
    const { chance, stage } = this
    const isDown = Math.abs(this.gone) > farAway ? this.gone > 0 : chance.isLucky(0.6)
    const side: BookSide = isDown ? 'ask' : 'bid'
    const shape = {
      count: 45,
      nearest: trigger * 0.8,
      farthest: chance.between(0.018, 0.03),
      impact: [0.0003, 0.0009],
    } as const
    stage.withdraw(0.5, atUs)
    stage.setMood(tenseMood)
    const crowds = stage.contracts.map(listed => new LeveragedCrowd(listed, side, shape, chance))
    this.push({ side, crowds, lastForcedUs: atUs }, atUs, atUs)
  }

  private push(cascade: Cascade, startUs: number, atUs: number): void {
    const way = cascade.side === 'ask' ? -1 : 1
    this.stage.push((way * trigger * tickUs) / triggerUs, atUs)
    const isOver = atUs - startUs >= triggerUs
    if (isOver) cascade.lastForcedUs = atUs
    this.later(atUs, nowUs => (isOver ? this.run(cascade, nowUs) : this.push(cascade, startUs, nowUs)))
  }

  /** Nobody pushes any more but those who are closed by force. */
  private run(cascade: Cascade, atUs: number): void {
    for (const crowd of cascade.crowds) if (this.closeNext(crowd, atUs)) cascade.lastForcedUs = atUs
    if (atUs - cascade.lastForcedUs < quietUs) {
      this.later(atUs, nowUs => this.run(cascade, nowUs))
      return
    }
    this.stage.setMood(ordinaryMood)
    const { shock } = this.stage.underlying
    this.recover(shock * (1 - returned), atUs)
  }

  /** Closes the next position that is due. @returns false when there is none */
  private closeNext(crowd: LeveragedCrowd, atUs: number): boolean {
    const position = crowd.takeDue()
    if (position === undefined) return false
    const { agents } = crowd.listed
    const before = agents.fairPrice()
    const bound = crowd.side === 'ask' ? 1 - reach : 1 + reach
    const worst = agents.force(crowd.side, position.quantity, bound, atUs)
    const change = worst === undefined ? 0 : Math.log(worst / before) * belief
    if (crowd.side === 'ask' ? change < 0 : change > 0) this.stage.move(change, atUs)
    return true
  }

  private recover(target: number, atUs: number): void {
    const { underlying } = this.stage
    const left = underlying.shock - target
    if (Math.abs(left) < 0.0002) {
      this.gone += underlying.settle()
      return
    }
    this.stage.move(left * (Math.exp(-tickUs / recoveryUs) - 1), atUs)
    this.later(atUs, nowUs => this.recover(target, nowUs))
  }

  private later(atUs: number, run: (atUs: number) => void): void {
    this.scheduler.at(atUs + tickUs, run)
  }
}
