import { ConfigError } from '../../model/error.ts'
import { type Figure, numberFigure, OPEN_TIME_FIGURE } from '../figure.ts'
import type { SignalKind } from '../signal-kind.ts'
import { TRADE_KIND_FIGURE, TRADE_PARAMS } from './trade-source.ts'
import { VolumeBuckets } from './volume-buckets.ts'
import { VolumeCandles } from './volume-candles.ts'
import { VolumeWindow } from './volume-window.ts'

/** Of candles, too. */
const SUMS: readonly Figure[] = [
  numberFigure('buyBase', 'Bought by takers.'),
  numberFigure('sellBase', 'Sold by takers.'),
  numberFigure('delta', 'Bought minus sold.'),
  numberFigure('deltaRatio', '(bought - sold) / (bought + sold); absent where nothing was traded.', 'ratio'),
  numberFigure('buyShare', 'bought / (bought + sold); absent where nothing was traded.', 'ratio'),
]

/** Which candles do not tell. */
const OF_TRADES: readonly Figure[] = [
  numberFigure('buyQuote', 'Paid by takers who bought.', 'quote'),
  numberFigure('sellQuote', 'Received by takers who sold.', 'quote'),
  numberFigure('buyCount', 'Trades whose taker bought.', 'trades'),
  numberFigure('sellCount', 'Trades whose taker sold.', 'trades'),
  TRADE_KIND_FIGURE,
]

/** Aggressor volume: what takers bought and sold, in slices of time, in a rolling window, or from closed candles. */
export const flowVolume: SignalKind = {
  id: 'flow.volume',
  meaning: 'Base volume that takers bought minus what they sold, with the share of buying.',
  unit: 'base',
  needs: ['trade'],
  figures: params => {
    if (params.text('interval') !== '') return [...SUMS, OPEN_TIME_FIGURE]
    return [...SUMS, ...OF_TRADES, ...(params.optionalNumber('windowMs') === undefined ? [OPEN_TIME_FIGURE] : [])]
  },
  params: {
    bucketMs: {
      kind: 'number',
      default: 1000,
      least: 1,
      isWhole: true,
      unit: 'ms',
      meaning: 'Length of a slice of time; without effect when windowMs or interval is given.',
    },
    windowMs: { kind: 'number', least: 1, unit: 'ms', meaning: 'Rolling window in place of slices.' },
    interval: { kind: 'text', default: '', meaning: 'Closed candles of this interval in place of trades, such as 1m.' },
    ...TRADE_PARAMS,
  },
  create(instrument, params) {
    const windowMs = params.optionalNumber('windowMs')
    const interval = params.text('interval')
    if (interval !== '' && windowMs !== undefined) {
      throw new ConfigError('flow.volume: expected windowMs or interval, received both.')
    }
    if (interval !== '') return new VolumeCandles(instrument, params, interval)
    return windowMs === undefined
      ? new VolumeBuckets(instrument, params)
      : new VolumeWindow(instrument, params, windowMs)
  },
}
