import { useEffect } from 'preact/hooks'
import type { PanelId } from '../link/messages.ts'
import { AccountPanel } from '../panels/account/account-panel.tsx'
import { AlertsPanel } from '../panels/alerts/alerts-panel.tsx'
import { RuleDialog } from '../panels/alerts/rule-dialog.tsx'
import { ChartPanel } from '../panels/chart/chart-panel.tsx'
import { IndicatorMenu, isIndicatorsOpen } from '../panels/chart/indicators/indicator-menu.tsx'
import { FlowPanel } from '../panels/flow/flow-panel.tsx'
import { FundingPanel } from '../panels/funding/funding-panel.tsx'
import { HealthPanel } from '../panels/health/health-panel.tsx'
import { LadderPanel } from '../panels/ladder/ladder-panel.tsx'
import { LiquidationsPanel } from '../panels/liquidations/liquidations-panel.tsx'
import { OpenInterestPanel } from '../panels/open-interest/open-interest-panel.tsx'
import { PressurePanel } from '../panels/pressure/pressure-panel.tsx'
import { SignalsPanel } from '../panels/signals/signals-panel.tsx'
import { TapePanel } from '../panels/tape/tape-panel.tsx'
import { screen } from '../state/settings.ts'
import { AccountAlert } from './account-alert.tsx'
import { Header } from './header.tsx'
import { QuickBox } from './quick-box.tsx'
import { choosePanel, followScreens, tab } from './screens.ts'
import { spoken } from './speech.ts'
import { StatusBar } from './status-bar.tsx'

const TABS: readonly { readonly id: PanelId; readonly name: string; readonly path: string }[] = [
  { id: 'chart', name: 'Chart', path: 'M4 3v10M4 5.5h0M2.5 5h3v5h-3zM8 2v9M6.5 4h3v4h-3zM12 5v9M10.5 7h3v4h-3z' },
  { id: 'ladder', name: 'Book', path: 'M2 4h7M2 8h12M2 12h5' },
  { id: 'tape', name: 'Trades', path: 'M2 4h2M6 4h8M2 8h2M6 8h6M2 12h2M6 12h8' },
  { id: 'signals', name: 'Signals', path: 'M8 2v4M8 14v-1M3.5 4.5l2 2M12.5 4.5l-2 2M5 13a3 3 0 0 1 6 0' },
  { id: 'alerts', name: 'Alerts', path: 'M3 12h10c-1.5-1.5-1.5-3-1.5-5a3.5 3.5 0 0 0-7 0c0 2 0 3.5-1.5 5zM6.7 14h2.6' },
  { id: 'flow', name: 'Flow', path: 'M2 8h12M4 8v4M7 8V4M10 8V3M13 8v3' },
  { id: 'pressure', name: 'Pressure', path: 'M2 5h6v2H2zM8 9h6v2H8zM8 2v12' },
  { id: 'openInterest', name: 'Open int.', path: 'M8 2a6 6 0 1 0 6 6H8z' },
  { id: 'funding', name: 'Funding', path: 'M2 11l3-4 3 2 3-6 3 4' },
  { id: 'liquidations', name: 'Liqs', path: 'M8 2l6 6-6 6-6-6z' },
  { id: 'health', name: 'Health', path: 'M1.5 8h3l2-4 3 8 2-4h3' },
  { id: 'account', name: 'Account', path: 'M2 5h12v8H2zM4 5V3h8v2M10 9h2' },
]

/** Everything of a screen at once on a desktop, one panel at a time on a telephone. */
export function App() {
  useEffect(followScreens, [])
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
        <SignalsPanel />
        <FlowPanel />
        <PressurePanel />
        <OpenInterestPanel />
        <AlertsPanel />
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
            onClick={() => choosePanel(id)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d={path} />
            </svg>
            {name}
          </button>
        ))}
      </nav>
      {isIndicatorsOpen.value && <IndicatorMenu />}
      <RuleDialog />
      <QuickBox />
      <p class="visually-hidden" aria-live="polite">
        {spoken.value}
      </p>
    </>
  )
}
