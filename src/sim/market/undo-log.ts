import type { BookSide } from './matching.ts'

export interface BookChange {
  readonly side: BookSide
  readonly price: number
  /** Quantity before the change. */
  readonly quantity: number
}

interface Undo {
  /** The book's update id before the action. */
  readonly idBefore: number
  readonly changes: readonly BookChange[]
}

/** The newest actions on a book, kept so that an older image of it can be served. */
export class UndoLog {
  private entries: Undo[] = []
  private readonly limit: number

  constructor(limit = 500) {
    this.limit = limit
  }

  push(idBefore: number, changes: readonly BookChange[]): void {
    this.entries.push({ idBefore, changes })
    if (this.entries.length >= this.limit * 2) this.entries = this.entries.slice(-this.limit)
  }

  /** What turns the present book into the one `actions` ago: its update id and the quantities that differed. */
  back(actions: number): { readonly id: number; readonly changes: readonly BookChange[] } | undefined {
    if (actions <= 0 || this.entries.length === 0) return undefined
    const reached = this.entries.slice(-actions)
    const oldest = reached[0]
    if (oldest === undefined) return undefined
    // Newest first, so that the oldest quantity of a price wins.
    return { id: oldest.idBefore, changes: reached.reverse().flatMap(entry => entry.changes) }
  }
}
