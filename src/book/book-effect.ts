import type { GapReason } from '../model/event.ts'
import type { DurationMs } from '../model/time.ts'

/** Why a book was lost. */
export type BookGapCause =
  /** An update is missing between two others. */
  | 'sequence'
  /** The best bid reached the best ask: what we hold cannot be the venue's book. */
  | 'crossed'
  /** The venue's update ids went back. */
  | 'restart'
  | 'disconnect'

/** What the shell has to do, or to tell, after the machine was fed. */
export type BookEffect =
  /**
   * Ask for a snapshot after `delayMs` (add jitter) and answer with this epoch. It takes the place of an earlier request
   * that is still running: abort that one, its answer would be dropped.
   */
  | { readonly do: 'fetchSnapshot'; readonly epoch: number; readonly delayMs: DurationMs }
  /** The same for a book that stays readable: the touch comes near the edge of what the last snapshot covered. */
  | { readonly do: 'refresh'; readonly epoch: number; readonly delayMs: DurationMs }
  /** The book changed and is synced: publish it. */
  | { readonly do: 'applied' }
  /** The book equals the venue's again. */
  | { readonly do: 'synced'; readonly sequence: number }
  /** The book was lost; nothing can be read until `synced`. Ids are the first and last missing ones where known. */
  | {
      readonly do: 'gap'
      readonly cause: BookGapCause
      readonly reason: GapReason
      readonly from: number | undefined
      readonly to: number | undefined
    }

export const NOTHING: readonly BookEffect[] = []
export const APPLIED: readonly BookEffect[] = [{ do: 'applied' }]

const REASONS: Readonly<Record<BookGapCause, GapReason>> = {
  sequence: 'sequence',
  crossed: 'venue',
  restart: 'venue',
  disconnect: 'disconnect',
}

export function gapEffect(cause: BookGapCause, from?: number, to?: number): BookEffect {
  return { do: 'gap', cause, reason: REASONS[cause], from, to }
}
