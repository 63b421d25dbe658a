import type {
  BestQuote,
  BookLevelsView,
  BookState,
  BookStats,
  CostOf,
  DepthTo,
  ReadableBook,
} from '../../../src/book/readable-book.ts'
import type { BookHandle } from '../../../src/feed/feed.ts'
import type { Level, Side } from '../../../src/model/event.ts'
import type { Instrument, InstrumentId } from '../../../src/model/instrument.ts'
import { decimalsOf, fromUnits, toUnits } from '../../../src/model/number.ts'
import { type EpochUs, epochUs } from '../../../src/model/time.ts'

const DEPTH_TICKS = 3000

/** A book that follows the price: quantities rest at their prices until the market moves through them. */
export class FakeBook implements BookHandle {
  readonly instrument: InstrumentId
  readonly ready = Promise.resolve()
  state: BookState = 'syncing'
  sequence = -1
  exchangeTimeUs: EpochUs = epochUs(0)
  receiveTimeUs: EpochUs = epochUs(0)
  gaps = 0
  private readonly scale: number
  private readonly tick: number
  private readonly typical: number
  private readonly random: () => number
  private readonly quantities = new Map<number, number>()
  private readonly listeners = new Set<(book: ReadableBook) => void>()
  private bid = 0
  private cached: BookLevelsView | undefined

  constructor(instrument: Instrument, tradeSize: number, random: () => number) {
    this.instrument = instrument.id
    const tick = instrument.tickSize ?? '0.01'
    this.scale = decimalsOf(tick)
    this.tick = toUnits(Number(tick), this.scale)
    this.typical = tradeSize
    this.random = random
  }

  get stats(): BookStats {
    return { applied: this.sequence, snapshots: 1, gaps: this.gaps, syncedSinceUs: undefined, etaMs: undefined }
  }

  /** Moves the touch to this price and changes some levels around it. */
  move(price: number, nowUs: EpochUs): void {
    this.bid = Math.floor(toUnits(price, this.scale) / this.tick)
    for (let change = 0; change < 24; change++) {
      const distance = Math.floor(this.random() ** 3 * 200)
      this.quantities.set(this.bid + (this.random() < 0.5 ? -distance : distance + 1), this.quantity(distance))
    }
    if (this.quantities.size > 20_000) this.quantities.clear()
    this.sequence = this.sequence < 0 ? 1000 : this.sequence + 24
    this.exchangeTimeUs = epochUs(nowUs - 4000)
    this.receiveTimeUs = nowUs
    this.cached = undefined
    this.enter('synced')
  }

  enter(state: BookState): void {
    if (state === 'gapped' && this.state === 'synced') this.gaps++
    this.state = state
    for (const listener of this.listeners) listener(this)
  }

  onChange(fn: (book: ReadableBook) => void): Disposable {
    this.listeners.add(fn)
    return { [Symbol.dispose]: () => void this.listeners.delete(fn) }
  }

  levels(count: number): BookLevelsView | undefined {
    if (this.state !== 'synced') return undefined
    this.cached ??= { bids: this.walk(-1), asks: this.walk(1) }
    return { bids: this.cached.bids.slice(0, count), asks: this.cached.asks.slice(0, count) }
  }

  best(): BestQuote | undefined {
    const view = this.levels(1)
    const bid = view?.bids[0]
    const ask = view?.asks[0]
    if (bid === undefined || ask === undefined) return undefined
    return { bidPrice: bid[0], bidQuantity: bid[1], askPrice: ask[0], askQuantity: ask[1] }
  }

  bestBid(): number | undefined {
    return this.best()?.bidPrice
  }

  bestAsk(): number | undefined {
    return this.best()?.askPrice
  }

  /** What an order of `side` would meet up to this price. */
  depthTo(side: Side, price: number): DepthTo | undefined {
    if (this.state !== 'synced') return undefined
    const direction = side === 'buy' ? 1 : -1
    const start = side === 'buy' ? this.bid + 1 : this.bid
    const sum = { quantity: 0, notional: 0, levels: 0 }
    let distance = 0
    for (; distance < DEPTH_TICKS; distance++) {
      const at = start + direction * distance
      const level = this.price(at)
      if ((price - level) * direction < 0) break
      const quantity = this.quantities.get(at) ?? 0
      if (quantity === 0) continue
      sum.quantity += quantity
      sum.notional += quantity * level
      sum.levels++
    }
    return { ...sum, isComplete: distance < DEPTH_TICKS }
  }

  costOf(): CostOf | undefined {
    return undefined
  }

  horizon(): { readonly bid: number | undefined; readonly ask: number | undefined } | undefined {
    if (this.state !== 'synced') return undefined
    return { bid: this.price(this.bid - DEPTH_TICKS), ask: this.price(this.bid + 1 + DEPTH_TICKS) }
  }

  size(): { readonly bids: number; readonly asks: number } {
    return { bids: DEPTH_TICKS, asks: DEPTH_TICKS }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listeners.clear()
  }

  private walk(direction: 1 | -1): readonly Level[] {
    const levels: Level[] = []
    const start = direction < 0 ? this.bid : this.bid + 1
    for (let distance = 0; distance < DEPTH_TICKS; distance++) {
      const at = start + direction * distance
      let quantity = this.quantities.get(at)
      if (quantity === undefined) {
        quantity = this.quantity(distance)
        this.quantities.set(at, quantity)
      }
      if (quantity > 0 || distance === 0)
        levels.push([this.price(at), quantity > 0 ? quantity : this.lot(this.typical)])
    }
    return levels
  }

  private quantity(distance: number): number {
    if (this.random() < (distance < 30 ? 0.15 : 0.55)) return 0
    const wall = this.random() < 0.01 ? 12 : 1
    return this.lot(
      this.typical * (0.2 + Math.sqrt(distance + 1) * 0.35) * -Math.log(1 - this.random()) * wall + this.typical * 0.02,
    )
  }

  private lot(quantity: number): number {
    return quantity < 10 ? Math.max(0.001, Math.round(quantity * 1000) / 1000) : Math.round(quantity)
  }

  private price(ticks: number): number {
    return fromUnits(ticks * this.tick, this.scale)
  }
}
