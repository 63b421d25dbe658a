import type { OutputTrail } from './collect/output-trail.ts'

/** The same recording, cut off: whatever a signal said up to there it must have said in the same words. */
export interface PrefixCheck {
  readonly cutUs: number
  /** Outputs that were compared. */
  readonly outputs: number
  /** Signals (by their number) that said something else. */
  readonly broken: readonly number[]
}

export function checkPrefix(whole: readonly OutputTrail[], cut: readonly OutputTrail[], cutUs: number): PrefixCheck {
  const broken = whole.flatMap((trail, number) => {
    const other = cut[number]
    return other !== undefined && trail.differsFrom(other, cutUs) === undefined ? [] : number
  })
  return { cutUs, outputs: whole.reduce((sum, trail) => sum + trail.until(cutUs), 0), broken }
}

/** Where a recording is cut for the check. */
export function cutsOf(fromUs: number, untilUs: number): readonly number[] {
  return [0.35, 0.7].map(share => Math.floor(fromUs + (untilUs - fromUs) * share))
}
