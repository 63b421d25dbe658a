import type { KlineEvent, TradeEvent } from '../../model/event.ts'
import type { Bar } from '../protocol.ts'

/** Bars kept; the oldest leave first. */
const KEPT = 1500

interface Entry {
  readonly bar: Bar
  /** Version at which the bar changed last. */
  readonly changed: number
}

/**
 * Candles in the order of their opening. The venue's candle always wins; between two of them the trades move the open
 * candle, and the first trade of the next interval opens a provisional one.
 */
export class CandleSeries {
  version = 0
  /** A client that knows less than this needs the whole series. */
  resetAt = 0
  private entries: Entry[] = []
  private readonly seconds: number | undefined
  /** Trades up to this time are inside the newest candle of the venue. */
  private countedUntilUs = 0

  constructor(seconds: number | undefined) {
    this.seconds = seconds
  }

  get size(): number {
    return this.entries.length
  }

  /** Every bar that changed after `since`. */
  since(since: number): readonly Bar[] {
    let first = this.entries.length
    while (first > 0 && (this.entries[first - 1]?.changed ?? 0) > since) first--
    return this.entries.slice(first).map(entry => entry.bar)
  }

  /** History over REST: replaces what it covers and keeps what is newer. */
  load(history: readonly KlineEvent[]): void {
    this.version++
    const merged = new Map(this.entries.map(entry => [entry.bar[0], entry]))
    const newest = this.entries.at(-1)?.bar[0] ?? 0
    for (const kline of history) {
      const bar = barOf(kline)
      // The open candle of the stream is newer than the answer of a request.
      if (bar[0] < newest || !merged.has(bar[0])) merged.set(bar[0], { bar, changed: this.version })
    }
    this.entries = [...merged.values()].sort((a, b) => a.bar[0] - b.bar[0]).slice(-KEPT)
    this.resetAt = this.version
  }

  kline(kline: KlineEvent): void {
    const bar = barOf(kline)
    this.countedUntilUs = Math.max(this.countedUntilUs, kline.exchangeTimeUs ?? kline.receiveTimeUs)
    this.put(bar)
  }

  /** True when the trade changed a candle. */
  trade(trade: TradeEvent): boolean {
    const timeUs = trade.exchangeTimeUs ?? trade.receiveTimeUs
    const last = this.entries.at(-1)?.bar
    if (this.seconds === undefined || last === undefined || timeUs <= this.countedUntilUs) return false
    const { price, quantity } = trade
    const bought = trade.side === 'buy' ? quantity : 0
    const openTime = openTimeOf(timeUs, this.seconds, last[0])
    if (openTime < last[0]) return false
    if (openTime > last[0]) {
      this.put([openTime, price, price, price, price, quantity, last[6] < 0 ? -1 : bought, 0])
      return true
    }
    const [time, open, high, low, , volume, buyVolume] = last
    const buys = buyVolume < 0 ? -1 : buyVolume + bought
    this.put([time, open, Math.max(high, price), Math.min(low, price), price, volume + quantity, buys, 0])
    return true
  }

  private put(bar: Bar): void {
    this.version++
    const entry = { bar, changed: this.version }
    const last = this.entries.at(-1)
    if (last === undefined || bar[0] > last.bar[0]) {
      this.entries.push(entry)
      if (this.entries.length > KEPT) this.entries.shift()
      return
    }
    let index = this.entries.length - 1
    while (index >= 0 && (this.entries[index]?.bar[0] ?? 0) > bar[0]) index--
    const found = this.entries[index]
    if (found?.bar[0] === bar[0]) {
      this.entries[index] = entry
      // A change further back than the newest two bars is not at the end of the series: clients take it anew.
      if (index < this.entries.length - 2) this.resetAt = this.version
      else for (let later = index + 1; later < this.entries.length; later++) this.touch(later)
    } else {
      this.entries.splice(index + 1, 0, entry)
      this.resetAt = this.version
    }
  }

  private touch(index: number): void {
    const entry = this.entries[index]
    if (entry !== undefined) this.entries[index] = { bar: entry.bar, changed: this.version }
  }
}

/** Candles longer than a day do not start at multiples of their length: they are counted from the newest known one. */
function openTimeOf(timeUs: number, seconds: number, known: number): number {
  const time = Math.floor(timeUs / 1_000_000)
  return known + Math.floor((time - known) / seconds) * seconds
}

function barOf(kline: KlineEvent): Bar {
  const { open, high, low, close, volume, takerBuyVolume } = kline
  const time = Math.floor(kline.openTimeUs / 1_000_000)
  return [time, open, high, low, close, volume, takerBuyVolume ?? -1, kline.closed ? 1 : 0]
}
