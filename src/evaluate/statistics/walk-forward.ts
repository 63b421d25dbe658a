export interface Fold {
  /** What may be learned from: entries from the start of the data on whose exit lies at or before `fitUntilUs`. */
  readonly fitUntilUs: number
  readonly testFromUs: number
  readonly testUntilUs: number
}

/**
 * Folds in the order of time, the first part of the data only to learn from. Between what is learned from and what is
 * tested lies an embargo of at least the longest horizon. Empty when the data is too short for that.
 * @param parts equal parts of the span; there is one fold fewer
 */
export function walkForward(fromUs: number, untilUs: number, parts: number, embargoUs: number): readonly Fold[] {
  const lengthUs = (untilUs - fromUs) / parts
  if (!(lengthUs > embargoUs)) return []
  return Array.from({ length: parts - 1 }, (_, index) => {
    const testFromUs = fromUs + lengthUs * (index + 1)
    return { fitUntilUs: testFromUs - embargoUs, testFromUs, testUntilUs: testFromUs + lengthUs }
  })
}
