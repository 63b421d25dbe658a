import type { Result } from '../analysis/result.ts'
import type { JudgedGroup, ReportFacts } from '../report-facts.ts'
import type { Block, Tile } from './block.ts'
import { groupPlots } from './group-plots.ts'
import { fitBlocks, horizonTable, latencyTable, partsTable } from './group-tables.ts'
import { bps, duration, figure, percent, range, share } from './words.ts'

const WHY: ReadonlyMap<string, string> = new Map([
  ['beforeStart', 'no price yet'],
  ['afterEnd', 'the recording ends before'],
  ['gap', 'prices were missing'],
  ['stale', 'nothing confirmed the price any more'],
  ['thinBook', 'the book held less than the size'],
])

/** One signal: the figures that matter, plots, and every table. */
export function groupBlocks(judged: JudgedGroup, title: string, facts: ReportFacts): readonly Block[] {
  const { group } = judged
  const { config } = facts.evaluation
  const head: Block = { kind: 'heading', level: 2, text: title }
  if (group.onsets === 0) {
    const hint = config.cross === undefined ? ' Signals that only tell values have onsets with --cross.' : ''
    return [
      head,
      { kind: 'text', text: `It said nothing that could be traded: no onset in this recording.${hint}` },
      ...fitBlocks(group, config),
    ]
  }
  return [
    head,
    { kind: 'tiles', tiles: tilesOf(judged, facts) },
    ...counted(group.headline, group.withoutSide, group.isFundingUnknown),
    { kind: 'plots', plots: groupPlots(group, config) },
    { kind: 'heading', level: 3, text: `Horizons, at ${duration(config.latencyMs)} of latency` },
    horizonTable(group),
    { kind: 'heading', level: 3, text: `Latency, at ${duration(config.headlineMs)}` },
    latencyTable(group),
    { kind: 'heading', level: 3, text: 'By month, symbol and data quality' },
    partsTable(group),
    ...fitBlocks(group, config),
  ]
}

function tilesOf({ group, trials, dsr }: JudgedGroup, { evaluation }: ReportFacts): readonly Tile[] {
  const { headline, base, matched, sharpe } = group
  const { headlineMs } = evaluation.config
  const baseRate = base.find(each => each.horizonMs === headlineMs)
  const match = matched.find(each => each.horizonMs === headlineMs)
  const tried = `${trials.count} ${trials.count === 1 ? 'variant' : 'variants'} tried`
  return [
    {
      name: 'Independent onsets',
      figure: String(headline.independent),
      beside: `of ${headline.n} with prices, ${group.onsets} in all`,
    },
    {
      name: 'Hit rate (95 %)',
      figure: percent(headline.hit?.rate),
      beside: `${share(headline.hit).replace(/^[^(]*/, '')} base rate ${percent(baseRate?.hitRate)}`.trim(),
    },
    { name: 'Mean net, bps', figure: bps(headline.meanNetBps), beside: range(headline.netInterval) },
    { name: 'Mean gross at mid, bps', figure: bps(headline.meanGrossBps), beside: range(headline.grossInterval) },
    { name: 'Median net, bps', figure: bps(headline.medianNetBps), beside: `worst 5 %: ${bps(headline.worstNetBps)}` },
    { name: 'Over matched random', figure: bps(match?.excessBps), beside: range(match?.excessInterval) },
    {
      name: 'Deflated Sharpe ratio',
      figure: figure(dsr?.dsr),
      beside: `${tried}; per trade ${figure(sharpe?.perTrade)}`,
    },
    { name: 'Turnover', figure: figure(group.tripsPerDay, 0), beside: 'independent round trips a day' },
  ]
}

function counted(headline: Result, withoutSide: number, isFundingUnknown: boolean): readonly Block[] {
  const reasons = Object.entries(headline.absent).map(([why, count]) => `${count} (${WHY.get(why) ?? why})`)
  const items = [
    ...(reasons.length === 0 ? [] : [`Onsets without a result at the headline: ${reasons.join(', ')}.`]),
    ...(withoutSide === 0
      ? []
      : [`${withoutSide} onsets name no direction and were not traded; --side long or --side short trades them.`]),
    ...(headline.meanNetBps === undefined ? ['Fewer than ten independent onsets: no figure is given for them.'] : []),
    ...(headline.meanNetBps !== undefined && headline.netInterval === undefined
      ? ['Fewer than ten separate blocks of time: no interval of the mean is given.']
      : []),
    ...(isFundingUnknown
      ? [
          'The recording holds no funding rates of a perpetual: whether a settlement lay in between is not known, none was counted.',
        ]
      : []),
  ]
  return items.length === 0 ? [] : [{ kind: 'list', items }]
}
