import { type DeflatedSharpe, deflatedSharpe } from '../statistics/deflated-sharpe.ts'
import { shapeOf } from '../statistics/moments.ts'
import { thin } from '../statistics/thinning.ts'
import { isTraded, type Outcome } from './outcomes.ts'

/** Per trade, never annualised. */
export interface SharpeFigures {
  readonly perTrade: number
  readonly trades: number
  readonly skew: number
  readonly kurtosis: number
}

/** Of the net returns of independent onsets; absent below `least`, or when all are equal. */
export function sharpeOf(outcomes: readonly Outcome[], least: number): SharpeFigures | undefined {
  const net = thin(outcomes.filter(isTraded)).map(each => each.trade.netBps)
  const shape = net.length < least ? undefined : shapeOf(net)
  if (shape === undefined) return undefined
  const { deviation, skew, kurtosis } = shape
  return { perTrade: shape.mean / deviation, trades: net.length, skew, kurtosis }
}

/** What was tried before, this included. */
export interface Trials {
  readonly count: number
  /** Of the ratios of all of them; undefined with fewer than two. */
  readonly variance: number | undefined
}

/** Absent when several were tried and the spread of their ratios is not known. */
export function deflated(figures: SharpeFigures | undefined, trials: Trials): DeflatedSharpe | undefined {
  if (figures === undefined || (trials.count > 1 && trials.variance === undefined)) return undefined
  return deflatedSharpe({
    sharpePerPeriod: figures.perTrade,
    trialVariancePerPeriod: trials.variance ?? 0,
    trials: trials.count,
    periods: figures.trades,
    skew: figures.skew,
    kurtosis: figures.kurtosis,
  })
}
