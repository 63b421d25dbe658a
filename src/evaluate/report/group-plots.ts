import { isTraded } from '../analysis/outcomes.ts'
import { LEAST_SHOWN, type Result } from '../analysis/result.ts'
import type { Group } from '../evaluate.ts'
import type { EvaluationConfig } from '../evaluation-config.ts'
import { thin } from '../statistics/thinning.ts'
import type { Plot, PlotPoint } from './plot.ts'
import { duration } from './words.ts'

/** The path around the onset, what is left at each horizon, and how much waiting costs. */
export function groupPlots(group: Group, config: EvaluationConfig): readonly Plot[] {
  return [pathPlot(group, config), horizonPlot(group), latencyPlot(group, config), spreadPlot(group, config)]
}

function pathPlot({ path }: Group, config: EvaluationConfig): Plot {
  const points = path.flatMap(({ offsetMs, meanBps, errorBps = 0 }): readonly PlotPoint[] =>
    meanBps === undefined
      ? []
      : [{ x: offsetMs / 1000, y: meanBps, low: meanBps - 1.96 * errorBps, high: meanBps + 1.96 * errorBps }],
  )
  const last = Math.max(300, config.headlineMs / 1000)
  const xTicks = [-300, -150, 0, last / 2, last].map(x => ({
    x,
    name: x === 0 ? 'entry' : duration(Math.abs(x) * 1000).replace(/^/, x < 0 ? '−' : '+'),
  }))
  return {
    title: 'The mid around the onset',
    caption:
      'Mean move since the entry in the direction of the trade, at mid, of onsets that do not overlap; the band is ±1.96 standard errors. Nothing is drawn where fewer than ten are known.',
    unit: 'bps',
    xName: 'before and behind the entry',
    xTicks: points.length === 0 ? [] : xTicks,
    series: [{ name: 'mid', role: 'main', form: 'line', points }],
  }
}

function horizonPlot({ horizons }: Group): Plot {
  return {
    title: 'What is left at each horizon',
    caption:
      'Means of independent onsets with their 95 % intervals: at mid without costs, and as a taker with all costs.',
    unit: 'bps',
    xName: 'horizon',
    xTicks: ticksOf(horizons, result => result.horizonMs),
    series: [
      { name: 'net', role: 'main', form: 'dots', points: pointsOf(horizons, 'net') },
      { name: 'gross', role: 'second', form: 'dots', points: pointsOf(horizons, 'gross') },
    ],
  }
}

function latencyPlot({ latencies }: Group, config: EvaluationConfig): Plot {
  return {
    title: 'What waiting costs',
    caption: `Mean at ${duration(config.headlineMs)} by the time between the value and the order, with 95 % intervals.`,
    unit: 'bps',
    xName: 'latency',
    xTicks: ticksOf(latencies, result => result.latencyMs),
    series: [
      { name: 'net', role: 'main', form: 'dots', points: pointsOf(latencies, 'net') },
      { name: 'gross', role: 'second', form: 'dots', points: pointsOf(latencies, 'gross') },
    ],
  }
}

/** Means hide whether all trades are alike, or one of them is everything. */
function spreadPlot({ outcomes }: Group, config: EvaluationConfig): Plot {
  const { latencyMs, headlineMs } = config
  const at = outcomes.filter(each => each.latencyMs === latencyMs && each.horizonMs === headlineMs)
  const net = thin(at.filter(isTraded)).map(each => each.trade.netBps)
  const sorted = net.length < LEAST_SHOWN ? [] : net.sort((a, b) => a - b)
  const last = Math.max(1, sorted.length - 1)
  return {
    title: 'Every trade, from the worst to the best',
    caption: `Net results of the independent onsets at ${duration(headlineMs)}, in order.`,
    unit: 'bps',
    xName: 'share of the trades',
    xTicks: sorted.length === 0 ? [] : [0, 25, 50, 75, 100].map(x => ({ x, name: `${x} %` })),
    series: [
      { name: 'net', role: 'main', form: 'line', points: sorted.map((y, rank) => ({ x: (rank / last) * 100, y })) },
    ],
  }
}

function ticksOf(results: readonly Result[], ms: (result: Result) => number): Plot['xTicks'] {
  return results.map((result, x) => ({ x, name: duration(ms(result)) }))
}

function pointsOf(results: readonly Result[], what: 'net' | 'gross'): readonly PlotPoint[] {
  return results.flatMap((result, x): readonly PlotPoint[] => {
    const y = what === 'net' ? result.meanNetBps : result.meanGrossBps
    const interval = what === 'net' ? result.netInterval : result.grossInterval
    return y === undefined ? [] : [{ x, y, low: interval?.low, high: interval?.high }]
  })
}
