import { START_MS } from '../core/host-clock.ts'
import type { Instrument } from '../exchange/instrument.ts'

/** Recomputes from the exchange's own books and quotes what signals should say of them. */
export class BookOracle {
  private readonly market: Instrument

  constructor(market: Instrument) {
    this.market = market
  }

  /** Basis points between the best prices after an update; undefined where the book never stood there. */
  spreadBps(sequence: number): number | undefined {
    const { book, words } = this.market
    const index = book.find(sequence)
    if (index < 0) return undefined
    const { bid, ask } = book.touch(index)
    const mid = (words.priceNumber(bid) + words.priceNumber(ask)) / 2
    return ((words.priceNumber(ask) - words.priceNumber(bid)) / mid) * 10_000
  }

  /** (bids − asks) / (bids + asks) of the best levels after an update. */
  levelImbalance(sequence: number, count: number): number | undefined {
    const { book } = this.market
    const index = book.find(sequence)
    if (index < 0) return undefined
    const { bid, ask } = book.touch(index)
    const levels = book.at(index)
    let bids = 0
    let asks = 0
    for (let tick = bid, taken = 0; tick >= 0 && taken < count; tick--) {
      const quantity = levels[tick] ?? 0
      if (quantity <= 0) continue
      bids += quantity
      taken++
    }
    for (let tick = ask, taken = 0; tick < levels.length && taken < count; tick++) {
      const quantity = levels[tick] ?? 0
      if (quantity >= 0) continue
      asks -= quantity
      taken++
    }
    return (bids - asks) / (bids + asks)
  }

  /** The same over every level within `bps` of the mid, in whole tenths of the price. */
  bandImbalance(sequence: number, bps: number): number | undefined {
    const { book, words } = this.market
    const index = book.find(sequence)
    if (index < 0) return undefined
    const touch = book.touch(index)
    const tenths = (tick: number): number => Math.round(words.priceNumber(tick) * 10)
    const twiceMid = tenths(touch.bid) + tenths(touch.ask)
    const levels = book.at(index)
    let bids = 0
    let asks = 0
    for (let tick = touch.bid; tick >= 0 && tenths(tick) * 20_000 >= twiceMid * (10_000 - bps); tick--)
      bids += Math.max(0, levels[tick] ?? 0)
    for (let tick = touch.ask; tick < levels.length && tenths(tick) * 20_000 <= twiceMid * (10_000 + bps); tick++)
      asks += Math.max(0, -(levels[tick] ?? 0))
    return (bids - asks) / (bids + asks)
  }

  /**
   * Σ e of the quotes in `(untilMs − windowMs, untilMs]` up to one of them, each against the one before it; undefined where a
   * quote was lost that nobody could miss.
   */
  orderFlow(sequence: number, windowMs: number, untilMs: number): number | undefined {
    const { quotes } = this.market
    let flow = 0
    for (let index = quotes.keys.lastIndexOf(sequence); index > 0; index--) {
      const emittedMs = quotes.noticeableMs.at(index) ?? 0
      if (quotes.excused.has(index) || quotes.excused.has(index - 1) || !Number.isFinite(emittedMs)) return undefined
      if (Math.floor(START_MS + emittedMs) <= untilMs - windowMs) break
      flow += this.change(index)
    }
    return flow / 1000
  }

  /** Cont, Kukanov, Stoikov: what one quote added to the bid and took from the ask. Thousandths. */
  private change(index: number): number {
    const { quotes, book } = this.market
    const now = book.touch(book.find(quotes.keys.at(index) ?? -1))
    const was = book.touch(book.find(quotes.keys.at(index - 1) ?? -1))
    const [bidNow, bidWas] = [quotes.quantities.at(index) ?? 0, quotes.quantities.at(index - 1) ?? 0]
    const [askNow, askWas] = [quotes.askQuantities.at(index) ?? 0, quotes.askQuantities.at(index - 1) ?? 0]
    const bids = (now.bid >= was.bid ? bidNow : 0) - (now.bid <= was.bid ? bidWas : 0)
    const asks = (now.ask <= was.ask ? askNow : 0) - (now.ask >= was.ask ? askWas : 0)
    return bids - asks
  }
}
