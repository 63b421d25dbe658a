import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'
import { BookTruth, drawChanges } from './book-truth.ts'
import { Feed } from './feed.ts'
import { Wording } from './frames.ts'
import { addTrade, type Candle, newCandle, StreamTruth } from './stream-truth.ts'

export type ChannelName = 'trade' | 'rawTrade' | 'quote' | 'book' | 'kline:1m' | 'markPrice' | 'ticker'

/** How often something happens: mean distance of ticks, the longest one, and what a tick brings. */
export interface Pace {
  readonly name: 'lively' | 'steady' | 'quiet' | 'rare'
  readonly tickMs: number
  readonly mostMs: number
  readonly depthShare: number
  readonly tradesPerTick: number
}

export const PACES: Readonly<Record<Pace['name'], Pace>> = {
  lively: { name: 'lively', tickMs: 100, mostMs: 100, depthShare: 1, tradesPerTick: 0.5 },
  steady: { name: 'steady', tickMs: 500, mostMs: 700, depthShare: 0.8, tradesPerTick: 0.5 },
  quiet: { name: 'quiet', tickMs: 1500, mostMs: 4500, depthShare: 0.8, tradesPerTick: 0.4 },
  rare: { name: 'rare', tickMs: 300_000, mostMs: 1_200_000, depthShare: 1, tradesPerTick: 1 },
}

export interface InstrumentPlan {
  readonly symbol: string
  readonly channels: readonly ChannelName[]
  /** From which moment on which pace holds, the first one from 0. */
  readonly paces: readonly { readonly fromMs: number; readonly pace: Pace['name'] }[]
  /** Its stream is added and dropped while the run goes on. */
  readonly isForWishes?: true
}

const MINUTE_MS = 60_000
/** The id before the first trade of every instrument: beyond 32 bits. */
export const ID_BEFORE_TRADES = 5_000_000_000

/** One market: draws what happens, keeps all of it, and sends it to whoever listens. */
export class Instrument {
  readonly plan: InstrumentPlan
  readonly words: Wording
  readonly book: BookTruth
  readonly trades = new StreamTruth()
  readonly rawTrades = new StreamTruth()
  readonly quotes = new StreamTruth()
  readonly marks = new StreamTruth()
  readonly tickers = new StreamTruth()
  readonly candles = new Map<number, Candle>()
  readonly feeds = new Map<ChannelName, Feed>()
  rateFactor = 1
  pace: Pace = PACES.quiet
  paceSinceMs = 0
  isClosed = false
  private isSettling = false
  private readonly onTick = (): void => this.tick()
  private readonly world: World
  private readonly chance: Chance
  private readonly klineEveryMs: number
  private readonly openTick: number
  private candle: Candle
  private tradeId: number
  private rawId: number
  private lastTick: number

  constructor(world: World, plan: InstrumentPlan, isFutures: boolean, depth: number) {
    this.world = world
    this.plan = plan
    const key = `market ${isFutures ? 'f' : 's'} ${plan.symbol}`
    this.chance = world.chance(key)
    this.words = new Wording(plan.symbol, this.chance.whole(100_000, 600_000), isFutures)
    this.book = new BookTruth(this.chance, depth, this.chance.whole(1e9, 4e9))
    this.tradeId = ID_BEFORE_TRADES
    this.rawId = this.tradeId * 2
    this.lastTick = this.book.bid
    this.openTick = this.lastTick
    this.klineEveryMs = isFutures ? 2500 : 2000
    const now = world.wallMs
    this.candle = this.openCandle(now - (now % MINUTE_MS))
    this.addFeeds(isFutures)
  }

