import { Chance } from './chance.ts'
import type { InstrumentMarket } from './instrument-market.ts'
import type { Scheduler } from './scheduler.ts'

/** A large trade agreed outside the book: it takes nothing from it, and counts into no candle. */
export interface BlockTrade {
  readonly id: number
  readonly price: number
  readonly quantity: number
  readonly timeUs: number
  readonly buyerIsMaker: boolean
}

/** Mean time between block trades of one symbol. */
const meanGapUs = 40_000_000

/** Negotiates a block trade of one spot symbol now and then, near the price in the book. */
export class BlockDesk {
  private readonly market: InstrumentMarket
  private readonly chance: Chance
  private readonly usualQuantity: number
  private nextId: number

  constructor(market: InstrumentMarket, usualQuantity: number, seed: number, name: string) {
    this.market = market
    this.usualQuantity = usualQuantity
    this.chance = new Chance(seed, `blocks ${name}`)
    this.nextId = 500 + Math.floor(this.chance.next() * 500)
  }

  start(scheduler: Scheduler): void {
    scheduler.at(scheduler.nowUs + Math.round(this.chance.exponential(meanGapUs)), atUs => {
      this.trade(atUs)
      this.start(scheduler)
    })
  }

  private trade(timeUs: number): void {
    const { chance, market } = this
    const { lotUnits, tickUnits } = market.instrument
    const mid = market.mid()
    if (mid === undefined) return
    const price = Math.max(1, Math.round((mid * (1 + chance.normal() * 0.0004)) / tickUnits)) * tickUnits
    const quantity = Math.round((this.usualQuantity * chance.pareto(1.1, 400, 20_000)) / lotUnits) * lotUnits
    const trade = { id: this.nextId++, price, quantity, timeUs, buyerIsMaker: chance.isLucky(0.5) }
    for (const listener of market.listeners) listener.blockTraded?.(trade, timeUs)
  }
}
