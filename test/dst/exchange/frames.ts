import type { BookTruth, Changes } from './book-truth.ts'
import { type Frame, Scribe } from './scribe.ts'
import type { Candle } from './stream-truth.ts'

const NOTHING = new Uint8Array(0)
const MOST_TRADE_BYTES = 400
const MOST_DEPTH_BYTES = 400
/** Each of both sides may name it, and `changes` counts it twice. */
const MOST_LEVEL_BYTES = 40
const LEVEL_BEGIN = Buffer.from('["')
const LEVEL_MIDDLE = Buffer.from('","')
const LEVEL_END = Buffer.from('"]')

export interface AggTrade {
  readonly id: number
  readonly tick: number
  readonly quantity: number
  /** Ids of the first and last match inside. */
  readonly first: number
  readonly last: number
  readonly ms: number
  readonly isSold: boolean
}

const QUANTITIES: readonly string[] = Array.from({ length: 10_000 }, (_, index) => (index / 1000).toFixed(3))

/** Texts of one instrument's numbers: a price is `base + tick` in tenths, a quantity counts thousandths. */
export class Wording {
  readonly symbol: string
  readonly isFutures: boolean
  private readonly base: number
  private readonly scribe = new Scribe()
  private readonly aggTradeWords: AggTradeWords
  private readonly depthWords: DepthWords
  private readonly prices: (string | undefined)[] = []

  constructor(symbol: string, base: number, isFutures: boolean) {
    this.symbol = symbol
    this.base = base
    this.isFutures = isFutures
    this.aggTradeWords = aggTradeWords(symbol, isFutures)
    this.depthWords = depthWords(symbol, isFutures)
  }

  price(tick: number): string {
    const known = this.prices[tick]
    if (known !== undefined) return known
    const tenths = this.base + tick
    const text = `${Math.floor(tenths / 10)}.${tenths % 10}`
    this.prices[tick] = text
    return text
  }

  priceNumber(tick: number): number {
    return (this.base + tick) / 10
  }

  quantity(thousandths: number): string {
    return QUANTITIES[thousandths] ?? (thousandths / 1000).toFixed(3)
  }

  /** The head is what a combined stream puts before it. */
  aggTrade(head: Uint8Array, trade: AggTrade): Frame {
    this.writeAggTrade(head, trade)
    return this.scribe.end()
  }

  aggTradeRow(trade: AggTrade): string {
    this.writeAggTrade(NOTHING, trade)
    return this.scribe.text()
  }

  private writeAggTrade(head: Uint8Array, { id, tick, quantity, first, last, ms, isSold }: AggTrade): void {
    const { scribe, isFutures } = this
    const words = this.aggTradeWords
    scribe.begin(head, MOST_TRADE_BYTES + this.symbol.length * 3)
    scribe.ascii(words.eventMs)
    scribe.whole(ms + 3)
    scribe.ascii(words.id)
    scribe.whole(id)
    scribe.ascii(words.price)
    scribe.tenths(this.base + tick)
    scribe.ascii(words.quantity)
    scribe.thousandths(quantity)
    if (isFutures) {
      scribe.ascii(words.normalQuantity)
      scribe.thousandths(quantity)
    }
    scribe.ascii(words.first)
    scribe.whole(first)
    scribe.ascii(words.last)
    scribe.whole(last)
    scribe.ascii(words.timeMs)
    scribe.whole(ms)
    scribe.ascii(isSold ? words.sold : words.bought)
  }

  trade(id: number, tick: number, quantity: number, ms: number, isSold: boolean): string {
    const p = this.price(tick)
    const q = this.quantity(quantity)
    if (this.isFutures)
      return `{"e":"trade","E":${ms + 3},"T":${ms},"s":"${this.symbol}","t":${id},"p":"${p}","q":"${q}","X":"MARKET","m":${isSold},"st":1}`
    return `{"e":"trade","E":${ms + 3},"s":"${this.symbol}","t":${id},"p":"${p}","q":"${q}","T":${ms},"m":${isSold},"M":true}`
  }

