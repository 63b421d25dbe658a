import type { Mood } from '../agents.ts'
import type { Listed } from '../generated-venue.ts'
import type { BookSide } from '../matching.ts'
import type { Underlying } from '../underlying.ts'

/** One underlying with every market that follows it: what a shock acts on. */
export class Stage {
  readonly underlying: Underlying
  /** Books that somebody can sell into: options follow by themselves. */
  readonly books: readonly Listed[]
  /** Those with positions that can be liquidated. */
  readonly contracts: readonly Listed[]
  private readonly listed: readonly Listed[]

  constructor(underlying: Underlying, listed: readonly Listed[]) {
    this.underlying = underlying
    this.listed = listed
    this.books = listed.filter(({ market }) => market.instrument.kind !== 'option')
    this.contracts = this.books.filter(({ market }) => market.instrument.kind === 'perpetual')
  }

  setMood(mood: Mood): void {
    for (const { agents } of this.listed) agents.mood = mood
  }

  /** Makers take away this share of what they have resting. */
  withdraw(share: number, atUs: number): void {
    for (const { agents } of this.books) agents.withdraw(share, atUs)
  }

  /** Somebody sells (or buys) through every book until the price has moved by this logarithm, and minds follow. */
  push(change: number, atUs: number): void {
    const side: BookSide = change < 0 ? 'ask' : 'bid'
    for (const { agents } of this.books) agents.sweep(side, Math.exp(change), atUs)
    this.move(change, atUs)
  }

  /** Minds change, and makers with them, without a trade. */
  move(change: number, atUs: number): void {
    this.underlying.shift(change)
    for (const { agents } of this.books) agents.react(atUs)
  }
}
