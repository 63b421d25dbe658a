import type { InstrumentId } from '../../../src/model/instrument.ts'
import { createSignal } from '../../../src/signal/catalogue.ts'
import type { Signal, SignalNeed, SignalParams } from '../../../src/signal/signal.ts'
import type { SignalInstrument } from '../../../src/signal/signal-kind.ts'
import type { ChannelName } from '../exchange/instrument.ts'

/** How what a signal says is recomputed; `state` where only its states can be judged from the exchange's truth. */
export type Recomputed =
  | 'slice'
  | 'window'
  | 'session'
  | 'tradeCandle'
  | 'tradeRsi'
  | 'kline'
  | 'klineRsi'
  | 'klineMacd'
  | 'levels'
  | 'band'
  | 'bookSpread'
  | 'quoteSpread'
  | 'quoteFlow'
  | 'markBasis'
  | 'state'

/** One signal that the simulated user runs, and what is known of it beforehand. */
export interface PlannedSignal {
  readonly signal: Signal
  readonly by: Recomputed
  readonly need: SignalNeed
  /** Length of the rolling window, or of the slice of time, milliseconds; 0 for none. */
  readonly lengthMs: number
  /** Bound of each stream's silence after which the value must be stale, as the specification of signals has it. */
  readonly staleMs: ReadonlyMap<SignalNeed, number>
}

/** The candles of trades are this long, and their index looks this far back. */
export const SLOT_MS = 10_000
export const SLOT_RSI = 3
/** Short, so that they have a value early in a run. */
export const KLINE_RSI = 3
export const MACD = { fast: 2, slow: 3, signal: 2 } as const

/** Everything that can be run on a market with these channels. */
export function planSignals(
  instrument: SignalInstrument,
  channels: ReadonlySet<ChannelName>,
): readonly PlannedSignal[] {
  const trades = instrument.base === 'BTC' || instrument.base === 'ETH' ? 10_000 : 60_000
  const plan = (
    by: Recomputed,
    id: string,
    params: SignalParams,
    staleMs: number | ReadonlyMap<SignalNeed, number>,
    lengthMs = 0,
  ): PlannedSignal => {
    const signal = createSignal(id, instrument, params)
    const [need = 'trade'] = signal.needs
    return { signal, by, need, lengthMs, staleMs: typeof staleMs === 'number' ? new Map([[need, staleMs]]) : staleMs }
  }
  const found: PlannedSignal[] = [
    plan('slice', 'flow.volume', { bucketMs: 1000 }, trades, 1000),
    plan('window', 'flow.volume', { windowMs: 30_000 }, trades, 30_000),
    plan('session', 'flow.cvd', {}, trades),
    plan('window', 'flow.cvd', { anchor: 'rolling', windowMs: 60_000 }, trades, 60_000),
    plan('tradeCandle', 'candle.ohlcv', { interval: '10s', origin: 'trade' }, 2 * SLOT_MS, SLOT_MS),
    plan('tradeRsi', 'candle.rsi', { interval: '10s', origin: 'trade', period: SLOT_RSI }, 2 * SLOT_MS, SLOT_MS),
  ]
  if (channels.has('rawTrade'))
    found.push(plan('slice', 'flow.volume', { bucketMs: 5000, trades: 'rawTrade' }, trades, 5000))
  if (channels.has('book')) {
    found.push(plan('levels', 'book.imbalance', { measure: 'levels', levels: 5 }, 2000))
    found.push(plan('band', 'book.imbalance', { bps: 2 }, 2000))
    found.push(plan('bookSpread', 'book.spread', { input: 'book' }, 2000))
    found.push(plan('state', 'book.ofi.sampled', { windowMs: 5000 }, 2000, 5000))
  }
  if (channels.has('quote')) {
    found.push(plan('quoteSpread', 'book.spread', {}, 2000))
    const isTimed = instrument.kind !== 'spot'
    found.push(plan(isTimed ? 'quoteFlow' : 'state', 'book.ofi', {}, 2000, 10_000))
    found.push(plan('state', 'vol.realised', { windowMs: 20_000 }, 5000, 20_000))
  }
  if (channels.has('kline:1m')) {
    found.push(plan('kline', 'candle.ohlcv', {}, 120_000, 60_000))
    found.push(plan('klineRsi', 'candle.rsi', { period: KLINE_RSI }, 120_000, 60_000))
    found.push(plan('klineMacd', 'candle.macd', MACD, 120_000, 60_000))
  }
  if (channels.has('markPrice')) {
    found.push(plan('markBasis', 'deriv.basis', {}, 3000))
    const stale = new Map<SignalNeed, number>([
      ['markPrice', 10_000],
      ['trade', 60_000],
    ])
    found.push(plan('state', 'deriv.tension', { windowMs: 30_000, minQuote: 1, intervalHours: 8 }, stale, 30_000))
  }
  return found
}

/** A market of the simulated exchange as signals have to know it. */
export function instrumentOf(id: InstrumentId, symbol: string, isFutures: boolean): SignalInstrument {
  return {
    id,
    kind: isFutures ? 'perpetual' : 'spot',
    base: symbol.replace(/USDT$/, ''),
    unit: 'base',
    contractSize: 1,
    isInverse: false,
    tickSize: '0.1',
  }
}
