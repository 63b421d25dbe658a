import type { DataEvent, TradeEvent } from '../../../src/model/event.ts'
import { decimalsOf } from '../../../src/model/number.ts'
import { type EpochUs, epochUs } from '../../../src/model/time.ts'
import { seededRandom } from '../../../src/net/random.ts'
import { FakeBook } from './fake-book.ts'
import { FAKE_INTERVALS, FakeCandles, secondsOf } from './fake-candles.ts'
import type { FakeMarketSpec } from './fake-instruments.ts'
import { pricePath } from './price-path.ts'

export const MARKET_STEP_MS = 50
const LATENCY_US = 9000

/** One lively market: prints, a moving book, candles, marks and forced orders, all from one seed. */
export class FakeMarket {
  readonly spec: FakeMarketSpec
  readonly book: FakeBook
  readonly candles = new Map<string, FakeCandles>()
  private readonly random: () => number
  private readonly decimals: number
  private readonly lots: number
  private nextTradeId = 5_000_000
  private steps = 0
  private open24 = 0
  private high24 = 0
  private low24 = Number.POSITIVE_INFINITY

  constructor(spec: FakeMarketSpec) {
    this.spec = spec
    this.random = seededRandom(spec.seed * 7919)
    this.decimals = decimalsOf(spec.instrument.tickSize ?? '0.01')
    this.lots = decimalsOf(spec.instrument.lotSize ?? '1')
    this.book = new FakeBook(spec.instrument, spec.tradeSize * 6, this.random)
    for (const interval of FAKE_INTERVALS) {
      this.candles.set(interval, new FakeCandles(spec, interval, secondsOf(interval) ?? 60))
    }
  }

  get lastTradeId(): number {
    return this.nextTradeId - 1
  }

  /** What happens in the next 50 ms. */
  step(nowUs: EpochUs): readonly DataEvent[] {
    this.steps++
    const price = this.price(nowUs)
    this.book.move(price, nowUs)
    const burst = this.random() < 0.02 ? 12 : 1
    const count = Math.floor(-Math.log(1 - this.random()) * 0.9 * burst)
    const events: DataEvent[] = []
    for (let index = 0; index < count; index++) events.push(this.trade(price, nowUs))
    const best = this.book.best()
    if (best !== undefined) events.push({ kind: 'quote', ...this.stamps(nowUs), ...best })
    if (this.random() < 0.003) events.push(this.liquidation(price, nowUs))
    if (this.steps % 5 === 1) for (const candles of this.candles.values()) push(events, candles.current())
    if (this.steps % 20 === 1) events.push(this.ticker(price, nowUs), this.mark(price, nowUs))
    if (this.steps % 60 === 2) events.push(this.openInterest(nowUs))
    return events
  }

  recentTrades(limit: number, nowUs: number): readonly TradeEvent[] {
    const random = seededRandom(this.spec.seed)
    return Array.from({ length: limit }, (_, index) => {
      const timeUs = epochUs(nowUs - (limit - index) * 120_000)
      const side = random() < 0.5 ? 'buy' : 'sell'
      const id = String(4_000_000 + index)
      const quantity = this.lot(this.spec.tradeSize * -Math.log(1 - random()))
      const price = this.round(this.price(timeUs))
      const { id: instrument } = this.spec.instrument
      return {
        kind: 'trade',
        channel: 'trade',
        instrument,
        exchangeTimeUs: timeUs,
        receiveTimeUs: timeUs,
        id,
        price,
        quantity,
        side,
      }
    })
  }

  skipTrades(count: number): void {
    this.nextTradeId += count
  }

  private trade(mid: number, nowUs: EpochUs): TradeEvent {
    const side = this.random() < 0.5 + Math.sin(nowUs / 3e7) * 0.12 ? 'buy' : 'sell'
    const best = this.book.best()
    const price = side === 'buy' ? (best?.askPrice ?? mid) : (best?.bidPrice ?? mid)
    const big = this.random() < 0.012 ? 40 : 1
    const quantity = this.lot(
      this.spec.tradeSize * 0.6 * Math.exp((this.random() + this.random() + this.random() - 1.5) * 2) * big,
    )
    const trade: TradeEvent = {
      kind: 'trade',
      channel: 'trade',
      ...this.stamps(nowUs),
      id: String(this.nextTradeId++),
      price: this.round(price),
      quantity,
      side,
    }
    for (const candles of this.candles.values()) candles.trade(trade)
    return trade
  }

  private liquidation(price: number, nowUs: EpochUs): DataEvent {
    const side = this.random() < 0.5 ? 'buy' : 'sell'
    const quantity = this.lot(this.spec.tradeSize * 8 * -Math.log(1 - this.random()))
    return { kind: 'liquidation', ...this.stamps(nowUs), side, price: this.round(price), quantity, coverage: 'sampled' }
  }

  private ticker(price: number, nowUs: EpochUs): DataEvent {
    if (this.open24 === 0) this.scanDay(nowUs)
    this.high24 = Math.max(this.high24, price)
    this.low24 = Math.min(this.low24, price)
    const volume = this.spec.tradeSize * 86_400 * 9
    const [last, open, high, low] = [price, this.open24, this.high24, this.low24].map(value => this.round(value))
    return {
      kind: 'ticker',
      ...this.stamps(nowUs),
      last: last ?? price,
      open: open ?? price,
      high: high ?? price,
      low: low ?? price,
      volume,
      quoteVolume: volume * price,
    }
  }

  private mark(_price: number, nowUs: EpochUs): DataEvent {
    const hours = 8 * 3_600_000_000
    const premium = Math.sin(nowUs / 4e7) * 0.00018 + Math.sin(nowUs / 1.3e7) * 0.00006 + this.random() * 0.00002
    const indexPrice = Number(
      pricePath(this.spec.seed, this.spec.basePrice, nowUs - 500_000).toFixed(this.decimals + 2),
    )
    const markPrice = Number((indexPrice * (1 + premium)).toFixed(this.decimals + 2))
    const fundingTimeUs = epochUs(Math.ceil(nowUs / hours) * hours)
    const fundingRate = Number((0.0001 + premium / 8).toFixed(8))
    return { kind: 'markPrice', ...this.stamps(nowUs), markPrice, indexPrice, fundingRate, fundingTimeUs }
  }

  private openInterest(nowUs: EpochUs): DataEvent {
    const quantity = this.lot(80_000 * (1 + Math.sin(nowUs / 1.7e8) * 0.01))
    return { kind: 'openInterest', ...this.stamps(nowUs), quantity }
  }

  private scanDay(nowUs: number): void {
    this.open24 = this.price(nowUs - 86_400_000_000)
    for (let minute = 0; minute < 1440; minute += 5) {
      const price = this.price(nowUs - minute * 60_000_000)
      this.high24 = Math.max(this.high24, price)
      this.low24 = Math.min(this.low24, price)
    }
  }

  private stamps(nowUs: EpochUs) {
    return { instrument: this.spec.instrument.id, exchangeTimeUs: epochUs(nowUs - LATENCY_US), receiveTimeUs: nowUs }
  }

  private price(timeUs: number): number {
    return pricePath(this.spec.seed, this.spec.basePrice, timeUs)
  }

  private round(price: number): number {
    return Number(price.toFixed(this.decimals))
  }

  private lot(quantity: number): number {
    return Math.max(10 ** -this.lots, Number(quantity.toFixed(this.lots)))
  }
}

function push(events: DataEvent[], event: DataEvent | undefined): void {
  if (event !== undefined) events.push(event)
}
