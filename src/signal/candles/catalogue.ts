import { atr } from '../atr.ts'
import { ema, rma, sma } from '../averages.ts'
import { bollinger } from '../bollinger.ts'
import { FINAL_FIGURE, type Figure, flagFigure, numberFigure, OPEN_TIME_FIGURE } from '../figure.ts'
import { macd } from '../macd.ts'
import { rsi } from '../rsi.ts'
import type { SignalInstrument, SignalKind } from '../signal-kind.ts'
import type { CheckedParams, ParamSpec, ParamSpecs } from '../signal-params.ts'
import { intervalMs } from '../time-bucket.ts'
import { vwap } from '../vwap.ts'
import type { CandleOrigin } from './candle-feed.ts'
import { type CandleFold, ofBars, ofCloses } from './candle-fold.ts'
import { candleIndicator } from './candle-indicator.ts'
import { CandleSignal } from './candle-signal.ts'

const CANDLE_PARAMS: ParamSpecs = {
  interval: { kind: 'text', default: '1m', meaning: 'Length of a candle: a number and s, m, h, d or w.' },
  origin: {
    kind: 'choice',
    default: 'kline',
    choices: ['kline', 'trade', 'rawTrade'],
    meaning: 'The venue’s own candles, or candles built from trades.',
  },
  from: { kind: 'text', default: '', meaning: 'Shorter interval to build the candles from, such as 1m for 7m.' },
  latenessMs: {
    kind: 'number',
    default: 2000,
    least: 0,
    unit: 'ms',
    meaning: 'How late a trade may come and still be counted; Infinity in a replay.',
  },
}

const CANDLE_FIGURES: readonly Figure[] = [
  OPEN_TIME_FIGURE,
  numberFigure('open', 'First price.'),
  numberFigure('high', 'Highest price.'),
  numberFigure('low', 'Lowest price.'),
  numberFigure('close', 'Last price.'),
  numberFigure('volume', 'Volume.', 'base'),
  numberFigure('quoteVolume', 'Volume in quote currency.', 'quote'),
  numberFigure('takerBuyVolume', 'Bought by takers, where it is known.', 'base'),
  numberFigure('trades', 'Number of trades, where it is known.', 'trades'),
  flagFigure('synthetic', 'Nothing was traded: it holds the close before it.'),
  flagFigure('complete', 'No trade of it is missing.'),
  FINAL_FIGURE,
]
/** Of the candle that an indicator was computed at. */
const OF_INDICATORS: readonly Figure[] = [
  FINAL_FIGURE,
  OPEN_TIME_FIGURE,
  numberFigure('close', 'Last price of the candle.', 'price'),
  flagFigure('synthetic', 'Nothing was traded in the candle.'),
]
const VALUE: readonly Figure[] = [numberFigure('value', 'The indicator.')]
const MACD: readonly Figure[] = [
  numberFigure('macd', 'Fast average minus the slow one.'),
  numberFigure('signal', 'Average of that.'),
  numberFigure('histogram', 'macd - signal.'),
]
const BANDS: readonly Figure[] = [
  numberFigure('middle', 'Mean of the closes.'),
  numberFigure('upper', 'Upper band.'),
  numberFigure('lower', 'Lower band.'),
  numberFigure('deviation', 'Standard deviation of the closes.'),
  numberFigure('percentB', 'Where the close lies: 0 lower band, 1 upper; absent where both are equal.', 'ratio'),
  numberFigure('width', '(upper - lower) / middle.', 'ratio'),
]

const period = (value: number): ParamSpec => {
  return {
    kind: 'number',
    default: value,
    least: 1,
    most: 1_000_000,
    isWhole: true,
    unit: 'candles',
    meaning: 'Candles.',
  }
}

function indicatorKind(
  id: string,
  meaning: string,
  unit: string,
  own: ParamSpecs,
  figures: readonly Figure[],
  fold: (params: CheckedParams) => CandleFold,
  memoryOf: (params: CheckedParams) => number | undefined = () => undefined,
): SignalKind {
  return {
    id,
    meaning,
    unit,
    needs: ['kline:1m'],
    figures: [...figures, ...OF_INDICATORS],
    params: { ...own, ...CANDLE_PARAMS },
    create: (instrument, params) => {
      const { interval, origin, from, latenessMs } = candleOptions(params)
      const indicator = fold(params)
      const memory = memoryOf(params)
      return candleIndicator({
        memory,
        instrument,
        indicator,
        interval,
        origin,
        from,
        latenessMs,
        id,
        unit,
        params: params.all,
      })
    },
  }
}

