/** What became of the quantity at one price between two states of the book. */
export interface Fate {
  /** Taken by trades. */
  readonly consumed: number
  /** Withdrawn. */
  readonly pulled: number
  /** New. */
  readonly added: number
  /** Traded beyond what was visible: iceberg, price improvement, or a book that came late. */
  readonly hidden: number
}

/**
 * `before` and `after`: quantity at the price; `traded`: volume against it in between. consumed = min(x, b), pulled and added
 * are what the rest lost and gained, hidden = max(x − b, 0). An attribution: orders are not seen, only their sums.
 */
export function fateOf(before: number, after: number, traded: number): Fate {
  const consumed = Math.min(traded, before)
  const rest = before - consumed
  return {
    consumed,
    pulled: Math.max(rest - after, 0),
    added: Math.max(after - rest, 0),
    hidden: Math.max(traded - before, 0),
  }
}

/** Σpulled / Σ(consumed + pulled): of what vanished, how much was not traded. Undefined when nothing vanished. */
export function pulledShare(fate: Pick<Fate, 'consumed' | 'pulled'>): number | undefined {
  const vanished = fate.consumed + fate.pulled
  return vanished > 0 ? fate.pulled / vanished : undefined
}
