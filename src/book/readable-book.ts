import type { Level, Side } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'

export type BookState =
  /** Waiting for the stream or its snapshot. */
  | 'syncing'
  /** Equal to the venue's book at `sequence`, inside the horizon. */
  | 'synced'
  /** A change is missing or the connection is lost; nothing can be read until it is synced again. */
  | 'gapped'
  | 'closed'

export interface BestQuote {
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
}

export interface BookLevelsView {
  /** Best first. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** What lies between the touch and a price. */
export interface DepthTo {
  readonly quantity: number
  /** Sum of price × quantity, in quote currency of a linear market. */
  readonly notional: number
  readonly levels: number
  /** False when the price lies beyond the horizon: more may rest there than is known. */
  readonly isComplete: boolean
}

/** What a market order of a size would pay now. */
export interface CostOf {
  readonly averagePrice: number
  readonly worstPrice: number
  readonly filled: number
  readonly notional: number
  /** Distance of the average price from the mid, basis points; positive is worse for the taker. */
  readonly slippageBps: number
  /** False when the known book holds less than the size. */
  readonly isComplete: boolean
}

/**
 * A maintained book. Everything is read in place, nothing is copied until asked for. While the state is not `synced`
 * every read answers `undefined`: a wrong book is never readable as a right one.
 */
export interface ReadableBook {
  readonly instrument: InstrumentId
  readonly state: BookState
  /** Last applied update id; -1 before the first synchronisation. */
  readonly sequence: number
  /** Time of the last applied change; 0 when the venue sends none. */
  readonly exchangeTimeUs: EpochUs
  readonly receiveTimeUs: EpochUs
  /** NaN-free: undefined when a side is empty or the book is not synced. */
  bestBid(): number | undefined
  bestAsk(): number | undefined
  best(): BestQuote | undefined
  /** The best `count` levels per side. */
  levels(count: number): BookLevelsView | undefined
  /** What rests from the touch to `price` on the side that a taker of `side` would hit. */
  depthTo(side: Side, price: number): DepthTo | undefined
  /** Cost of taking `quantity` with an order of `side`. */
  costOf(side: Side, quantity: number): CostOf | undefined
  /** Outermost prices up to which the book is known; `undefined` bounds mean that the whole side is known. */
  horizon(): { readonly bid: number | undefined; readonly ask: number | undefined } | undefined
  /** Levels held per side. */
  size(): { readonly bids: number; readonly asks: number }
  readonly stats: BookStats
}

export interface BookStats {
  readonly applied: number
  readonly snapshots: number
  readonly gaps: number
  readonly syncedSinceUs: EpochUs | undefined
  /** Estimated time until the first synchronisation while its snapshot waits for request weight. */
  readonly etaMs: DurationMs | undefined
}
