import type { SimInstrument } from '../instrument.ts'
import { Chance, mixSeed } from './chance.ts'
import type { InstrumentMarket } from './instrument-market.ts'
import { PastLine } from './past-line.ts'
import type { PriceSource } from './underlying.ts'

const eightHoursMs = 28_800_000
const interestRate = 0.0001

export interface FundingRow {
  readonly timeMs: number
  readonly rate: number
  readonly markPrice: number
}

export interface DerivativeTerms {
  /** Units of the instrument. */
  readonly openInterest: number
  /** Coins the price counts (1000 for 1000PEPE). */
  readonly factor: number
  readonly seed: number
  readonly startMs: number
}

/** Mark, index, funding and open interest of a perpetual or a delivery contract. Prices are floats in quote currency. */
export class Derivative {
  readonly market: InstrumentMarket
  readonly underlying: PriceSource
  /** Distance of the contract's fair price from the index, as a fraction. */
  basis: number
  markPrice: number
  openInterest: number
  private readonly chance: Chance
  private readonly seed: number
  /** Coins the price counts (1000 for 1000PEPE). */
  private readonly factor: number
  /** Premium over the index as a fraction, and open interest in units, over time. */
  readonly premiums: PastLine
  readonly openInterests: PastLine
  private premium: number
  private givenRate: number | undefined
  private isFollowing = false
  private markAverage: number
  private premiumSum = 0
  private premiumCount = 0
  private readonly settled: FundingRow[] = []

  constructor(market: InstrumentMarket, underlying: PriceSource, terms: DerivativeTerms) {
    const { openInterest, seed, startMs } = terms
    this.factor = terms.factor
    this.market = market
    this.underlying = underlying
    this.openInterest = openInterest
    this.seed = mixSeed(seed, `funding ${market.instrument.symbol}`)
    this.chance = new Chance(seed, `derivative ${market.instrument.symbol}`)
    this.basis = this.instrument.kind === 'delivery' ? 0.008 : 0.0001
    this.markPrice = this.indexPrice * (1 + this.basis)
    this.markAverage = this.markPrice
    this.premium = this.basis
    this.premiums = new PastLine(this.seed, startMs, this.basis, 0.00022)
    this.openInterests = new PastLine(this.seed + 1, startMs, openInterest, openInterest * 0.06)
  }

  get instrument(): SimInstrument {
    return this.market.instrument
  }

  get indexPrice(): number {
    return this.underlying.price * this.factor
  }

  /** Moving average of the mark price. */
  get averageMarkPrice(): number {
    return this.markAverage
  }

  nextFundingMs(nowMs: number): number {
    return this.instrument.kind === 'perpetual' ? (Math.floor(nowMs / eightHoursMs) + 1) * eightHoursMs : 0
  }

  /** What the present period would pay: mean premium, pulled towards the interest rate within ±0.05 %. */
  get fundingRate(): number {
    if (this.givenRate !== undefined) return this.givenRate
    const premium = this.premiumCount === 0 ? this.basis : this.premiumSum / this.premiumCount
    const rate = premium + Math.max(-0.0005, Math.min(0.0005, interestRate - premium))
    return Math.max(-0.02, Math.min(0.02, rate))
  }

  /** Takes mark and funding rate from elsewhere, instead of stepping. */
  follow(markPrice: number, fundingRate: number | undefined): void {
    this.isFollowing = true
    this.markPrice = markPrice
    this.markAverage = this.markAverage <= 0 ? markPrice : this.markAverage + (markPrice - this.markAverage) / 30
    this.givenRate = fundingRate
    this.basis = this.indexPrice > 0 ? markPrice / this.indexPrice - 1 : 0
  }

  /** Once a second. */
  step(nowMs: number): void {
    if (this.isFollowing) {
      this.settleWhenDue(nowMs)
      return
    }
    const isPerpetual = this.instrument.kind === 'perpetual'
    const target = isPerpetual ? this.underlying.momentum * 0.05 : 0.008
    this.basis += (target - this.basis) * 0.02 + this.chance.normal() * 0.00001
    const mid = this.market.mid()
    const traded = mid === undefined ? this.markPrice : mid / 10 ** this.instrument.priceDecimals
    // Averaged over some seconds: marks do not jump with every trade.
    this.premium += (traded / this.indexPrice - 1 - this.premium) * 0.15
    const { premium } = this
    this.markPrice = this.indexPrice * (1 + this.basis * 0.7 + premium * 0.3)
    this.markAverage += (this.markPrice - this.markAverage) / 30
    this.premiumSum += premium
    this.premiumCount++
    this.openInterest = Math.max(1, this.openInterest * (1 + this.chance.normal() * 0.00004))
    this.premiums.note(nowMs, premium)
    this.openInterests.note(nowMs, this.openInterest)
    this.settleWhenDue(nowMs)
  }

  /** Payments at or after `fromMs` and up to `toMs`, oldest first; those before the market began are made up once and for all. */
  funding(fromMs: number, toMs: number, limit: number): readonly FundingRow[] {
    const rows: FundingRow[] = []
    const first = this.settled[0]?.timeMs ?? Number.POSITIVE_INFINITY
    for (
      let timeMs = Math.ceil(fromMs / eightHoursMs) * eightHoursMs;
      timeMs <= toMs && rows.length < limit;
      timeMs += eightHoursMs
    ) {
      const row = timeMs < first ? this.pastFunding(timeMs) : this.settled.find(settled => settled.timeMs === timeMs)
      if (row !== undefined) rows.push(row)
    }
    return rows
  }

  private settleWhenDue(nowMs: number): void {
    if (this.instrument.kind !== 'perpetual') return
    if (Math.floor(nowMs / eightHoursMs) === Math.floor((nowMs - 1000) / eightHoursMs)) return
    const timeMs = Math.floor(nowMs / eightHoursMs) * eightHoursMs
    this.settled.push({ timeMs, rate: this.fundingRate, markPrice: this.markPrice })
    this.premiumSum = 0
    this.premiumCount = 0
  }

  private pastFunding(timeMs: number): FundingRow | undefined {
    if (this.isFollowing || timeMs < this.instrument.onboardMs || this.instrument.kind !== 'perpetual') return undefined
    const draw = new Chance(this.seed, String(timeMs))
    const rate = Math.round((interestRate + draw.normal() * 0.00004) * 1e8) / 1e8
    return { timeMs, rate, markPrice: this.indexPrice * (1 + draw.normal() * 0.02) }
  }
}