  start(): void {
    const { world } = this
    for (const { fromMs, pace } of this.plan.paces) {
      world.at(fromMs, () => {
        if (this.isSettling) return
        this.pace = PACES[pace]
        this.paceSinceMs = world.nowMs
        for (const [channel, feed] of this.feeds) feed.noticeMs = 12_000 + 30 * usualMs(channel, this.pace)
        if (fromMs === 0) world.after(this.chance.between(1, 100), () => this.tick())
      })
    }
    world.at(this.untilMinuteMs(), () => this.minute())
    if (this.feeds.has('kline:1m')) world.after(this.chance.between(0, 2000), () => this.klineUpdate())
    if (this.feeds.has('markPrice')) world.after(this.chance.between(0, 1000), () => this.markUpdate())
    if (this.feeds.has('ticker')) world.after(this.chance.between(0, 2000), () => this.tickerUpdate())
  }

  /** The last moments are lively enough for every loss to show. */
  settle(): void {
    this.isSettling = true
    if (this.pace.name === 'quiet') this.pace = PACES.steady
  }

  private tick(): void {
    if (this.isClosed) return
    const { pace, chance } = this
    const meanMs = pace.tickMs / this.rateFactor
    const waitMs = pace.mostMs === pace.tickMs ? meanMs : Math.min(pace.mostMs, 20 + chance.wait(meanMs))
    this.world.after(Math.max(10, waitMs), this.onTick)
    let count = this.tradesNow(pace.tradesPerTick)
    for (; count > 0; count--) this.trade()
    if (chance.isLess(pace.depthShare)) this.change()
  }

  /** Poisson-like with a small mean. */
  private tradesNow(mean: number): number {
    let count = 0
    let left = mean
    while (count < 4 && this.chance.isLess(left / (1 + left))) {
      count++
      left = mean
    }
    return count
  }

  private trade(): void {
    const { chance, book, words, world } = this
    const isSold = chance.isLess(0.5)
    const tick = isSold ? book.bid : book.ask
    const parts = chance.isLess(0.7) ? 1 : chance.whole(2, 3)
    const timeMs = Math.floor(world.wallMs)
    const id = ++this.tradeId
    const first = this.rawId + 1
    let quantity = 0
    for (let i = 0; i < parts; i++) {
      const part = chance.whole(1, 3000)
      quantity += part
      this.rawTrade(++this.rawId, tick, part, timeMs, isSold)
    }
    this.lastTick = tick
    addTrade(this.candle, tick, quantity, isSold, first)
    this.candle.lastId = this.rawId
    note(this.trades, tick, quantity, timeMs, isSold)
    this.trades.ends.push(this.rawId)
    const feed = this.feeds.get('trade')
    if (feed === undefined) this.trades.emitted(id, world.nowMs, false)
    else if (feed.emitted(id, world.nowMs))
      feed.send(words.aggTrade(feed.head, { id, tick, quantity, first, last: this.rawId, ms: timeMs, isSold }))
  }

  private rawTrade(id: number, tick: number, quantity: number, timeMs: number, isSold: boolean): void {
    const feed = this.feeds.get('rawTrade')
    if (feed === undefined) return
    note(this.rawTrades, tick, quantity, timeMs, isSold)
    if (feed.emitted(id, this.world.nowMs)) feed.sendText(this.words.trade(id, tick, quantity, timeMs, isSold))
  }

  private change(): void {
    const { book, chance, words, world } = this
    const changes = drawChanges(book, chance, this.pace.name === 'lively')
    const previous = book.lastId
    const first = previous + 1 + (words.isFutures ? chance.whole(0, 6) : 0)
    const last = first + chance.whole(0, 4)
    const timeMs = Math.floor(world.wallMs)
    const feed = this.feeds.get('book')
    const { bid, ask } = book
    const isHeard = feed?.emitted(last, world.nowMs) === true
    const frame = isHeard ? words.depth(feed.head, { first, last, previous }, changes, book, timeMs) : undefined
    book.commit(last, changes, world.nowMs)
    if (frame !== undefined) feed?.send(frame)
    if (bid !== book.bid || ask !== book.ask || chance.isLess(0.2)) this.quote(last, timeMs)
  }

