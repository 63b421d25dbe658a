import { signal } from '@preact/signals'

/** An episode of a signal that somebody wants to see on the chart. */
export interface ShownEpisode {
  readonly id: string
  readonly instrument: string
  readonly name: string
  readonly headline: string
  readonly direction: 1 | -1 | 0
  readonly startUs: number
  /** Undefined while it goes on. */
  readonly endUs: number | undefined
}

/** The one that is marked on the chart; undefined while none is. */
export const shownEpisode = signal<ShownEpisode | undefined>(undefined)
/** Grows when the chart is to go to the marked one. */
export const jumps = signal(0)
