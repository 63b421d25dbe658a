import { Chance } from './chance.ts'
import type { Climate, Spell } from './scenario/climate.ts'
import { climateOf } from './scenario/climate.ts'

const yearUs = 31_557_600e6

/** What an instrument follows. */
export interface PriceSource {
  readonly name: string
  readonly price: number
  /** Return over about the last 20 seconds, as a fraction. */
  readonly momentum: number
  /** Factor on how often agents act. */
  readonly activity: number
}

/** An index: so many of each of its parts. */
export class Basket implements PriceSource {
  readonly name: string
  readonly parts: readonly { readonly source: PriceSource; readonly quantity: number }[]

  constructor(name: string, parts: Basket['parts']) {
    this.name = name
    this.parts = parts
  }

  get price(): number {
    return this.parts.reduce((sum, { source, quantity }) => sum + source.price * quantity, 0)
  }

  get momentum(): number {
    return this.mean(source => source.momentum)
  }

  get activity(): number {
    return this.mean(source => source.activity)
  }

  /** Weighted by value. */
  private mean(of: (source: PriceSource) => number): number {
    return this.parts.reduce((sum, { source, quantity }) => sum + of(source) * source.price * quantity, 0) / this.price
  }
}

/** The value that everybody agrees on: a random walk through the spells of a climate, and what shocks have done to it. */
export class Underlying implements PriceSource {
  readonly name: string
  /** Return over about the last 20 seconds, as a fraction. */
  momentum = 0
  private readonly anchor: number
  private readonly chance: Chance
  private readonly climate: Climate
  private walk: number
  /** Sum of shocks, as a logarithm, and the factor it comes to. */
  private shockSum = 0
  private shockFactor = 1
  private spell: Spell = { volatility: 0.6, drift: 0, activity: 1, jumpRate: 0, jumpSize: 0, lengthUs: 0 }
  private spellEndUs = 0

  constructor(name: string, price: number, seed: number, climate: Climate = climateOf(undefined)) {
    this.name = name
    this.walk = price
    this.anchor = price
    this.climate = climate
    this.chance = new Chance(seed, `underlying ${name}`)
  }

  get price(): number {
    return this.walk * this.shockFactor
  }

  get activity(): number {
    return this.spell.activity
  }

  /** What shocks have added up to, as a logarithm; 0 when all is over. */
  get shock(): number {
    return this.shockSum
  }

  /** Moves the price beside its walk, by a logarithm: somebody trades so much that everybody's mind changes. */
  shift(change: number): void {
    this.shockSum += change
    this.shockFactor = Math.exp(this.shockSum)
    this.momentum += change
  }

  /** What shocks have left behind becomes part of the walk. @returns what that is, as a logarithm */
  settle(): number {
    const settled = this.shockSum
    this.walk *= this.shockFactor
    this.shockSum = 0
    this.shockFactor = 1
    return settled
  }

  step(nowUs: number, stepUs: number): void {
    if (nowUs >= this.spellEndUs) {
      this.spell = this.climate.next(this.chance, Math.log(this.walk / this.anchor))
      this.spellEndUs = nowUs + this.spell.lengthUs
    }
    const { drift, volatility, jumpRate, jumpSize } = this.spell
    const years = stepUs / yearUs
    // A weak pull keeps a market that runs for days near where it began.
    const pull = Math.log(this.anchor / this.walk) * 200 * years
    let change = drift * years + volatility * Math.sqrt(years) * this.chance.normal() + pull
    if (this.chance.isLucky((jumpRate * stepUs) / 1e6)) change += this.chance.normal() * jumpSize
    this.walk *= Math.exp(change)
    this.momentum = this.momentum * Math.exp(-stepUs / 20e6) + change
  }
}
