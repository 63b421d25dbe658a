import type { InstrumentId } from '../../model/instrument.ts'
import { seededRandom } from '../../net/random.ts'
import type { Onset } from '../collect/onset.ts'
import { blockBootstrap, type Interval } from '../statistics/block-bootstrap.ts'
import { MatchedTimes } from '../statistics/matched-times.ts'
import { mean } from '../statistics/moments.ts'
import { thin } from '../statistics/thinning.ts'
import { Grid } from './grid.ts'
import type { Market } from './outcome.ts'
import { isTraded, type Outcome } from './outcomes.ts'
import { LEAST_SHOWN } from './result.ts'

/** Any moment at all, with the sides that the onsets had. */
export interface BaseRate {
  readonly horizonMs: number
  readonly n: number
  readonly hitRate: number
  readonly meanGrossBps: number
  readonly meanNetBps: number
}

/** One random moment that is like an onset. */
export interface Match {
  readonly onset: Onset
  readonly horizonMs: number
  readonly timeUs: number
  readonly grossMidBps: number
  readonly netBps: number
}

export interface MatchedResult {
  readonly horizonMs: number
  /** Independent onsets that have such moments. */
  readonly n: number
  readonly meanNetBps: number
  readonly meanGrossBps: number
  /** What the onsets have over their matches, net. */
  readonly excessBps: number
  readonly excessInterval: Interval | undefined
}

/** Controls: what would have happened without the signal. Grids are made once per instrument. */
export class Controls {
  private readonly market: Market
  private readonly grids = new Map<InstrumentId, Grid>()

  constructor(market: Market) {
    this.market = market
  }

  /** Of the onsets' own mix of instruments and sides. */
  baseRate(onsets: readonly Onset[], horizonMs: number): BaseRate | undefined {
    const weights = new Map<string, { readonly id: InstrumentId; readonly side: 1 | -1; count: number }>()
    for (const { instrument, side } of onsets) {
      if (side === 0) continue
      const found = weights.get(`${instrument} ${side}`) ?? { id: instrument, side, count: 0 }
      weights.set(`${instrument} ${side}`, found)
      found.count++
    }
    let total = 0
    const sums = { n: 0, hitRate: 0, meanGrossBps: 0, meanNetBps: 0 }
    for (const { id, side, count } of weights.values()) {
      const trades = this.grid(id).moments.flatMap(({ timeUs }) => {
        const trade = this.market.trade(id, side, timeUs, timeUs + horizonMs * 1000)
        return typeof trade === 'string' ? [] : trade
      })
      if (trades.length < LEAST_SHOWN) continue
      total += count
      sums.n += trades.length
      sums.hitRate += (count * trades.filter(trade => trade.grossMidBps > 0).length) / trades.length
      sums.meanGrossBps += count * (mean(trades.map(trade => trade.grossMidBps)) ?? 0)
      sums.meanNetBps += count * (mean(trades.map(trade => trade.netBps)) ?? 0)
    }
    if (total === 0) return undefined
    return {
      horizonMs,
      n: sums.n,
      hitRate: sums.hitRate / total,
      meanGrossBps: sums.meanGrossBps / total,
      meanNetBps: sums.meanNetBps / total,
    }
  }

  /** Random moments like the independent onsets, traded with the same side. */
  matches(outcomes: readonly Outcome[], horizonMs: number, perOnset: number, seed: number): readonly Match[] {
    const random = seededRandom(seed)
    const pools = new Map<InstrumentId, MatchedTimes>()
    return thin(outcomes.filter(isTraded)).flatMap(({ onset, entryTimeUs, instrument }) => {
      const { side } = onset
      if (side === 0) return []
      const grid = this.grid(instrument)
      const pool = pools.get(instrument) ?? new MatchedTimes(grid.moments, random)
      pools.set(instrument, pool)
      const like = { timeUs: entryTimeUs, stratum: grid.stratum(entryTimeUs) }
      return pool.draw(like, perOnset, horizonMs * 1000).flatMap(timeUs => {
        const trade = this.market.trade(instrument, side, timeUs, timeUs + horizonMs * 1000)
        if (typeof trade === 'string') return []
        return { onset, horizonMs, timeUs, grossMidBps: trade.grossMidBps, netBps: trade.netBps }
      })
    })
  }

  private grid(id: InstrumentId): Grid {
    const found = this.grids.get(id) ?? new Grid(this.market, id)
    this.grids.set(id, found)
    return found
  }
}

/** Absent when fewer than ten onsets have something to be compared with. */
export function matchedResult(
  outcomes: readonly Outcome[],
  matches: readonly Match[],
  horizonMs: number,
  seed: number,
): MatchedResult | undefined {
  const byOnset = new Map<number, Match[]>()
  for (const match of matches) {
    const found = byOnset.get(match.onset.number) ?? []
    byOnset.set(match.onset.number, found)
    found.push(match)
  }
  const pairs = thin(outcomes.filter(isTraded)).flatMap(({ onset, trade, entryTimeUs }) => {
    const own = byOnset.get(onset.number)
    const net = mean(own?.map(match => match.netBps) ?? [])
    const gross = mean(own?.map(match => match.grossMidBps) ?? [])
    return net === undefined || gross === undefined ? [] : { net, gross, excess: trade.netBps - net, entryTimeUs }
  })
  const meanNetBps = mean(pairs.map(pair => pair.net))
  const meanGrossBps = mean(pairs.map(pair => pair.gross))
  const excessBps = mean(pairs.map(pair => pair.excess))
  if (pairs.length < LEAST_SHOWN || meanNetBps === undefined || meanGrossBps === undefined || excessBps === undefined)
    return undefined
  const values = pairs.map(pair => ({ timeUs: pair.entryTimeUs, value: pair.excess }))
  const excessInterval = blockBootstrap(values, { blockUs: horizonMs * 1000, seed })
  return { horizonMs, n: pairs.length, meanNetBps, meanGrossBps, excessBps, excessInterval }
}
