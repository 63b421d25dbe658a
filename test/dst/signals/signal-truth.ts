import type { BookHandle } from '../../../src/feed/feed.ts'
import type { SignalNeed, SignalValue } from '../../../src/signal/signal.ts'
import type { Report } from '../check/report.ts'
import type { World } from '../core/world.ts'
import type { Instrument } from '../exchange/instrument.ts'
import type { BookOracle } from './book-oracle.ts'
import { plainMacd, plainRsi } from './plain-indicators.ts'
import type { StreamLedger } from './signal-ledger.ts'
import { KLINE_RSI, MACD, type PlannedSignal, SLOT_RSI } from './signal-plan.ts'
import type { TradedWindow, TradeOracle } from './trade-oracle.ts'

const MINUTE_MS = 60_000

/** What a watch knows of the world around its signal. */
export interface WatchTools {
  readonly world: World
  readonly report: Report
  readonly label: string
  readonly market: Instrument
  readonly ledger: (need: SignalNeed) => StreamLedger
  readonly trades: TradeOracle
  readonly books: BookOracle
  /** The maintained book that the signals read. */
  readonly handle: () => BookHandle | undefined
  /** Why the user knows that the stream's silence proves nothing; undefined while there is no such reason. */
  readonly isBehind: (need: SignalNeed, pendingSinceMs: number) => string | undefined
}

/** I6: what a signal says, against what the exchange's own lists give. */
export class SignalTruth {
  private readonly plan: PlannedSignal
  private readonly tools: WatchTools

  constructor(plan: PlannedSignal, tools: WatchTools) {
    this.plan = plan
    this.tools = tools
  }

  tradeCandle(output: SignalValue, openMs: number, window: TradedWindow): void {
    const oracle = this.tools.trades
    const closeMs = openMs + this.plan.lengthMs
    const { truth } = oracle
    const prices = oracle.delivered(openMs, closeMs).map(index => this.price(truth.prices.at(index)))
    const before = this.price(truth.prices.at(oracle.lastBefore(openMs)))
    const isEmpty = prices.length === 0
    const expected = {
      open: isEmpty ? before : prices[0],
      high: isEmpty ? before : Math.max(...prices),
      low: isEmpty ? before : Math.min(...prices),
      close: isEmpty ? before : prices.at(-1),
      volume: (window.bought + window.sold) / 1000,
      takerBuyVolume: window.bought / 1000,
      trades: prices.length,
      synthetic: isEmpty,
    }
    this.compareAll(output, expected, `the candle of ${openMs}`)
  }

  tradeRsi(output: SignalValue, openMs: number): void {
    const { trades } = this.tools
    const closes = this.closes(output.quality.n, openMs, slotMs => trades.lastBefore(slotMs + this.plan.lengthMs))
    this.compare(output.value, plainRsi(closes, SLOT_RSI), `the index of closes at ${openMs}`)
  }

  /** Closes of the last `count` slots, the last of which opens at `openMs`. */
  private closes(count: number, openMs: number, lastIndex: (slotMs: number) => number): number[] {
    const { truth } = this.tools.trades
    return Array.from({ length: count }, (_, at) => {
      const slotMs = openMs - (count - 1 - at) * this.plan.lengthMs
      return this.price(truth.prices.at(lastIndex(slotMs)))
    })
  }

