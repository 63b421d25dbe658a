import type { BookDelta } from '../../model/book-levels.ts'
import type { Join } from '../adapter.ts'

type Ids = Pick<BookDelta, 'first' | 'last' | 'previous'>

export interface JoinRules {
  join(last: number, delta: Ids): Join
  joinSnapshot(snapshot: number, delta: Ids): Join
}

/**
 * Spot: ids are contiguous. `U` may lie at or before the next wanted id (a harmless overlap), never behind it.
 * Source: spot docs, "How to manage a local order book correctly", corrected 2025-11-12; the first event after a
 * snapshot `L` must satisfy `U <= L + 1 <= u`.
 */
export const SPOT_JOIN: JoinRules = {
  join: joinContiguous,
  joinSnapshot: joinContiguous,
}

function joinContiguous(last: number, delta: Ids): Join {
  if (delta.last <= last) return 'stale'
  return delta.first <= last + 1 ? 'apply' : 'gap'
}

/**
 * USD-M, COIN-M and options: update ids skip, so only `pu == last u` proves that nothing is missing. An event that ends
 * at or before the book brings nothing new (two sockets during a rotation).
 * Source: futures docs, "How to manage a local order book correctly", read 2026-11.
 */
export const FUTURES_JOIN: JoinRules = {
  join(last, delta) {
    if (delta.previous === last && delta.last >= last) return 'apply'
    return delta.last <= last ? 'stale' : 'gap'
  },
  /**
   * The first event must span the snapshot: `U <= L <= u`. Some streams go on with `pu == L` and no overlap, which
   * proves as much.
   */
  joinSnapshot(snapshot, delta) {
    if (delta.last < snapshot) return 'stale'
    return delta.first <= snapshot || delta.previous === snapshot ? 'apply' : 'gap'
  },
}
