import { venueOf } from '../../model/instrument.ts'
import type { ReportFacts } from '../report-facts.ts'
import { momentOf } from '../statistics/calendar.ts'
import type { Block } from './block.ts'
import { duration, figure } from './words.ts'

/** Where it all comes from, what was checked, and what can be said against it. */
export function dataBlocks(facts: ReportFacts, firstDay: string): readonly Block[] {
  const { evaluation, provenance, checks, judged } = facts
  const { config, collected, instruments } = evaluation
  const venues = [...new Set(instruments.map(each => venueOf(each.id)))]
  const fees = venues.flatMap(venue => {
    const entry = config.fees.entries.filter(each => each.venue === venue && each.from <= firstDay).at(-1)
    return entry === undefined
      ? []
      : `${venue}: ${entry.takerBps} bps each way from ${entry.from} on${entry.note === undefined ? '' : ` (${entry.note})`}`
  })
  const prices = [...collected.prices].map(
    ([id, track]) => `${id}: ${track.changes} changes of price, ${track.gapCount} spans without`,
  )
  return [
    { kind: 'heading', level: 2, text: 'Looking ahead' },
    { kind: 'list', items: checks.map(checkText) },
    { kind: 'heading', level: 2, text: 'What was tried' },
    { kind: 'list', items: judged.map(triedText) },
    { kind: 'heading', level: 2, text: 'Data and method' },
    {
      kind: 'list',
      items: [
        `Files: ${provenance.files.map(file => file.split('/').at(-1) ?? file).join(', ')}; ${provenance.lines} lines; data ${provenance.dataHash}.`,
        `Gaps that were not healed, of any stream that was read: ${collected.gaps}.`,
        ...prices,
        ...provenance.notes,
        ...collected.errors.map(error => `A signal failed: ${error}`),
        `Taker fees of ${config.fees.name}: ${fees.join('; ')}.`,
        `A trade is decided when the last input of the value was received, ${duration(config.computeMs)} of computing and ${duration(config.latencyMs)} later; never at the venue's own time.`,
        `Hit: the mid moved in the direction of the trade. Net: bought at the ask and sold at the bid${config.sizeQuote === undefined ? '' : ' (book walk)'}, fees and funding paid.`,
        'Independent: of overlapping onsets of one instrument the first. Intervals of means: bootstrap of blocks no shorter than the horizon. Matched: random moments of the same hour and the same fifth of volatility, the same side.',
        `No figure rests on fewer than ten independent onsets, and no verdict on fewer than ${config.leastOnsets}.`,
        'Symbols that the venue has taken off are in the data only if the recordings hold them. The order is assumed to fill at the price known here; what it would have moved is not, beyond the book walk.',
        `Every figure can be computed again from rows.ndjson: node scripts/recompute-evaluation.mjs FOLDER. Seed ${config.seed}.`,
      ],
    },
  ]
}

function checkText({ cutUs, outputs, broken }: ReportFacts['checks'][number]): string {
  const where = `cut at ${momentOf(cutUs)}`
  if (broken.length > 0)
    return `Failed, ${where}: ${broken.length} signals said something else with less of the future in the file.`
  return `Passed, ${where}: all ${outputs} outputs up to there are the same without the rest of the recording.`
}

function triedText({ group, trials, dsr }: ReportFacts['judged'][number]): string {
  const ratio =
    group.sharpe === undefined
      ? 'too few onsets for a Sharpe ratio'
      : `Sharpe ratio per trade ${figure(group.sharpe.perTrade)} of ${group.sharpe.trades} trades`
  const spread = trials.variance === undefined ? '' : `, variance of their ratios ${trials.variance.toPrecision(4)}`
  const judged = dsr === undefined ? '' : `; SR0 ${figure(dsr.sr0)}, deflated ${figure(dsr.dsr)}`
  return `${group.type}: ${trials.count} ${trials.count === 1 ? 'variant' : 'variants'} in the search log, of all signals${spread}; this one: ${ratio}${judged}.`
}
