import { createSignal } from '../../src/signal/catalogue.ts'
import type { Signal, SignalParams, SignalValue } from '../../src/signal/signal.ts'
import type { SignalInstrument } from '../../src/signal/signal-kind.ts'

/** A signal with options under which it warms up within minutes of a recording. */
export interface InvarianceCase {
  readonly id: string
  readonly params: SignalParams
  /** Exchange time from which on inputs must be whole for this value. */
  readonly restsOnSinceUs: (value: SignalValue) => number
  /** Channel whose gaps concern it. */
  readonly channel: 'rawTrade' | 'quote' | 'kline:5s'
}

const raw = { trades: 'rawTrade' }
const openTime = (value: SignalValue): number => Number(value.values?.['openTimeUs'])
const since = (value: SignalValue): number => value.quality.sinceUs
const window =
  (ms: number) =>
  (value: SignalValue): number =>
    value.timeUs - ms * 1000
const candles =
  (count: number) =>
  (value: SignalValue): number =>
    openTime(value) - count * 5_000_000

const ofTrades = { channel: 'rawTrade' } as const
const indicator = { interval: '5s' }

export const INVARIANCE_CASES: readonly InvarianceCase[] = [
  { id: 'flow.volume', params: raw, restsOnSinceUs: openTime, ...ofTrades },
  { id: 'flow.volume', params: { ...raw, windowMs: 20_000 }, restsOnSinceUs: window(20_000), ...ofTrades },
  { id: 'flow.volume', params: { interval: '5s' }, restsOnSinceUs: openTime, channel: 'kline:5s' },
  { id: 'flow.cvd', params: raw, restsOnSinceUs: value => Number(value.values?.['anchorTimeUs']), ...ofTrades },
  {
    id: 'flow.cvd',
    params: { ...raw, anchor: 'rolling', windowMs: 15_000 },
    restsOnSinceUs: window(15_000),
    ...ofTrades,
  },
  { id: 'flow.print', params: { ...raw, minQuote: 5000, zMin: 2 }, restsOnSinceUs: since, ...ofTrades },
  // The last bucket alone spans the time back to its first trade.
  {
    id: 'flow.vpin',
    params: { ...raw, bucketVolume: 5, window: 8 },
    restsOnSinceUs: value => value.timeUs,
    ...ofTrades,
  },
  {
    id: 'flow.vpin',
    params: { ...raw, bucketVolume: 5, window: 8, mode: 'bvc' },
    restsOnSinceUs: value => value.timeUs,
    ...ofTrades,
  },
  { id: 'flow.markout', params: { ...raw, horizonsMs: '1000,5000' }, restsOnSinceUs: since, ...ofTrades },
  { id: 'flow.footprint', params: { ...raw, interval: '10s', ticks: 50 }, restsOnSinceUs: openTime, ...ofTrades },
  { id: 'vol.realised', params: { windowMs: 20_000 }, restsOnSinceUs: window(20_000), channel: 'quote' },
  {
    id: 'vol.burst',
    params: { fastHalfLife: 2, slowHalfLife: 30, warmup: 20, onRatio: 1.6, offRatio: 1.2 },
    restsOnSinceUs: window(20_000),
    channel: 'quote',
  },
  { id: 'candle.ohlcv', params: { ...indicator, origin: 'rawTrade' }, restsOnSinceUs: openTime, ...ofTrades },
  { id: 'candle.ohlcv', params: indicator, restsOnSinceUs: openTime, channel: 'kline:5s' },
  {
    id: 'candle.rsi',
    params: { ...indicator, period: 3, origin: 'rawTrade' },
    restsOnSinceUs: candles(19),
    ...ofTrades,
  },
  {
    id: 'candle.macd',
    params: { ...indicator, fast: 2, slow: 4, signal: 3 },
    restsOnSinceUs: candles(10),
    channel: 'kline:5s',
  },
  {
    id: 'candle.atr',
    params: { interval: '15s', from: '5s', period: 3, origin: 'rawTrade' },
    restsOnSinceUs: candles(18),
    ...ofTrades,
  },
  {
    id: 'candle.sma',
    params: { ...indicator, period: 4, origin: 'rawTrade' },
    restsOnSinceUs: candles(4),
    ...ofTrades,
  },
  { id: 'candle.ema', params: { ...indicator, period: 4 }, restsOnSinceUs: candles(10), channel: 'kline:5s' },
  { id: 'candle.rma', params: { ...indicator, period: 3 }, restsOnSinceUs: candles(10), channel: 'kline:5s' },
  { id: 'candle.bbands', params: { ...indicator, period: 5 }, restsOnSinceUs: candles(5), channel: 'kline:5s' },
  {
    id: 'candle.vwap',
    params: { ...indicator, anchor: 'rolling', window: 6 },
    restsOnSinceUs: candles(6),
    channel: 'kline:5s',
  },
]

export function makeCase({ id, params }: InvarianceCase, instrument: SignalInstrument): Signal {
  return createSignal(id, instrument, params)
}

export function nameOfCase({ id, params }: InvarianceCase): string {
  return `${id} ${JSON.stringify(params)}`
}
