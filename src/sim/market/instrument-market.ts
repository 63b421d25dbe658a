import type { SimInstrument } from '../instrument.ts'
import type { SimTrade } from '../tape/candle.ts'
import type { SimAggTrade, Tape } from '../tape/tape.ts'
import { TradeAggregator } from '../tape/trade-aggregator.ts'
import type { BlockTrade } from './block-desk.ts'
import type { Liquidation } from './liquidation.ts'
import type { BookSide, Fill } from './matching.ts'
import { MatchingBook } from './matching.ts'
import { RetailLayer } from './retail-layer.ts'
import type { BookChange } from './undo-log.ts'
import { UndoLog } from './undo-log.ts'

/** Told of everything that happens in one instrument, in order, while it listens. */
export interface MarketListener {
  /** `fill` names the resting order, where the trade comes from a book; a listener must not take from the book here. */
  traded?(trade: SimTrade, atUs: number, fill?: Fill): void
  aggregated?(trade: SimAggTrade, atUs: number): void
  /** An action on the book is done; `book.changes` names the prices, `updateId` is the action's. */
  changed?(atUs: number): void
  liquidated?(liquidation: Liquidation): void
  blockTraded?(trade: BlockTrade, atUs: number): void
}

/** Hands out update ids: dense per instrument on spot, with holes across a venue elsewhere. */
export interface UpdateIds {
  next(): number
}

export interface MarketIds {
  readonly updates: UpdateIds
  readonly firstUpdateId: number
  readonly firstTradeId: number
  readonly firstAggTradeId: number
  /** True where the venue has retail price improvement orders. */
  readonly hasRetailOrders: boolean
}

/** Futures put fills of one side and price together while they fall into one of these spans. */
const aggregateUs = 100_000

/**
 * One instrument: its book, its tape and its ids. Agents (and later accounts) act on it through `rest`, `take` and
 * `cancel`, each followed by `commit`, which gives the action its update id and tells the listeners.
 */
export class InstrumentMarket {
  readonly instrument: SimInstrument
  readonly book = new MatchingBook()
  readonly tape: Tape
  readonly undo = new UndoLog()
  readonly listeners = new Set<MarketListener>()
  /** Present where retail orders exist. */
  readonly retail: RetailLayer | undefined
  updateId: number
  changedUs = 0
  private readonly ids: MarketIds
  private readonly aggregatesByTime: boolean
  private readonly aggregates: TradeAggregator
  private nextTradeId: number

  constructor(instrument: SimInstrument, tape: Tape, ids: MarketIds) {
    this.instrument = instrument
    this.tape = tape
    this.ids = ids
    this.updateId = ids.firstUpdateId
    this.nextTradeId = ids.firstTradeId
    this.retail = ids.hasRetailOrders ? new RetailLayer(instrument, tape, this.book, ids.firstUpdateId) : undefined
    this.aggregatesByTime = instrument.kind === 'perpetual' || instrument.kind === 'delivery'
    const span = (timeUs: number): number => Math.floor(timeUs / aggregateUs)
    this.aggregates = new TradeAggregator(
      ids.firstAggTradeId,
      (first, next) => span(first.timeUs) === span(next.timeUs),
      (trade, atUs) => {
        tape.aggTrades.push(trade)
        for (const listener of this.listeners) listener.aggregated?.(trade, atUs)
      },
    )
  }

  mid(): number | undefined {
    const bid = this.book.bestPrice('bid')
    const ask = this.book.bestPrice('ask')
    return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2
  }

  /** Takes from the book and prints the trades; a retail taker meets retail orders first. Returns what was filled. */
  take(side: BookSide, quantity: number, limit: number | undefined, atUs: number, isRetail = false): readonly Fill[] {
    const touch = this.book.bestPrice(side === 'bid' ? 'ask' : 'bid')
    const improved = isRetail && this.retail !== undefined ? this.retail.orders.take(side, quantity, touch) : undefined
    for (const fill of improved?.fills ?? []) this.print(fill, side, atUs, 0)
    const { fills } = this.book.take(side, improved?.remaining ?? quantity, limit)
    for (const fill of fills) this.print(fill, side, atUs, fill.quantity)
    if (!this.aggregatesByTime) this.flushAggregate(atUs)
    return improved === undefined ? fills : [...improved.fills, ...fills]
  }

  /** Somebody trades with this one resting order, past whoever stands before it: a test wants its fill now. */
  meet(orderId: number, quantity: number, atUs: number): Fill | undefined {
    const fill = this.book.meet(orderId, quantity)
    if (fill === undefined) return undefined
    this.print(fill, fill.maker.side === 'bid' ? 'ask' : 'bid', atUs, fill.quantity)
    if (!this.aggregatesByTime) this.flushAggregate(atUs)
    return fill
  }

  /** A trade between others that took place elsewhere: nobody here is filled. `side` is the taker's. */
  printOutside(price: number, quantity: number, side: BookSide, atUs: number): void {
    const makers: BookSide = side === 'bid' ? 'ask' : 'bid'
    const maker = { id: 0, owner: 0, side: makers, price, remaining: 0 }
    this.print({ price, quantity, maker }, side, atUs, quantity)
    if (!this.aggregatesByTime) this.flushAggregate(atUs)
  }

  /** An id for a trade that no public stream shows, such as one with the insurance fund; it leaves a hole there. */
  hiddenTradeId(): number {
    return this.nextTradeId++
  }

  /** Ends an action: its changes get an update id and become visible. */
  commit(atUs: number): void {
    const isPlain = hasChanges(this.book)
    if (isPlain) this.retail?.prune(Number.POSITIVE_INFINITY)
    if (!isPlain && (this.retail === undefined || !hasChanges(this.retail.orders))) return
    const updateId = this.ids.updates.next()
    if (isPlain) this.change(updateId, atUs)
    this.retail?.commit(updateId, atUs)
    this.book.clearChanges()
  }

  /** Publishes the aggregate that has been collected; futures call this every 100 ms. */
  flushAggregate(atUs: number): void {
    this.aggregates.flush(atUs)
  }

  private change(updateId: number, atUs: number): void {
    const { changes } = this.book
    const undone: BookChange[] = []
    for (const [price, quantity] of changes.bid) undone.push({ side: 'bid', price, quantity })
    for (const [price, quantity] of changes.ask) undone.push({ side: 'ask', price, quantity })
    this.undo.push(this.updateId, undone)
    this.updateId = updateId
    this.changedUs = atUs
    for (const listener of this.listeners) listener.changed?.(atUs)
  }

  private print(fill: Fill, side: BookSide, atUs: number, plainQuantity: number): void {
    const trade: SimTrade = {
      id: this.nextTradeId++,
      price: fill.price,
      quantity: fill.quantity,
      plainQuantity,
      timeUs: atUs,
      buyerIsMaker: side === 'ask',
      count: 1,
    }
    this.tape.add(trade)
    for (const listener of this.listeners) listener.traded?.(trade, atUs, fill)
    this.aggregates.add(trade, atUs)
  }
}

function hasChanges({ changes }: MatchingBook): boolean {
  return changes.bid.size > 0 || changes.ask.size > 0
}
