import { Chance } from './chance.ts'

interface Regime {
  /** Per year, as a fraction. */
  readonly volatility: number
  /** Per year, as a fraction. */
  readonly drift: number
  /** Factor on how often agents act. */
  readonly activity: number
  readonly weight: number
}

const regimes: readonly Regime[] = [
  { volatility: 0.3, drift: 0, activity: 0.8, weight: 5 },
  { volatility: 0.6, drift: 15, activity: 1, weight: 2 },
  { volatility: 0.6, drift: -15, activity: 1, weight: 2 },
  { volatility: 1.6, drift: 0, activity: 1.6, weight: 1 },
]
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

/** The value that everybody agrees on: a random walk that switches between calm, trending and wild spells. */
export class Underlying implements PriceSource {
  readonly name: string
  price: number
  /** Return over about the last 20 seconds, as a fraction. */
  momentum = 0
  private readonly anchor: number
  private readonly chance: Chance
  private regime: Regime = { volatility: 0.6, drift: 0, activity: 1, weight: 0 }
  private regimeEndUs = 0

  constructor(name: string, price: number, seed: number) {
    this.name = name
    this.price = price
    this.anchor = price
    this.chance = new Chance(seed, `underlying ${name}`)
  }

  get activity(): number {
    return this.regime.activity
  }

  step(nowUs: number, stepUs: number): void {
    if (nowUs >= this.regimeEndUs) this.switchRegime(nowUs)
    const { drift, volatility } = this.regime
    const years = stepUs / yearUs
    // A weak pull keeps a market that runs for days near where it began.
    const pull = Math.log(this.anchor / this.price) * 200 * years
    let change = drift * years + volatility * Math.sqrt(years) * this.chance.normal() + pull
    if (this.chance.isLucky(stepUs / 240e6)) change += this.chance.normal() * 0.0009
    this.price *= Math.exp(change)
    this.momentum = this.momentum * Math.exp(-stepUs / 20e6) + change
  }

  private switchRegime(nowUs: number): void {
    const total = regimes.reduce((sum, regime) => sum + regime.weight, 0)
    let ticket = this.chance.next() * total
    for (const regime of regimes) {
      this.regime = regime
      ticket -= regime.weight
      if (ticket < 0) break
    }
    this.regimeEndUs = nowUs + this.chance.between(20e6, 150e6)
  }
}