  kline(output: SignalValue): void {
    const openMs = openOf(output)
    if (output.values?.['final'] !== true || openMs === undefined) return
    const { market, report } = this.tools
    const candle = market.candles.get(openMs)
    const { declared } = this.tools.ledger('kline:1m')
    const isDeclared = (slotMs: number): boolean =>
      declared.some(({ from, to }) => slotMs * 1000 >= from && slotMs * 1000 <= to)
    if (output.state === 'ok' && isDeclared(openMs)) this.fail('I7', `ok, although the candle of ${openMs} is missing`)
    if (candle === undefined || candle.closedMs === 0) {
      this.fail('I6', `the candle of ${openMs} is final before it is over`)
      return
    }
    if (output.state !== 'ok') return
    report.count('signal: final candles')
    if (this.plan.by === 'kline') {
      const { words } = market
      const expected = {
        open: words.priceNumber(candle.open),
        high: words.priceNumber(candle.high),
        low: words.priceNumber(candle.low),
        close: words.priceNumber(candle.close),
        volume: candle.volume / 1000,
        takerBuyVolume: candle.takerVolume / 1000,
        trades: candle.trades,
      }
      this.compareAll(output, expected, `the candle of ${openMs}`)
      return
    }
    const slots = Array.from({ length: output.quality.n }, (_, at) => openMs - at * MINUTE_MS).reverse()
    if (slots.some(isDeclared)) return
    const closes = slots.map(slotMs => this.price(market.candles.get(slotMs)?.close))
    const expected = this.plan.by === 'klineRsi' ? plainRsi(closes, KLINE_RSI) : plainMacd(closes, MACD.fast, MACD.slow)
    this.compare(output.value, expected, `${this.plan.by} at ${openMs}`)
  }

  /** Books, quotes and marks. */
  ofBook(output: SignalValue): void {
    const { books, ledger, handle } = this.tools
    const sequence = handle()?.sequence ?? -1
    const quoteId = ledger('quote').sequence
    switch (this.plan.by) {
      case 'bookSpread':
        this.compare(output.value, books.spreadBps(sequence), `the spread of the book at ${sequence}`)
        return
      case 'quoteSpread':
        this.compare(output.value, books.spreadBps(quoteId), `the spread of quote ${quoteId}`)
        return
      case 'levels':
        this.compare(output.value, books.levelImbalance(sequence, 5), `the imbalance at ${sequence}`)
        return
      case 'band':
        this.compare(output.value, books.bandImbalance(sequence, 2), `the band at ${sequence}`)
        return
      case 'quoteFlow': {
        const flow = books.orderFlow(quoteId, this.plan.lengthMs, output.timeUs / 1000)
        if (flow !== undefined) this.compare(output.value, flow, `the order flow at quote ${quoteId}`)
        return
      }
      case 'markBasis':
        this.compare(output.value, 0, 'the basis of a mark price that is its index')
        return
      default:
    }
  }

  sums(output: SignalValue, window: TradedWindow): void {
    const { values = {}, value, quality } = output
    if (value === undefined) return
    this.compare(value, (window.bought - window.sold) / 1000, `what was bought less what was sold by ${output.timeUs}`)
    this.compare(quality.n, window.buys + window.sells, `the number of trades by ${output.timeUs}`)
    if (values['buyBase'] === undefined) return
    const expected = { buyBase: window.bought / 1000, sellBase: window.sold / 1000, buyCount: window.buys }
    this.compareAll(output, expected, `what takers did by ${output.timeUs}`)
  }

  private compareAll(
    output: SignalValue,
    expected: Readonly<Record<string, number | boolean | undefined>>,
    what: string,
  ): void {
    for (const [name, value] of Object.entries(expected)) {
      const said = output.values?.[name]
      if (typeof value === 'number' && typeof said === 'number') this.compare(said, value, `${name} of ${what}`)
      else if (said !== value) this.fail('I6', `${name} of ${what} is ${String(said)}, the exchange's ${String(value)}`)
    }
  }

  private compare(said: number | undefined, expected: number | undefined, what: string): void {
    const isEqual =
      said === expected ||
      (said !== undefined &&
        expected !== undefined &&
        Math.abs(said - expected) <= 1e-8 * Math.max(1, Math.abs(expected)))
    if (!isEqual) this.fail('I6', `${what} is ${said}, by the exchange's truth ${expected}`)
  }

  private price(tick: number | undefined): number {
    return tick === undefined ? Number.NaN : this.tools.market.words.priceNumber(tick)
  }

  fail(invariant: string, text: string): void {
    this.tools.report.violation(invariant, `${this.tools.label}: ${text}`)
  }
}

/** When the slice or candle of a value opened, milliseconds; undefined for a value of none. */
export function openOf(output: SignalValue): number | undefined {
  const open = output.values?.['openTimeUs']
  return typeof open === 'number' ? open / 1000 : undefined
}
