import type { KlineEvent, TradeEvent } from '../../../src/model/event.ts'
import { epochUs } from '../../../src/model/time.ts'
import type { FakeMarketSpec } from './fake-instruments.ts'
import { activityAt, pricePath } from './price-path.ts'

const SECONDS = new Map([
  ['1m', 60],
  ['5m', 300],
  ['15m', 900],
  ['1h', 3600],
  ['4h', 14_400],
  ['1d', 86_400],
])
const SAMPLES = 20

export function secondsOf(interval: string): number | undefined {
  return SECONDS.get(interval)
}

export const FAKE_INTERVALS = [...SECONDS.keys()]

/** Candles of one interval: computed from the path where nobody watched, kept as they were where somebody did. */
export class FakeCandles {
  private readonly spec: FakeMarketSpec
  private readonly interval: string
  private readonly seconds: number
  private readonly watched = new Map<number, KlineEvent>()
  private open: KlineEvent | undefined

  constructor(spec: FakeMarketSpec, interval: string, seconds: number) {
    this.spec = spec
    this.interval = interval
    this.seconds = seconds
  }

  history(endUs: number, limit: number, nowUs: number): readonly KlineEvent[] {
    const last = Math.floor(endUs / 1e6 / this.seconds)
    return Array.from({ length: limit }, (_, index) => {
      const start = (last - limit + 1 + index) * this.seconds
      if (this.open !== undefined && this.open.openTimeUs === start * 1e6) return this.open
      return this.watched.get(start) ?? this.computed(start, nowUs)
    })
  }

  trade(trade: TradeEvent): void {
    const start = Math.floor((trade.exchangeTimeUs ?? trade.receiveTimeUs) / 1e6 / this.seconds) * this.seconds
    if (this.open === undefined || this.open.openTimeUs < start * 1e6) {
      if (this.open !== undefined) this.watched.set(this.open.openTimeUs / 1e6, { ...this.open, closed: true })
      this.open = this.computed(start, trade.receiveTimeUs)
    }
    const candle = this.open
    const bought = trade.side === 'buy' ? trade.quantity : 0
    this.open = {
      ...candle,
      receiveTimeUs: trade.receiveTimeUs,
      exchangeTimeUs: trade.exchangeTimeUs,
      high: Math.max(candle.high, trade.price),
      low: Math.min(candle.low, trade.price),
      close: trade.price,
      volume: candle.volume + trade.quantity,
      quoteVolume: candle.quoteVolume + trade.quantity * trade.price,
      takerBuyVolume: (candle.takerBuyVolume ?? 0) + bought,
    }
  }

  current(): KlineEvent | undefined {
    return this.open
  }

  private computed(start: number, nowUs: number): KlineEvent {
    const { seed, basePrice, instrument, tradeSize } = this.spec
    const endUs = Math.min((start + this.seconds) * 1e6 - 1, nowUs)
    const spanUs = Math.max(1, endUs - start * 1e6)
    const decimals = (instrument.tickSize ?? '0.01').replace(/0+$/, '').length - 2
    const round = (value: number): number => Number(value.toFixed(decimals))
    const path = Array.from({ length: SAMPLES + 1 }, (_, index) => {
      return round(pricePath(seed, basePrice, start * 1e6 + (spanUs * index) / SAMPLES))
    })
    const open = path[0] ?? basePrice
    const close = path.at(-1) ?? basePrice
    const move = Math.abs(close - open) / open
    const volume = (spanUs / 1e6) * tradeSize * 8 * activityAt(seed, start * 1e6) * (1 + move * 150)
    const lean = 0.5 + Math.max(-0.3, Math.min(0.3, ((close - open) / open) * 60))
    return {
      kind: 'kline',
      instrument: instrument.id,
      interval: this.interval,
      exchangeTimeUs: epochUs(endUs),
      receiveTimeUs: epochUs(nowUs),
      openTimeUs: epochUs(start * 1e6),
      open,
      high: Math.max(...path),
      low: Math.min(...path),
      close,
      volume: Number(volume.toFixed(3)),
      quoteVolume: volume * close,
      takerBuyVolume: Number((volume * lean).toFixed(3)),
      closed: nowUs >= (start + this.seconds) * 1e6,
    }
  }
}
