import { ConfigError } from '../../model/error.ts'
import type { SignalKind } from '../signal-kind.ts'
import { TRADE_PARAMS } from './trade-source.ts'
import { VolumeBuckets } from './volume-buckets.ts'
import { VolumeCandles } from './volume-candles.ts'
import { VolumeWindow } from './volume-window.ts'

/** Aggressor volume: what takers bought and sold, in slices of time, in a rolling window, or from closed candles. */
export const flowVolume: SignalKind = {
  id: 'flow.volume',
  meaning: 'Base volume that takers bought minus what they sold, with the share of buying.',
  unit: 'base',
  needs: ['trade'],
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