  private quote(id: number, timeMs: number): void {
    const feed = this.feeds.get('quote')
    const { quotes, book } = this
    quotes.prices.push(book.bid)
    quotes.quantities.push(book.levels[book.bid] ?? 0)
    quotes.askQuantities.push(-(book.levels[book.ask] ?? 0))
    if (feed?.emitted(id, this.world.nowMs) === true) feed.sendText(this.words.quote(id, this.book, timeMs))
  }

  private klineUpdate(): void {
    if (this.isClosed) return
    this.world.after(this.klineEveryMs, () => this.klineUpdate())
    const feed = this.feeds.get('kline:1m')
    if (feed?.emitted(this.candle.openMs, this.world.nowMs) === true)
      feed.sendText(this.words.kline(this.candle, false, Math.floor(this.world.wallMs)))
  }

  private minute(): void {
    const { candle, world } = this
    candle.closedMs = world.nowMs
    world.at(world.nowMs + this.untilMinuteMs(), () => this.minute())
    this.candle = this.openCandle(candle.openMs + MINUTE_MS)
    if (this.isClosed) return
    const feed = this.feeds.get('kline:1m')
    if (feed?.emitted(candle.openMs, world.nowMs) === true)
      feed.sendText(this.words.kline(candle, true, Math.floor(world.wallMs)))
  }

  private untilMinuteMs(): number {
    return MINUTE_MS - (this.world.wallMs % MINUTE_MS)
  }

  private openCandle(openMs: number): Candle {
    const candle = newCandle(openMs, this.lastTick)
    this.candles.set(openMs, candle)
    return candle
  }

  private markUpdate(): void {
    if (this.isClosed) return
    this.world.after(1000, () => this.markUpdate())
    const timeMs = Math.floor(this.world.wallMs)
    const feed = this.feeds.get('markPrice')
    this.marks.prices.push(this.lastTick)
    if (feed?.emitted(timeMs, this.world.nowMs) === true) feed.sendText(this.words.markPrice(this.lastTick, timeMs))
  }

  private tickerUpdate(): void {
    if (this.isClosed) return
    this.world.after(2000, () => this.tickerUpdate())
    const timeMs = Math.floor(this.world.wallMs)
    const feed = this.feeds.get('ticker')
    this.tickers.prices.push(this.lastTick)
    if (feed?.emitted(timeMs, this.world.nowMs) === true)
      feed.sendText(this.words.ticker(this.book, this.lastTick, this.openTick, timeMs))
  }

  private addFeeds(isFutures: boolean): void {
    const symbol = lower(this.plan.symbol)
    const names: Readonly<Record<ChannelName, readonly [string, StreamTruth | undefined]>> = {
      trade: [`${symbol}@aggTrade`, this.trades],
      rawTrade: [`${symbol}@trade`, this.rawTrades],
      quote: [`${symbol}@bookTicker`, this.quotes],
      book: [`${symbol}@depth@100ms`, undefined],
      'kline:1m': [`${symbol}@kline_1m`, undefined],
      markPrice: [`${symbol}@markPrice@1s`, this.marks],
      ticker: [`${symbol}@ticker`, this.tickers],
    }
    for (const channel of this.plan.channels) {
      if (channel === 'markPrice' && !isFutures) continue
      const [name, truth] = names[channel]
      this.feeds.set(channel, new Feed(name, truth))
    }
  }
}

/** Mean distance of a stream's events. */
function usualMs(channel: ChannelName, pace: Pace): number {
  const tickMs = Math.max(pace.tickMs, 1)
  if (channel === 'trade' || channel === 'rawTrade') return tickMs / pace.tradesPerTick
  if (channel === 'quote') return (3 * tickMs) / pace.depthShare
  return channel === 'book' ? tickMs / pace.depthShare : 2500
}

function note(truth: StreamTruth, tick: number, quantity: number, timeMs: number, isSold: boolean): void {
  truth.prices.push(tick)
  truth.quantities.push(quantity)
  truth.times.push(timeMs)
  truth.sold.push(isSold)
}

/** ASCII letters only, as the venue does. */
export function lower(symbol: string): string {
  return symbol.replace(/[A-Z]/g, letter => letter.toLowerCase())
}