  quote(id: number, book: BookTruth, ms: number): string {
    const { levels, bid, ask } = book
    const prices = `"b":"${this.price(bid)}","B":"${this.quantity(levels[bid] ?? 0)}","a":"${this.price(ask)}","A":"${this.quantity(-(levels[ask] ?? 0))}"`
    if (!this.isFutures) return `{"u":${id},"s":"${this.symbol}",${prices}}`
    return `{"e":"bookTicker","u":${id},"s":"${this.symbol}","ps":"${this.symbol}",${prices},"T":${ms},"E":${ms + 2},"st":1}`
  }

  /** `before` is the book without the changes: a level that changes sides is removed from one and set on the other. */
  depth(
    head: Uint8Array,
    ids: { readonly first: number; readonly last: number; readonly previous: number },
    changes: Changes,
    before: BookTruth,
    ms: number,
  ): Frame {
    const { scribe, isFutures, depthWords: words } = this
    scribe.begin(head, MOST_DEPTH_BYTES + this.symbol.length * 6 + changes.length * MOST_LEVEL_BYTES)
    scribe.ascii(words.eventMs)
    scribe.whole(isFutures ? ms + 2 : ms)
    if (isFutures) {
      scribe.ascii(words.timeMs)
      scribe.whole(ms)
    }
    scribe.ascii(words.first)
    scribe.whole(ids.first)
    scribe.ascii(words.last)
    scribe.whole(ids.last)
    if (isFutures) {
      scribe.ascii(words.previous)
      scribe.whole(ids.previous)
    }
    scribe.ascii(words.bids)
    this.side(changes, before, 1)
    scribe.ascii(words.asks)
    this.side(changes, before, -1)
    scribe.ascii(words.end)
    return scribe.end()
  }

  /** The changed levels of one side; `sign` is that of its quantities in the book. */
  private side(changes: Changes, before: BookTruth, sign: 1 | -1): void {
    const { scribe, base } = this
    let isFirst = true
    for (let i = 0; i < changes.length; i += 2) {
      const tick = changes[i] ?? 0
      const now = (changes[i + 1] ?? 0) * sign
      const was = (before.levels[tick] ?? 0) * sign
      const isHere = sign > 0 ? tick <= before.bid : tick > before.bid
      if (now <= 0 && was <= 0 && !(now === 0 && was === 0 && isHere)) continue
      if (!isFirst) scribe.comma()
      isFirst = false
      scribe.ascii(LEVEL_BEGIN)
      scribe.tenths(base + tick)
      scribe.ascii(LEVEL_MIDDLE)
      scribe.thousandths(Math.max(now, 0))
      scribe.ascii(LEVEL_END)
    }
  }

  kline(candle: Candle, isClosed: boolean, ms: number): string {
    const c = candle
    const k = `"t":${c.openMs},"T":${c.openMs + 59_999},"s":"${this.symbol}","i":"1m","f":${Math.max(0, c.firstId)},"L":${Math.max(0, c.lastId)},"o":"${this.price(c.open)}","c":"${this.price(c.close)}","h":"${this.price(c.high)}","l":"${this.price(c.low)}","v":"${this.quantity(c.volume)}","n":${c.trades},"x":${isClosed},"q":"${this.quoteVolume(c)}","V":"${this.quantity(c.takerVolume)}","Q":"${this.takerQuote(c)}","B":"0"`
    return `{"e":"kline","E":${ms},"s":"${this.symbol}","k":{${k}}}`
  }

  klineRow(c: Candle): string {
    return `[${c.openMs},"${this.price(c.open)}","${this.price(c.high)}","${this.price(c.low)}","${this.price(c.close)}","${this.quantity(c.volume)}",${c.openMs + 59_999},"${this.quoteVolume(c)}",${c.trades},"${this.quantity(c.takerVolume)}","${this.takerQuote(c)}","0"]`
  }

  /** Ticks are counted from the base: the base's part is added here. Ten thousandths. */
  quoteVolume(c: Candle): string {
    return ((c.quote + this.base * c.volume) / 10_000).toFixed(4)
  }

