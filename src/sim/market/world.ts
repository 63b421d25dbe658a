import type { PaperMarket } from '../paper/paper-market.ts'
import type { SimVenue } from '../venue-rules.ts'
import { isSimVenue } from '../venue-rules.ts'
import { GeneratedVenue } from './generated-venue.ts'
import { climateOf } from './scenario/climate.ts'
import type { ScenarioName } from './scenario/scenario-name.ts'
import { startScenario } from './scenario/start-scenario.ts'
import { Scheduler } from './scheduler.ts'
import type { PriceSource } from './underlying.ts'
import { Basket, Underlying } from './underlying.ts'
import { baskets, underlyingPrices } from './underlying-list.ts'

export interface WorldOptions {
  readonly venues: readonly string[]
  readonly seed: number
  readonly startUs: number
  /** How much of the market is played before anybody can look, so that there are trades to ask for. @default 60 */
  readonly warmUpSeconds?: number
  /** @default ordinary spells by turns */
  readonly scenario?: ScenarioName | undefined
  /** Instruments that follow a live market, in place of all generated ones. */
  readonly paper?: PaperMarket | undefined
}

const stepUs = 100_000

/** All generated venues on one clock and one set of underlyings, so that spot, futures and options move together. */
export class World {
  readonly scheduler: Scheduler
  readonly venues = new Map<SimVenue, GeneratedVenue>()
  /** The first moment at which anybody can look. */
  readonly startUs: number
  readonly paper: PaperMarket | undefined
  private readonly underlyings = new Map<string, Underlying>()
  private readonly indices = new Map<string, Basket>()

  constructor(options: WorldOptions) {
    this.startUs = options.startUs
    this.paper = options.paper
    const warmUpUs = (options.warmUpSeconds ?? 60) * 1_000_000
    // History ends and the market begins on a whole second.
    const beginUs = Math.floor((options.startUs - warmUpUs) / 1_000_000) * 1_000_000
    this.scheduler = new Scheduler(beginUs)
    const { scenario, seed } = options
    for (const [name, price] of underlyingPrices) {
      this.underlyings.set(name, new Underlying(name, price, seed, climateOf(scenario)))
    }
    for (const [name, parts] of baskets) {
      const sources = parts.flatMap(([base, quantity]) => {
        const source = this.underlyings.get(base)
        return source === undefined ? [] : [{ source, quantity }]
      })
      this.indices.set(name, new Basket(name, sources))
    }
    this.scheduler.every(stepUs, 0, atUs => {
      for (const underlying of this.underlyings.values()) underlying.step(atUs, stepUs)
    })
    for (const name of options.venues) {
      if (!isSimVenue(name)) continue
      this.venues.set(name, new GeneratedVenue(name, this, seed))
    }
    if (scenario !== undefined) startScenario(scenario, this, seed)
    this.scheduler.run(options.startUs)
  }

  /** Lets market time pass; false when `limit` tasks were not enough. */
  advance(nowUs: number, limit?: number): boolean {
    return this.scheduler.run(nowUs, limit)
  }

  underlying(name: string): PriceSource | undefined {
    return this.paper?.price(name) ?? this.underlyings.get(name) ?? this.indices.get(name)
  }

  /** Underlyings that walk by themselves. */
  walks(): Iterable<Underlying> {
    return this.underlyings.values()
  }

  basket(name: string): Basket | undefined {
    return this.indices.get(name)
  }
}
