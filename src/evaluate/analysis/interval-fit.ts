import type { InstrumentId } from '../../model/instrument.ts'
import type { ValueSeries } from '../collect/value-series.ts'
import { type Fit, rSquared } from '../statistics/r-squared.ts'
import type { Market } from './outcome.ts'

export interface IntervalFit {
  readonly instrument: InstrumentId
  readonly intervalMs: number
  /** The value at an interval's end against the move of the mid in that interval: it explains, it does not predict. */
  readonly same: Fit | undefined
  /** Against the move in the interval behind it: only this may be called predictive. */
  readonly next: Fit | undefined
}

/** Intervals are aligned to the epoch; of each the newest value that was known in it. Both figures absent below `least` intervals. */
export function intervalFit(
  market: Market,
  instrument: InstrumentId,
  values: ValueSeries,
  intervalMs: number,
  least: number,
): IntervalFit {
  const track = market.track(instrument)
  const stepUs = intervalMs * 1000
  const same: (readonly [number, number])[] = []
  const next: (readonly [number, number])[] = []
  const firstUs = Math.ceil((track?.fromUs ?? 0) / stepUs) * stepUs
  for (let fromUs = firstUs; track !== undefined && fromUs + stepUs <= track.untilUs; fromUs += stepUs) {
    const untilUs = fromUs + stepUs
    const value = values.newestIn(fromUs, untilUs)
    const mids = [fromUs, untilUs, untilUs + stepUs].map(timeUs => market.midAt(instrument, timeUs))
    const [start, end, later] = mids
    if (value === undefined || end === undefined) continue
    if (start !== undefined) same.push([value, Math.log(end / start) * 1e4])
    if (later !== undefined) next.push([value, Math.log(later / end) * 1e4])
  }
  const fitOf = (pairs: typeof same): Fit | undefined => (pairs.length < least ? undefined : rSquared(pairs))
  return { instrument, intervalMs, same: fitOf(same), next: fitOf(next) }
}