  private takerQuote(c: Candle): string {
    return ((c.takerQuote + this.base * c.takerVolume) / 10_000).toFixed(4)
  }

  markPrice(tick: number, ms: number): string {
    const p = this.price(tick)
    return `{"e":"markPriceUpdate","E":${ms},"s":"${this.symbol}","p":"${p}","ap":"${p}","P":"${p}","i":"${p}","r":"0.00010000","T":${ms - (ms % 28_800_000) + 28_800_000},"st":1}`
  }

  ticker(book: BookTruth, last: number, open: number, ms: number): string {
    const c = this.price(last)
    const o = this.price(open)
    const shared = `"E":${ms},"s":"${this.symbol}","p":"0.1","P":"0.001","w":"${c}","c":"${c}","Q":"0.010","o":"${o}","h":"${this.price(2047)}","l":"${this.price(0)}","v":"1000.000","q":"60000000.0","O":${ms - 86_400_000},"C":${ms},"F":1,"L":2,"n":2`
    if (this.isFutures) return `{"e":"24hrTicker",${shared},"ps":"${this.symbol}","st":1}`
    return `{"e":"24hrTicker",${shared},"x":"${o}","b":"${this.price(book.bid)}","B":"1.000","a":"${this.price(book.ask)}","A":"1.000"}`
  }

  snapshot(
    id: number,
    levels: Int16Array,
    touch: { readonly bid: number; readonly ask: number },
    most: number,
    ms: number,
  ): string {
    const bids: string[] = []
    const asks: string[] = []
    for (let tick = touch.bid; tick >= 0 && bids.length < most; tick--) {
      const quantity = levels[tick] ?? 0
      if (quantity > 0) bids.push(`["${this.price(tick)}","${this.quantity(quantity)}"]`)
    }
    for (let tick = touch.ask; tick < levels.length && asks.length < most; tick++) {
      const quantity = levels[tick] ?? 0
      if (quantity < 0) asks.push(`["${this.price(tick)}","${this.quantity(-quantity)}"]`)
    }
    const times = this.isFutures ? `"E":${ms + 2},"T":${ms},` : ''
    return `{"lastUpdateId":${id},${times}"bids":[${bids.join(',')}],"asks":[${asks.join(',')}]}`
  }
}

type AggTradeWords = ReturnType<typeof aggTradeWords>
type DepthWords = ReturnType<typeof depthWords>

/** What stands before each number of a message. */
function aggTradeWords(symbol: string, isFutures: boolean) {
  const name = `"s":"${symbol}"`
  return {
    eventMs: Buffer.from('{"e":"aggTrade","E":'),
    id: Buffer.from(isFutures ? ',"a":' : `,${name},"a":`),
    price: Buffer.from(isFutures ? `,${name},"p":"` : ',"p":"'),
    quantity: Buffer.from('","q":"'),
    normalQuantity: Buffer.from('","nq":"'),
    first: Buffer.from('","f":'),
    last: Buffer.from(',"l":'),
    timeMs: Buffer.from(',"T":'),
    sold: Buffer.from(isFutures ? ',"m":true,"st":1}' : ',"m":true,"M":true}'),
    bought: Buffer.from(isFutures ? ',"m":false,"st":1}' : ',"m":false,"M":true}'),
  }
}

function depthWords(symbol: string, isFutures: boolean) {
  const name = isFutures ? `"s":"${symbol}","ps":"${symbol}"` : `"s":"${symbol}"`
  return {
    eventMs: Buffer.from('{"e":"depthUpdate","E":'),
    timeMs: Buffer.from(',"T":'),
    first: Buffer.from(`,${name},"U":`),
    last: Buffer.from(',"u":'),
    previous: Buffer.from(',"pu":'),
    bids: Buffer.from(',"b":['),
    asks: Buffer.from('],"a":['),
    end: Buffer.from(isFutures ? '],"st":1}' : ']}'),
  }
}
