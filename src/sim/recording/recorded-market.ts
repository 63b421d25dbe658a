import type { SimInstrument } from '../instrument.ts'
import type { MarketListener } from '../market/instrument-market.ts'
import type { BookSide } from '../market/matching.ts'
import type { BookChange } from '../market/undo-log.ts'
import { UndoLog } from '../market/undo-log.ts'
import type { MarketView, UnitLevels } from '../market-view.ts'
import { Tape } from '../tape/tape.ts'
import { TradeAggregator } from '../tape/trade-aggregator.ts'
import { unitsFromText } from '../wire/decimal-text.ts'
import type { JsonObject } from '../wire/json.ts'
import { levelRows, numberField, textField } from '../wire/json.ts'
import { LevelBook } from './level-book.ts'
import type { SymbolFacts } from './survey.ts'

/** How long after its trade an aggregate is complete, microseconds of event time. */
const aggregateUs = 100_000

/** One recorded symbol: its book where the replay stands, and its tape as far as it was played. */
export class RecordedMarket implements MarketView {
  readonly instrument: SimInstrument
  readonly tape: Tape
  readonly listeners = new Set<MarketListener>()
  readonly undo = new UndoLog()
  readonly book = new LevelBook()
  readonly facts: SymbolFacts
  /** -1 without a recorded snapshot. */
  updateId = -1
  changedUs: number
  private readonly derivesAggregates: boolean
  private readonly aggregates: TradeAggregator

  constructor(instrument: SimInstrument, facts: SymbolFacts, startMs: number) {
    this.instrument = instrument
    this.facts = facts
    this.changedUs = startMs * 1000
    this.tape = new Tape(instrument)
    this.derivesAggregates = facts.kinds.has('trade') && !facts.kinds.has('aggTrade')
    this.tape.isAggregated = !facts.kinds.has('trade')
    this.aggregates = new TradeAggregator(
      1,
      (first, next) => first.timeUs === next.timeUs,
      (trade, atUs) => {
        this.tape.aggTrades.push(trade)
        for (const listener of this.listeners) listener.aggregated?.(trade, atUs)
      },
    )
    const { snapshot } = facts
    if (snapshot === undefined) return
    this.updateId = this.snapshotId
    for (const side of ['bid', 'ask'] as const) {
      for (const [price, quantity] of this.snapshotLevels(side)) this.book.set(side, price, quantity)
    }
    this.book.clearChanges()
  }

  get snapshotId(): number {
    return this.facts.snapshot === undefined ? -1 : (numberField(this.facts.snapshot, 'lastUpdateId') ?? -1)
  }

  snapshotLevels(side: BookSide): ReadonlyMap<number, number> {
    const rows = this.units(levelRows(this.facts.snapshot?.[side === 'bid' ? 'bids' : 'asks']))
    return new Map(rows)
  }

  /** Applies a diff; what the snapshot holds already changes nothing. */
  applyDepth(payload: JsonObject, eventUs: number): void {
    const lastId = numberField(payload, 'u')
    if (this.updateId < 0 || lastId === undefined || lastId <= this.updateId) return
    this.change(lastId, eventUs, this.units(levelRows(payload['b'])), this.units(levelRows(payload['a'])))
  }

  change(updateId: number, eventUs: number, bids: UnitLevels, asks: UnitLevels): void {
    for (const [price, quantity] of bids) this.book.set('bid', price, quantity)
    for (const [price, quantity] of asks) this.book.set('ask', price, quantity)
    const undone: BookChange[] = []
    for (const side of ['bid', 'ask'] as const) {
      for (const [price, quantity] of this.book.changes[side]) undone.push({ side, price, quantity })
    }
    this.undo.push(this.updateId, undone)
    this.updateId = updateId
    this.changedUs = eventUs
    for (const listener of this.listeners) listener.changed?.(eventUs)
    this.book.clearChanges()
  }

  applyTrade(payload: JsonObject, eventUs: number): void {
    // Prints of the insurance fund are no part of aggregates and candles.
    const kind = textField(payload, 'X')
    const id = numberField(payload, 't')
    if (id === undefined || (kind !== undefined && kind !== 'MARKET')) return
    const trade = this.execution(payload, id, 1)
    if (trade === undefined) return
    this.tape.add(trade)
    for (const listener of this.listeners) listener.traded?.(trade, eventUs)
    if (this.derivesAggregates) this.aggregates.add(trade, eventUs)
  }

  applyAggTrade(payload: JsonObject, eventUs: number): void {
    const id = numberField(payload, 'a')
    const firstId = numberField(payload, 'f')
    const lastId = numberField(payload, 'l')
    if (id === undefined || firstId === undefined || lastId === undefined) return
    const trade = this.execution(payload, firstId, lastId - firstId + 1)
    if (trade === undefined) return
    const { price, quantity, plainQuantity, timeUs, buyerIsMaker } = trade
    const aggregate = { id, price, quantity, plainQuantity, firstId, lastId, timeUs, buyerIsMaker }
    this.tape.aggTrades.push(aggregate)
    if (this.tape.isAggregated) this.tape.add(trade)
    for (const listener of this.listeners) listener.aggregated?.(aggregate, eventUs)
  }

  /** Publishes a derived aggregate whose moment has passed. */
  passTime(eventUs: number, isEnd = false): void {
    const pendingUs = this.aggregates.pendingUs
    if (pendingUs !== undefined && (isEnd || eventUs - pendingUs >= aggregateUs)) this.aggregates.flush(eventUs)
  }

  private execution(payload: JsonObject, id: number, count: number): Parameters<Tape['add']>[0] | undefined {
    const { instrument } = this
    const price = unitsFromText(textField(payload, 'p') ?? '', instrument.priceDecimals)
    const quantity = unitsFromText(textField(payload, 'q') ?? '', instrument.quantityDecimals)
    const timeMs = numberField(payload, 'T')
    if (price === undefined || quantity === undefined || timeMs === undefined) return undefined
    const plainQuantity = unitsFromText(textField(payload, 'nq') ?? '', instrument.quantityDecimals) ?? quantity
    return { id, price, quantity, plainQuantity, timeUs: timeMs * 1000, buyerIsMaker: payload['m'] === true, count }
  }

  private units(rows: readonly (readonly [string, string])[]): UnitLevels {
    const { priceDecimals, quantityDecimals } = this.instrument
    return rows.flatMap(([price, quantity]) => {
      const priceUnits = unitsFromText(price, priceDecimals)
      const quantityUnits = unitsFromText(quantity, quantityDecimals)
      return priceUnits === undefined || quantityUnits === undefined ? [] : [[priceUnits, quantityUnits] as const]
    })
  }
}
