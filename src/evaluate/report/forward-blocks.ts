import type { ReportFacts } from '../report-facts.ts'
import { momentOf } from '../statistics/calendar.ts'
import type { Block } from './block.ts'
import { bps, duration } from './words.ts'

/** What was chosen on the past and tested on what came after it. */
export function forwardBlocks({ evaluation }: ReportFacts): readonly Block[] {
  const { forward, groups } = evaluation
  const blocks = forward.flatMap(({ signal, embargoMs, folds, testN, testMeanNetBps }): readonly Block[] => {
    const variants = groups.filter(group => group.type === signal && !group.isTerm && group.onsets > 0).length
    if (variants === 0) return []
    if (folds.length === 0) {
      const text = `${signal}: the recording is too short for a walk-forward: parts of it would be shorter than the embargo of ${duration(embargoMs)}.`
      return [{ kind: 'text', text }]
    }
    const what =
      variants === 1
        ? 'one variant, so that nothing was chosen: the folds only show how steady it is'
        : `the best of ${variants} variants by what lay before each fold`
    const rows = folds.map(fold => [
      momentOf(fold.testFromUs),
      fold.chosen === undefined ? 'none had enough onsets before' : variants === 1 ? 'the only one' : fold.chosen,
      String(fold.fitN),
      bps(fold.fitMeanNetBps),
      String(fold.testN),
      bps(fold.testMeanNetBps),
    ])
    const figures = ['n before', 'net before', 'n tested', 'net tested'].map(name => ({ name, isFigure: true }))
    const sum =
      testMeanNetBps === undefined
        ? 'Nothing could be tested.'
        : `Over all folds: ${bps(testMeanNetBps)} bps net of ${testN} onsets that were not seen before.`
    return [
      {
        kind: 'text',
        text: `${signal}: ${what}; an embargo of ${duration(embargoMs)} lies between what is learned from and what is tested. ${sum}`,
      },
      { kind: 'table', columns: [{ name: 'tested from (UTC)' }, { name: 'chosen' }, ...figures], rows },
    ]
  })
  return blocks.length === 0 ? [] : [{ kind: 'heading', level: 2, text: 'Walk-forward' }, ...blocks]
}
