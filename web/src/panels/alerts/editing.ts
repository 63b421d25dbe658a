import { signal } from '@preact/signals'
import { isShown } from '../../shell/lamp.ts'
import { backtesting } from './backtesting.ts'
import type { RuleDraft } from './rule-draft.ts'

/** A rule that is being written. */
export interface Editing {
  readonly draft: RuleDraft
  /** Tells two of them apart. */
  readonly number: number
  /** In the panel of alerts, or over a page that does not show it; it stays where it began. */
  readonly place: 'panel' | 'page'
}

export const editing = signal<Editing | undefined>(undefined)
/** Somebody wants an alert on a server that lets nobody make one. */
export const isRefused = signal(false)

let count = 0

/** Opens the form: in the panel of alerts where that is on the screen, over the page where it is not. */
export function edit(draft: RuleDraft): void {
  count++
  editing.value = { draft, number: count, place: isShown('alerts') ? 'panel' : 'page' }
}

/** A dialog about rules lies over the page. */
export function isOverPage(): boolean {
  return isRefused.value || editing.value?.place === 'page'
}

export function closeEditing(): void {
  // What was tried in a dialog goes with it.
  if (isOverPage()) backtesting.value = undefined
  editing.value = undefined
  isRefused.value = false
}
