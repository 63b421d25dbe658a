import { blockBootstrap, type Interval } from '../statistics/block-bootstrap.ts'
import { mean, median, worstMean } from '../statistics/moments.ts'
import { thin } from '../statistics/thinning.ts'
import { type Proportion, wilson } from '../statistics/wilson.ts'
import { isTraded, type Outcome, type Traded } from './outcomes.ts'

/** What is shown of a part of the results needs at least so many. */
export const LEAST_SHOWN = 10

/** Results at one horizon and one latency. Everything but the counts is absent when there are too few. */
export interface Result {
  readonly latencyMs: number
  readonly horizonMs: number
  /** Onsets with a side. */
  readonly onsets: number
  /** Of these, with prices at both ends. */
  readonly n: number
  /** Of these, those that do not overlap: everything below is of them. */
  readonly independent: number
  /** Onsets without a result, by why. */
  readonly absent: Readonly<Record<string, number>>
  /** The mid moved in the direction of the side. */
  readonly hit?: Proportion | undefined
  /** Something was left after all costs. */
  readonly profitable?: Proportion | undefined
  readonly meanGrossBps?: number | undefined
  readonly meanNetBps?: number | undefined
  readonly medianNetBps?: number | undefined
  /** 95 % interval of the mean net, by a bootstrap of blocks no shorter than the horizon. */
  readonly netInterval?: Interval | undefined
  readonly grossInterval?: Interval | undefined
  /** Mean of the worst 5 %. */
  readonly worstNetBps?: number | undefined
}

export interface ResultOptions {
  readonly seed: number
  /** @default 10 */
  readonly least?: number
}

export function resultOf(
  all: readonly Outcome[],
  latencyMs: number,
  horizonMs: number,
  options: ResultOptions,
): Result {
  const outcomes = all.filter(each => each.latencyMs === latencyMs && each.horizonMs === horizonMs)
  const traded = outcomes.filter(isTraded)
  const kept = thin(traded)
  const counts = {
    latencyMs,
    horizonMs,
    onsets: outcomes.length,
    n: traded.length,
    independent: kept.length,
    absent: countReasons(outcomes),
  }
  return kept.length < (options.least ?? LEAST_SHOWN)
    ? counts
    : { ...counts, ...figuresOf(kept, horizonMs, options.seed) }
}

function figuresOf(kept: readonly Traded[], horizonMs: number, seed: number) {
  const net = kept.map(each => each.trade.netBps)
  const gross = kept.map(each => each.trade.grossMidBps)
  const intervalOf = (values: readonly number[]): Interval | undefined =>
    blockBootstrap(
      values.map((value, at) => ({ timeUs: kept[at]?.entryTimeUs ?? 0, value })),
      { blockUs: horizonMs * 1000, seed },
    )
  return {
    hit: wilson(gross.filter(value => value > 0).length, gross.length),
    profitable: wilson(net.filter(value => value > 0).length, net.length),
    meanGrossBps: mean(gross),
    meanNetBps: mean(net),
    medianNetBps: median(net),
    netInterval: intervalOf(net),
    grossInterval: intervalOf(gross),
    worstNetBps: worstMean(net, 0.05),
  }
}

function countReasons(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { trade } of outcomes) if (typeof trade === 'string') counts.set(trade, (counts.get(trade) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
