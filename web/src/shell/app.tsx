import { effect, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { PanelId } from '../link/messages.ts'
import { PANEL_IDS } from '../link/messages.ts'
import { AccountPanel } from '../panels/account/account-panel.tsx'
import { ChartPanel } from '../panels/chart/chart-panel.tsx'
import { FundingPanel } from '../panels/funding/funding-panel.tsx'
import { HealthPanel } from '../panels/health/health-panel.tsx'
import { LadderPanel } from '../panels/ladder/ladder-panel.tsx'
import { LiquidationsPanel } from '../panels/liquidations/liquidations-panel.tsx'
import { TapePanel } from '../panels/tape/tape-panel.tsx'
import { screen } from '../state/settings.ts'
import { AccountAlert } from './account-alert.tsx'
import { Header } from './header.tsx'
import { visiblePanels } from './lamp.ts'
import { QuickBox } from './quick-box.tsx'
import { spoken } from './speech.ts'
import { StatusBar } from './status-bar.tsx'

const TABS: readonly { readonly id: PanelId; readonly name: string; readonly path: string }[] = [
  { id: 'chart', name: 'Chart', path: 'M4 3v10M4 5.5h0M2.5 5h3v5h-3zM8 2v9M6.5 4h3v4h-3zM12 5v9M10.5 7h3v4h-3z' },
  { id: 'ladder', name: 'Book', path: 'M2 4h7M2 8h12M2 12h5' },
  { id: 'tape', name: 'Trades', path: 'M2 4h2M6 4h8M2 8h2M6 8h6M2 12h2M6 12h8' },
  { id: 'funding', name: 'Funding', path: 'M2 11l3-4 3 2 3-6 3 4' },
  { id: 'liquidations', name: 'Liqs', path: 'M8 2l6 6-6 6-6-6z' },
  { id: 'health', name: 'Health', path: 'M1.5 8h3l2-4 3 8 2-4h3' },
  { id: 'account', name: 'Account', path: 'M2 5h12v8H2zM4 5V3h8v2M10 9h2' },
]

const narrow = matchMedia('(max-width: 760px)')
const isNarrow = signal(narrow.matches)
const tab = signal<PanelId>(screen.value === 'account' ? 'account' : 'chart')

narrow.addEventListener('change', event => {
  isNarrow.value = event.matches
})

/** The market screen: everything at once on a desktop, one panel at a time on a telephone. */
export function App() {
  useEffect(
    () =>
      effect(() => {
        visiblePanels.value = isNarrow.value
          ? ['header', tab.value]
          : screen.value === 'account'
            ? ['header', 'account']
            : PANEL_IDS.filter(id => id !== 'account')
      }),
    [],
  )
  useEffect(
    () =>
      effect(() => {
        if (screen.value === 'account') tab.value = 'account'
        else if (tab.peek() === 'account') tab.value = 'chart'
      }),
    [],
  )
  return (
    <>
      <div class="head">
        <Header />
        <AccountAlert />
      </div>
      <main class="grid" data-tab={tab.value} data-screen={screen.value}>
        <ChartPanel />
        <LadderPanel />
        <TapePanel />
        <FundingPanel />
        <LiquidationsPanel />
        <HealthPanel />
        <AccountPanel />
      </main>
      <StatusBar />
      <nav class="tabs" aria-label="Panels">
        {TABS.map(({ id, name, path }) => (
          <button
            key={id}
            type="button"
            aria-current={tab.value === id ? 'page' : undefined}
            onClick={() => {
              tab.value = id
              screen.value = id === 'account' ? 'account' : 'market'
            }}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d={path} />
            </svg>
            {name}
          </button>
        ))}
      </nav>
      <QuickBox />
      <p class="visually-hidden" aria-live="polite">
        {spoken.value}
      </p>
    </>
  )
}
