import type { Result } from '../analysis/result.ts'
import type { Group } from '../evaluate.ts'
import type { EvaluationConfig } from '../evaluation-config.ts'
import type { Block, Column } from './block.ts'
import { ABSENT, bps, duration, figure, percent, range, share } from './words.ts'

const number = (name: string): Column => ({ name, isFigure: true })

export function horizonTable({ horizons, base, matched }: Group): Block {
  const rows = horizons.map(result => {
    const { horizonMs } = result
    const rate = base.find(each => each.horizonMs === horizonMs)
    const match = matched.find(each => each.horizonMs === horizonMs)
    return [
      duration(horizonMs),
      ...figures(result),
      percent(rate?.hitRate),
      bps(match?.meanNetBps),
      match === undefined ? ABSENT : `${bps(match.excessBps)} (${range(match.excessInterval)})`,
    ]
  })
  const names = ['base rate', 'matched net', 'over matched (95 %)']
  return { kind: 'table', columns: [{ name: 'horizon' }, ...FIGURES, ...names.map(number)], rows }
}

export function latencyTable({ latencies }: Group): Block {
  return {
    kind: 'table',
    columns: [{ name: 'latency' }, ...FIGURES],
    rows: latencies.map(result => [duration(result.latencyMs), ...figures(result)]),
  }
}

export function partsTable({ parts }: Group): Block {
  return {
    kind: 'table',
    columns: [{ name: 'by' }, { name: 'part' }, ...FIGURES],
    rows: parts.map(({ by, name, result }) => [by, name, ...figures(result)]),
  }
}

const FIGURES: readonly Column[] = [
  'n',
  'independent',
  'hit rate (95 %)',
  'gross',
  'net',
  'net (95 %)',
  'median net',
  'worst 5 %',
].map(number)

function figures(result: Result): readonly string[] {
  const { n, independent, hit, meanGrossBps, meanNetBps, netInterval, medianNetBps, worstNetBps } = result
  const means = [bps(meanGrossBps), bps(meanNetBps), range(netInterval), bps(medianNetBps), bps(worstNetBps)]
  return [String(n), String(independent), share(hit), ...means]
}

/** How much of the same and of the next interval the value explains. */
export function fitBlocks({ fits }: Group, config: EvaluationConfig): readonly Block[] {
  if (fits.length === 0) return []
  const wait = duration(config.intervalMs)
  const rows = fits.map(({ instrument, same, next }) => [
    instrument,
    figure(same?.r2, 4),
    same === undefined ? `fewer than ${config.leastOnsets}` : String(same.n),
    figure(next?.r2, 4),
    next === undefined ? `fewer than ${config.leastOnsets}` : String(next.n),
    next === undefined ? ABSENT : next.slope > 0 ? 'with the value' : 'against the value',
  ])
  const columns = [
    { name: 'instrument' },
    number('R² same'),
    number('n'),
    number('R² next'),
    number('n'),
    { name: 'next move goes' },
  ]
  return [
    { kind: 'heading', level: 3, text: `The value against the move of ${wait}` },
    { kind: 'table', columns, rows },
    {
      kind: 'text',
      text: 'R² of the same interval only says what the value goes together with. Only R² of the next interval may be called predictive.',
    },
  ]
}