function candleOptions(params: CheckedParams): {
  readonly interval: string
  readonly origin: CandleOrigin
  readonly from: string
  readonly latenessMs: number
} {
  const text = params.text('origin')
  const origin = text === 'trade' || text === 'rawTrade' ? text : 'kline'
  return {
    interval: params.text('interval'),
    origin,
    from: params.text('from'),
    latenessMs: params.number('latenessMs'),
  }
}

function vwapOf(params: CheckedParams): CandleFold {
  const anchor = params.text('anchor')
  if (anchor === 'rolling') return ofBars(vwap(params.number('window')))
  return ofBars(vwap(anchor === 'manual' ? 'manual' : 'session'))
}

/** What a session is made of. */
function candlesPerDay(params: CheckedParams): number {
  return Math.max(1, Math.ceil(86_400_000 / intervalMs(params.text('interval'))))
}

/** Candles, and the indicators over them. */
export const candleKinds: readonly SignalKind[] = [
  {
    id: 'candle.ohlcv',
    meaning: 'Candles of any interval; empty slots are filled and flagged, corrected ones are told again.',
    unit: 'price',
    needs: ['kline:1m'],
    figures: CANDLE_FIGURES,
    params: CANDLE_PARAMS,
    create: (instrument: SignalInstrument, params: CheckedParams) => {
      const options = candleOptions(params)
      return new CandleSignal({
        id: 'candle.ohlcv',
        unit: 'price',
        params: params.all,
        instrument,
        mostKept: 512,
        ...options,
      })
    },
  },
  indicatorKind('candle.sma', 'Mean of the last closes.', 'price', { period: period(20) }, VALUE, params =>
    ofCloses(sma(params.number('period'))),
  ),
  indicatorKind(
    'candle.ema',
    'Exponential average of closes.',
    'price',
    {
      period: period(20),
      seed: { kind: 'choice', default: 'sma', choices: ['sma', 'first'], meaning: 'What the average begins with.' },
    },
    VALUE,
    params => ofCloses(ema(params.number('period'), { seed: params.text('seed') === 'first' ? 'first' : 'sma' })),
  ),
  indicatorKind('candle.rma', 'Wilder’s average of closes.', 'price', { period: period(14) }, VALUE, params =>
    ofCloses(rma(params.number('period'))),
  ),
  indicatorKind(
    'candle.rsi',
    'Relative strength index of closes, 0 to 100.',
    'index',
    { period: period(14) },
    VALUE,
    params => ofCloses(rsi(params.number('period'))),
  ),
  indicatorKind(
    'candle.macd',
    'Distance of two exponential averages of closes, and its own average.',
    'price',
    {
      fast: period(12),
      slow: period(26),
      signal: period(9),
      align: {
        kind: 'flag',
        default: false,
        meaning: 'Seeds both averages at one candle and waits for the signal line.',
      },
    },
    MACD,
    params =>
      ofCloses(
        macd(params.number('fast'), params.number('slow'), params.number('signal'), { align: params.flag('align') }),
      ),
  ),
  indicatorKind(
    'candle.bbands',
    'Mean of the last closes, and bands of standard deviations around it.',
    'price',
    {
      period: period(20),
      k: { kind: 'number', default: 2, least: 1e-9, unit: 'deviations', meaning: 'Standard deviations of the bands.' },
    },
    BANDS,
    params => ofCloses(bollinger(params.number('period'), params.number('k'))),
  ),
  indicatorKind(
    'candle.atr',
    'Average true range.',
    'price',
    {
      period: period(14),
      firstTrueRange: {
        kind: 'choice',
        default: 'high-low',
        choices: ['high-low', 'skip'],
        meaning: 'True range of the first candle: its own range, or none.',
      },
    },
    VALUE,
    params =>
      ofBars(
        atr(params.number('period'), {
          firstTrueRange: params.text('firstTrueRange') === 'skip' ? 'skip' : 'high-low',
        }),
      ),
  ),
  indicatorKind(
    'candle.vwap',
    'Volume-weighted average of typical prices.',
    'price',
    {
      anchor: {
        kind: 'choice',
        default: 'session',
        choices: ['session', 'rolling', 'manual'],
        meaning: 'Since 00:00 UTC, of the last candles, or since the first one.',
      },
      window: period(20),
    },
    VALUE,
    vwapOf,
    params => (params.text('anchor') === 'rolling' ? params.number('window') : candlesPerDay(params)),
  ),
]
