/*
 * The joining rules once more, written as tables of conditions from the venue's procedures and not from the code under
 * test. `U`, `u`, `pu` are the wire's names for first, last and previous update id.
 */

export type Verdict = 'apply' | 'stale' | 'gap'

/** Spot, steps 4 and 5: drop `u <= L`; the first must have `U <= L + 1 <= u`; later `U > id + 1` is a gap. */
export function spotReference(id: number, U: number, u: number): Verdict {
  const isOld = u <= id
  const spansNext = U <= id + 1 && id + 1 <= u
  if (isOld) return 'stale'
  return spansNext ? 'apply' : 'gap'
}

/** Futures and options, steps 3 and 4: drop `u < L`; the first needs `U <= L` and `u >= L`, or goes on with `pu == L`. */
export function futuresFirstReference(L: number, U: number, u: number, pu: number): Verdict {
  if (u < L) return 'stale'
  const spans = U <= L && u >= L
  return spans || pu === L ? 'apply' : 'gap'
}

/** Futures and options, step 5: `pu` must equal the previous `u`; what ends at or before the book is a repetition. */
export function futuresNextReference(last: number, u: number, pu: number): Verdict {
  if (pu === last && u >= last) return 'apply'
  return u <= last ? 'stale' : 'gap'
}
