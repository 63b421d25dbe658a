import { frames } from './draw/frame-loop.ts'
import type { PanelId } from './link/messages.ts'
import { accountModel } from './panels/account/account-model.ts'
import { alertsModel } from './panels/alerts/alerts-model.ts'
import { candleModel, visibleRange } from './panels/chart/chart-panel.tsx'
import { indicatorModels } from './panels/chart/indicators/indicator-models.ts'
import { shownEpisode } from './panels/chart/shown-episode.ts'
import { flowModel } from './panels/flow/flow-model.ts'
import { fundingModel } from './panels/funding/funding-model.ts'
import { healthModel } from './panels/health/health-model.ts'
import { ladderModel } from './panels/ladder/ladder-panel.tsx'
import { liquidationsModel } from './panels/liquidations/liquidations-panel.tsx'
import { openInterestModel } from './panels/open-interest/open-interest-model.ts'
import { pressureModel } from './panels/pressure/pressure-model.ts'
import { signalsModel } from './panels/signals/signals-model.ts'
import { tapeModel } from './panels/tape/tape-panel.tsx'
import { tickerModel } from './shell/ticker-model.ts'
import { store, stores } from './state/client.ts'
import { link } from './state/link.ts'

declare global {
  interface Window {
    __dash?: DashHandle
  }
  interface Performance {
    /** Chromium only. */
    readonly memory?: { readonly usedJSHeapSize: number }
  }
}

interface DashHandle {
  metrics(): Readonly<Record<string, unknown>>
  panel(id: PanelId): { readonly state: unknown; readonly model: () => unknown }
}

const startedMs = performance.now()
let longTasks = 0

/** Measures and models for tests: they compare numbers, not pixels. */
export function exposeMetrics(): void {
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
    new PerformanceObserver(list => {
      longTasks += list.getEntries().length
    }).observe({ entryTypes: ['longtask'] })
  }
  window.__dash = { metrics, panel: id => ({ state: store(id).state.value, model: () => modelOf(id) }) }
}

function metrics(): Readonly<Record<string, unknown>> {
  const seconds = (performance.now() - startedMs) / 1000
  const lags = [...stores.values()].flatMap(panel => panel.lagsMs).sort((a, b) => a - b)
  const dropped = [...stores.values()].reduce((sum, panel) => sum + panel.holes, 0)
  const heap = performance.memory?.usedJSHeapSize
  return {
    ...frames.figures(),
    longTasks,
    dropped,
    e2eLagP95: lags[Math.floor((lags.length - 1) * 0.95)],
    heapMB: heap === undefined ? undefined : heap / 1e6,
    viewHz: Object.fromEntries([...stores].map(([id, panel]) => [id, panel.messages / seconds])),
    link: link.value.kind,
  }
}

function modelOf(id: PanelId): unknown {
  switch (id) {
    case 'header':
      return tickerModel.value
    case 'chart':
      return {
        bars: candleModel.bars,
        gaps: candleModel.gaps,
        last: candleModel.last,
        episode: shownEpisode.value,
        visible: visibleRange(),
        indicators: indicatorModels.value.map(one => ({
          name: one.name,
          values: one.newest(),
          provisional: one.provisional,
        })),
      }
    case 'ladder':
      return { data: ladderModel.data, rows: [...ladderModel.rows.values()] }
    case 'tape':
      return {
        totals: tapeModel.totals,
        shown: tapeModel.shownCount,
        rows: Array.from({ length: Math.min(200, tapeModel.shownCount) }, (_, index) => tapeModel.row(index)),
      }
    case 'funding':
      return {
        points: fundingModel.points,
        fundingRate: fundingModel.fundingRate,
        intervalHours: fundingModel.intervalHours,
        settled: fundingModel.settled,
      }
    case 'liquidations':
      return liquidationsModel.value
    case 'alerts':
      return alertsModel.data.value
    case 'signals':
      return { events: signalsModel.events.value, readings: signalsModel.readings.value }
    case 'flow':
      return { points: flowModel.points, gaps: flowModel.gaps, cvd: flowModel.cvd.value }
    case 'pressure':
      return { points: pressureModel.points, readings: pressureModel.readings.value }
    case 'openInterest':
      return {
        points: openInterestModel.points,
        past: openInterestModel.past,
        quadrants: openInterestModel.quadrants,
        quadrant: openInterestModel.quadrant.value,
      }
    case 'health':
      return healthModel.value
    case 'account':
      return accountModel.value
  }
}
