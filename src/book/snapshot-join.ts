import type { BookDelta } from '../model/book-levels.ts'
import type { DeltaBuffer } from './delta-buffer.ts'

type Ids = Pick<BookDelta, 'first' | 'last' | 'previous'>
type Join = 'apply' | 'stale' | 'gap'

/** How changes join a book, per venue. `BookRules` of every adapter is one. */
export interface JoinRules {
  join(last: number, delta: Ids): Join
  joinSnapshot(snapshot: number, delta: Ids): Join
}

export type SnapshotJoin =
  /** The change at `index` joins the snapshot; those before it are contained in it. */
  | { readonly kind: 'joins'; readonly index: number }
  /** It contains every buffered change; `isExact` when the last of them ends right at the snapshot. */
  | { readonly kind: 'ahead'; readonly isExact: boolean }
  /** Changes are missing between the snapshot and the first buffered one. */
  | { readonly kind: 'tooOld' }

/** Where a snapshot meets the buffered changes, which follow one another without a gap. */
export function joinBuffer(rules: JoinRules, sequence: number, buffer: DeltaBuffer): SnapshotJoin {
  for (let index = 0; index < buffer.size; index++) {
    const delta = buffer.get(index)
    if (delta === undefined) break
    switch (rules.joinSnapshot(sequence, delta)) {
      case 'stale':
        continue
      case 'apply':
        return { kind: 'joins', index }
      case 'gap':
        return { kind: 'tooOld' }
    }
  }
  return { kind: 'ahead', isExact: buffer.newest?.last === sequence }
}
