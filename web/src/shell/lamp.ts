import { computed, signal } from '@preact/signals'
import { severityOf, type ViewState } from '../../../src/server/protocol.ts'
import type { PanelId } from '../link/messages.ts'
import { PANEL_IDS } from '../link/messages.ts'
import { stores } from '../state/client.ts'

/** Panels on the screen: all of them on a desktop, one on a telephone; the header always. */
export const visiblePanels = signal<readonly PanelId[]>(PANEL_IDS)

/** Whether somebody can see the panel: what is not seen is not drawn. */
export function isShown(panel: PanelId): boolean {
  return visiblePanels.value.includes(panel)
}

/** The worst state among the visible panels, and whose it is. Silence that is normal, and what a venue lacks, are no fault. */
export const lamp = computed<{ readonly state: ViewState; readonly panel: PanelId } | undefined>(() => {
  let worst: { readonly state: ViewState; readonly panel: PanelId } | undefined
  for (const panel of visiblePanels.value) {
    const state = stores.get(panel)?.state.value
    if (state === undefined) continue
    if (worst === undefined || severityOf(state.kind) > severityOf(worst.state.kind)) worst = { state, panel }
  }
  return worst
})

/** True when nothing visible is worse than quiet. */
export function isLive(state: ViewState | undefined): boolean {
  return state !== undefined && severityOf(state.kind) < severityOf('throttled')
}
