import { mean } from '../statistics/moments.ts'
import { thin } from '../statistics/thinning.ts'
import { type Fold, walkForward } from '../statistics/walk-forward.ts'
import { isTraded, type Outcome, type Traded } from './outcomes.ts'

/** One variant and what it did at the headline. */
export interface Contender {
  readonly name: string
  readonly outcomes: readonly Outcome[]
}

export interface FoldResult extends Fold {
  /** The variant that was best in what lay before; the only one where nothing had to be chosen, absent where nothing could be. */
  readonly chosen: string | undefined
  readonly fitN: number
  readonly fitMeanNetBps: number | undefined
  readonly testN: number
  readonly testMeanNetBps: number | undefined
}

export interface ForwardTest {
  readonly embargoMs: number
  readonly folds: readonly FoldResult[]
  /** Over all folds, of what was chosen before each. */
  readonly testN: number
  readonly testMeanNetBps: number | undefined
}

interface ForwardOptions {
  readonly fromUs: number
  readonly untilUs: number
  readonly parts: number
  readonly embargoMs: number
  /** A variant with fewer independent onsets before a fold is not chosen. */
  readonly least: number
}

/** In each fold the best variant of what lay before it, by mean net, is tested on what it has not seen. */
export function forwardTest(contenders: readonly Contender[], options: ForwardOptions): ForwardTest {
  const { fromUs, untilUs, parts, embargoMs, least } = options
  const tested: number[] = []
  const folds = walkForward(fromUs, untilUs, parts, embargoMs * 1000).map(fold => {
    const fitted = contenders.map(({ name, outcomes }) => ({
      name,
      outcomes,
      fit: netOf(outcomes, span => isFit(span, fold)),
    }))
    const able = fitted.filter(each => contenders.length === 1 || each.fit.length >= least)
    const [best] = [...able].sort((a, b) => (mean(b.fit) ?? 0) - (mean(a.fit) ?? 0))
    const test = best === undefined ? [] : netOf(best.outcomes, span => isTest(span, fold))
    tested.push(...test)
    return {
      ...fold,
      chosen: best?.name,
      fitN: best?.fit.length ?? 0,
      fitMeanNetBps: mean(best?.fit ?? []),
      testN: test.length,
      testMeanNetBps: mean(test),
    }
  })
  return { embargoMs, folds, testN: tested.length, testMeanNetBps: mean(tested) }
}

function isFit(span: Traded, fold: Fold): boolean {
  return span.exitTimeUs <= fold.fitUntilUs
}

function isTest(span: Traded, fold: Fold): boolean {
  return span.entryTimeUs >= fold.testFromUs && span.entryTimeUs < fold.testUntilUs
}

function netOf(outcomes: readonly Outcome[], wanted: (span: Traded) => boolean): readonly number[] {
  return thin(outcomes.filter(isTraded).filter(wanted)).map(each => each.trade.netBps)
}
