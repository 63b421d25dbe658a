import type { InstrumentId } from '../../model/instrument.ts'
import { hourOf } from '../statistics/calendar.ts'
import type { Candidate } from '../statistics/matched-times.ts'
import { quantile } from '../statistics/moments.ts'
import type { Market } from './outcome.ts'

const STEP_US = 1_000_000
/** Seconds of returns that tell how volatile a moment is. */
const WINDOW = 60
const LEAST_IN_WINDOW = 30
/** Most moments that are looked at; longer recordings are looked at more coarsely. */
const MOST_MOMENTS = 100_000

/** Moments of one instrument, evenly spread, each with its hour and its class of volatility before it. */
export class Grid {
  readonly moments: readonly Candidate[]
  private readonly limits: readonly number[]
  private readonly market: Market
  private readonly instrument: InstrumentId

  constructor(market: Market, instrument: InstrumentId) {
    this.market = market
    this.instrument = instrument
    const track = market.track(instrument)
    const fromUs = Math.ceil((track?.fromUs ?? 0) / STEP_US) * STEP_US
    const untilUs = track?.untilUs ?? 0
    const stepUs = Math.max(1, Math.ceil((untilUs - fromUs) / STEP_US / MOST_MOMENTS)) * STEP_US
    const times: number[] = []
    if (track !== undefined && track.changes > 0)
      for (let timeUs = fromUs; timeUs <= untilUs; timeUs += stepUs) times.push(timeUs)
    const volatilities = times.map(timeUs => this.volatilityAt(timeUs))
    const known = volatilities.flatMap(each => each ?? [])
    this.limits = [0.2, 0.4, 0.6, 0.8].map(share => quantile(known, share) ?? 0)
    this.moments = times.map((timeUs, at) => ({ timeUs, stratum: this.stratumOf(timeUs, volatilities[at]) }))
  }

  /** Of a moment: only what was known by then decides. */
  stratum(timeUs: number): string {
    return this.stratumOf(timeUs, this.volatilityAt(timeUs))
  }

  private stratumOf(timeUs: number, volatility: number | undefined): string {
    const level = volatility === undefined ? 'unknown' : this.limits.filter(limit => volatility >= limit).length
    return `${hourOf(timeUs)}h ${level}`
  }

  /** Mean square of the returns of the seconds before, bps². */
  private volatilityAt(timeUs: number): number | undefined {
    let before: number | undefined
    let sum = 0
    let count = 0
    for (let back = WINDOW; back >= 0; back--) {
      const mid = this.market.midAt(this.instrument, timeUs - back * STEP_US)
      if (mid !== undefined && before !== undefined) {
        sum += (Math.log(mid / before) * 1e4) ** 2
        count++
      }
      before = mid
    }
    return count < LEAST_IN_WINDOW ? undefined : sum / count
  }
}
