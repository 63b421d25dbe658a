import { effect, signal } from '@preact/signals'
import type { PanelId } from '../link/messages.ts'
import { SCREENS, type Screen, screen } from '../state/settings.ts'
import { visiblePanels } from './lamp.ts'

/** What each screen shows. */
export const SCREEN_PANELS: Readonly<Record<Screen, readonly PanelId[]>> = {
  market: ['chart', 'ladder', 'tape', 'funding', 'liquidations', 'health'],
  account: ['account'],
  signals: ['signals', 'flow', 'pressure', 'funding', 'openInterest', 'liquidations', 'alerts'],
}

const narrow = matchMedia('(max-width: 760px)')
const isNarrow = signal(narrow.matches)
/** The one panel that a telephone shows. */
export const tab = signal<PanelId>(firstOf(screen.value))

narrow.addEventListener('change', event => {
  isNarrow.value = event.matches
})

function firstOf(wanted: Screen): PanelId {
  return SCREEN_PANELS[wanted][0] ?? 'chart'
}

/** Brings a panel to the eye: its screen on a desktop, its tab on a telephone. */
export function choosePanel(id: PanelId): void {
  const isHere = SCREEN_PANELS[screen.value].includes(id)
  tab.value = id
  if (!isHere) screen.value = SCREENS.find(name => SCREEN_PANELS[name].includes(id)) ?? 'market'
}

/** Keeps what is visible in step with screen, tab and width. */
export function followScreens(): () => void {
  const stops = [
    effect(() => {
      visiblePanels.value = ['header', ...(isNarrow.value ? [tab.value] : SCREEN_PANELS[screen.value])]
    }),
    effect(() => {
      const wanted = screen.value
      if (!SCREEN_PANELS[wanted].includes(tab.peek())) tab.value = firstOf(wanted)
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
