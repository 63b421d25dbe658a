import type { BookDelta, BookSnapshot } from '../model/book-levels.ts'
import type { Side } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import { epochUs } from '../model/time.ts'
import type { OrderBookOptions } from './order-book.ts'
import { OrderBook } from './order-book.ts'
import type { BestQuote, BookLevelsView, BookState, BookStats, CostOf, DepthTo, ReadableBook } from './readable-book.ts'

export interface BookCounts extends BookStats {
  applied: number
  snapshots: number
  gaps: number
  syncedSinceUs: EpochUs | undefined
  etaMs: DurationMs | undefined
  /** Updates that the book already contained. */
  stale: number
  /** Snapshots that came for a request which no longer counts. */
  lateAnswers: number
}

/** Part of the known range, measured from the touch when it was taken, that must stay ahead of the touch. */
const LEAST_AHEAD = 0.2

/** A book that can only be read while it is proven right. */
export abstract class GuardedBook implements ReadableBook {
  readonly instrument: InstrumentId
  protected readonly book: OrderBook
  protected readonly counts: BookCounts = {
    applied: 0,
    snapshots: 0,
    gaps: 0,
    syncedSinceUs: undefined,
    etaMs: undefined,
    stale: 0,
    lateAnswers: 0,
  }
  private condition: BookState = 'syncing'
  private lastId = -1
  private lastExchangeTimeUs: EpochUs = epochUs(0)
  private lastReceiveTimeUs: EpochUs = epochUs(0)
  /** Prices at which the touch has come too near to the edge of what is known. */
  private lowBid = Number.NEGATIVE_INFINITY
  private highAsk = Number.POSITIVE_INFINITY

  constructor(instrument: InstrumentId, options: OrderBookOptions) {
    this.instrument = instrument
    this.book = new OrderBook(options)
  }

  get state(): BookState {
    return this.condition
  }

  get sequence(): number {
    return this.lastId
  }

  get exchangeTimeUs(): EpochUs {
    return this.lastExchangeTimeUs
  }

  get receiveTimeUs(): EpochUs {
    return this.lastReceiveTimeUs
  }

  get stats(): BookStats & { readonly stale: number; readonly lateAnswers: number } {
    return this.counts
  }

  /** What the shell knows about the wait for request weight; shown in `stats`. */
  setEta(etaMs: DurationMs | undefined): void {
    this.counts.etaMs = etaMs
  }

  bestBid(): number | undefined {
    return this.condition === 'synced' && this.book.isBidKnown ? this.book.bidPrice : undefined
  }

  bestAsk(): number | undefined {
    return this.condition === 'synced' && this.book.isAskKnown ? this.book.askPrice : undefined
  }

  best(): BestQuote | undefined {
    const { book } = this
    if (this.condition !== 'synced' || !book.isBidKnown || !book.isAskKnown) return undefined
    return {
      bidPrice: book.bidPrice,
      bidQuantity: book.bidQuantity,
      askPrice: book.askPrice,
      askQuantity: book.askQuantity,
    }
  }

  levels(count: number): BookLevelsView | undefined {
    return this.condition === 'synced' ? this.book.levels(count) : undefined
  }

  depthTo(side: Side, price: number): DepthTo | undefined {
    return this.condition === 'synced' ? this.book.depthTo(side, price) : undefined
  }

  costOf(side: Side, quantity: number): CostOf | undefined {
    return this.condition === 'synced' ? this.book.costOf(side, quantity) : undefined
  }

  horizon(): { readonly bid: number | undefined; readonly ask: number | undefined } | undefined {
    return this.condition === 'synced' ? this.book.horizon() : undefined
  }

  size(): { readonly bids: number; readonly asks: number } {
    return this.book.size()
  }

  protected load(snapshot: BookSnapshot, receiveTimeUs: EpochUs): void {
    const { book } = this
    book.loadSnapshot(snapshot)
    this.lastId = snapshot.sequence
    this.lastExchangeTimeUs = epochUs(snapshot.exchangeTimeUs)
    this.lastReceiveTimeUs = receiveTimeUs
    const { bid, ask } = book.horizon()
    this.lowBid = bid === undefined ? Number.NEGATIVE_INFINITY : bid + LEAST_AHEAD * (book.bidPrice - bid)
    this.highAsk = ask === undefined ? Number.POSITIVE_INFINITY : ask - LEAST_AHEAD * (ask - book.askPrice)
  }

  protected apply(delta: BookDelta, receiveTimeUs: EpochUs): void {
    this.book.applyDelta(delta)
    this.lastId = delta.last
    if (delta.exchangeTimeUs > 0) this.lastExchangeTimeUs = epochUs(delta.exchangeTimeUs)
    this.lastReceiveTimeUs = receiveTimeUs
    this.counts.applied++
  }

  /** True when the touch came within a fifth of the edge of what the snapshot covered. */
  protected isNearHorizon(): boolean {
    return this.book.bidPrice < this.lowBid || this.book.askPrice > this.highAsk
  }

  protected enter(state: BookState): void {
    this.condition = state
  }

  /** Levels of a lost book are freed; the last sequence stays for the report. */
  protected forget(): void {
    this.book.clear()
  }
}
