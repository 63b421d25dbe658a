import type { ReportFacts } from '../report-facts.ts'
import { dateOf, momentOf } from '../statistics/calendar.ts'
import type { Block, Report } from './block.ts'
import { dataBlocks } from './data-blocks.ts'
import { forwardBlocks } from './forward-blocks.ts'
import { groupBlocks } from './group-blocks.ts'
import { duration } from './words.ts'

/** Everything that is known, and in words what is not. */
export function reportOf(facts: ReportFacts): Report {
  const { evaluation, provenance, judged } = facts
  const { instruments, collected, config } = evaluation
  const names = instruments.map(each => each.id).join(', ')
  const span = `${momentOf(collected.fromUs)} to ${momentOf(collected.untilUs)} UTC`
  const verdicts: readonly Block[] = judged.map(({ group, verdict }) => ({
    kind: 'verdict',
    title: titleOf(group),
    verdict: verdict.kind,
    words: verdict.words,
  }))
  const how = `Judged at ${duration(config.headlineMs)} behind the entry, ${duration(config.latencyMs)} of latency and ${duration(config.computeMs)} of computing before it, at prices that a taker ${config.sizeQuote === undefined ? 'finds at the touch' : `of ${config.sizeQuote} in quote currency gets by walking the book`}, fees and funding paid. A measurement of the past on this data; not advice, and no promise.`
  return {
    title: `What ${[...new Set(judged.map(each => each.group.type.split('/')[0] ?? ''))].join(', ')} was worth`,
    subtitle: `${names} · ${span} · written ${provenance.writtenAt} by ${provenance.software} · configuration ${provenance.configHash}`,
    blocks: [
      ...verdicts,
      { kind: 'text', text: how },
      ...feeNote(config.fees.note),
      ...judged.flatMap(each => groupBlocks(each, titleOf(each.group), facts)),
      ...forwardBlocks(facts),
      ...dataBlocks(facts, dateOf(collected.fromUs)),
    ],
  }
}

/** What is not known of the fees decides the verdict as much as they do. */
function feeNote(note: string | undefined): readonly Block[] {
  return note === undefined ? [] : [{ kind: 'text', text: note }]
}

function titleOf({
  type,
  variant,
  isTerm,
}: {
  readonly type: string
  readonly variant: string
  readonly isTerm: boolean
}): string {
  if (isTerm) return `${type} (one term alone)`
  return variant.length > 160 ? type : variant
}
