import type { Topic } from './hub.ts'
import type { SimInstrument } from './instrument.ts'
import type { FundingRow } from './market/derivative.ts'
import type { Span } from './market/past-line.ts'
import type { MarketView } from './market-view.ts'
import type { SimVenue } from './venue-rules.ts'

/** Mark, index and funding of one contract as decimal text. */
export interface MarkFigures {
  readonly markPrice: string
  readonly averageMarkPrice: string
  readonly indexPrice: string
  readonly settlePrice: string
  /** Empty for delivery contracts. */
  readonly fundingRate: string
  readonly nextFundingMs: number
}

export interface OptionFigures {
  readonly symbol: string
  readonly expiryMs: number
  readonly markPrice: number
  readonly indexPrice: number
  readonly markVolatility: number
  readonly delta: number
  readonly theta: number
  readonly gamma: number
  readonly vega: number
  readonly openInterest: number
}

/**
 * Where a venue's data comes from: the generated market or a recording. The server in front (paths, control frames, limits,
 * REST) is the same for both.
 */
export interface MarketSource {
  readonly venue: SimVenue
  /** Exchange time; of a recording, where the replay stands. */
  nowMs(): number
  /** What the venue's clock shows to those who ask it: exchange time, and how much it is wrong. */
  clockMs(): number
  /** Sets the venue's clock wrong by so much, before or behind, until the end of the returned. */
  skew(byMs: number): Disposable
  instruments(): readonly SimInstrument[]
  /** The instrument with book and tape; undefined for a symbol that does not exist. */
  view(symbol: string): MarketView | undefined
  /** The same with retail orders in its book; undefined where there are none. */
  retailView(symbol: string): MarketView | undefined
  /** Why there is no book to serve for a symbol; undefined when there is one. */
  bookProblem(symbol: string): string | undefined
  /** exchangeInfo as recorded, where there is one. */
  recordedExchangeInfo(): string | undefined
  /** Starts what feeds a stream; undefined for names that nothing feeds. */
  open(topic: Topic): Disposable | undefined
  /**
   * Makes what follows in these markets so many times as lively.
   * @returns the number of markets; undefined where what follows is known already
   */
  hurry(matches: (symbol: string) => boolean, factor: number): number | undefined
  mark(symbol: string): MarkFigures | undefined
  funding(symbol: string, fromMs: number, toMs: number, limit: number): readonly FundingRow[]
  /** The venue's own text: `TRADING` when all is well. */
  status(symbol: string): string
  /** Premium over the index within a span of time, as fractions; undefined where it is not known. */
  premium(symbol: string, fromMs: number, untilMs: number): Span | undefined
  /** Open interest in the past, in units. */
  openInterestAt(symbol: string, timeMs: number): number | undefined
  /** Decimal text in the instrument's unit. */
  openInterest(symbol: string): string | undefined
  options(): readonly OptionFigures[]
  /** Price of an index (`BTCUSDT`, `BTCUSD`). */
  index(pair: string): number | undefined
}
