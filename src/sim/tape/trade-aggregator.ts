import type { SimTrade } from './candle.ts'
import type { SimAggTrade } from './tape.ts'

/** Puts consecutive trades of one price and side together, as long as `isTogether` holds, under ids of its own. */
export class TradeAggregator {
  private readonly isTogether: (first: SimAggTrade, next: SimTrade) => boolean
  private readonly emit: (trade: SimAggTrade, atUs: number) => void
  private nextId: number
  private pending: SimAggTrade | undefined

  constructor(
    firstId: number,
    isTogether: (first: SimAggTrade, next: SimTrade) => boolean,
    emit: (trade: SimAggTrade, atUs: number) => void,
  ) {
    this.nextId = firstId
    this.isTogether = isTogether
    this.emit = emit
  }

  /** Trade time of the aggregate that is being collected; undefined when there is none. */
  get pendingUs(): number | undefined {
    return this.pending?.timeUs
  }

  add(trade: SimTrade, atUs: number): void {
    const last = this.pending
    if (
      last !== undefined &&
      last.price === trade.price &&
      last.buyerIsMaker === trade.buyerIsMaker &&
      this.isTogether(last, trade)
    ) {
      this.pending = {
        ...last,
        quantity: last.quantity + trade.quantity,
        plainQuantity: last.plainQuantity + trade.plainQuantity,
        lastId: trade.id,
      }
      return
    }
    this.flush(atUs)
    const { price, quantity, plainQuantity, timeUs, buyerIsMaker, id } = trade
    this.pending = { id: this.nextId++, price, quantity, plainQuantity, firstId: id, lastId: id, timeUs, buyerIsMaker }
  }

  flush(atUs: number): void {
    const trade = this.pending
    if (trade === undefined) return
    this.pending = undefined
    this.emit(trade, atUs)
  }
}
