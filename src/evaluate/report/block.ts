import type { VerdictKind } from '../analysis/verdict.ts'
import type { Plot } from './plot.ts'

export interface Column {
  readonly name: string
  /** Set in figures, to the right. @default false */
  readonly isFigure?: boolean
}

/** What a report is made of; each form of it writes the same blocks. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'verdict'; readonly title: string; readonly verdict: VerdictKind; readonly words: string }
  /** A few figures that matter most, each with what to hold it against. */
  | { readonly kind: 'tiles'; readonly tiles: readonly Tile[] }
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'plots'; readonly plots: readonly Plot[] }

export interface Tile {
  readonly name: string
  readonly figure: string
  readonly beside: string
}

export interface Report {
  readonly title: string
  readonly subtitle: string
  readonly blocks: readonly Block[]
}
