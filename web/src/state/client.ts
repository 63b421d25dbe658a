import { effect } from '@preact/signals'
import { GATEWAY_PATH, type ViewRequest } from '../../../src/server/protocol.ts'
import type { FromWorker, PanelData, PanelId, ToWorker } from '../link/messages.ts'
import { PANEL_IDS } from '../link/messages.ts'
import { loadInstruments } from './api.ts'
import { clockOffsetMs, isHidden, link, nowMs, roundTripMs, serverNowUs, throttledHz } from './link.ts'
import { greet, instrument, interval } from './market.ts'
import { PanelStore } from './panel-store.ts'
import { ladderGroup } from './settings.ts'
import { token } from './token.ts'

type Listener = (message: PanelData) => void

const worker = new Worker(new URL('../link/worker.ts', import.meta.url), { type: 'module' })
const listeners = new Map<PanelId, Listener>()
const resets = new Map<PanelId, () => void>()

export const stores: ReadonlyMap<PanelId, PanelStore> = new Map(PANEL_IDS.map(id => [id, new PanelStore(id)]))

/** @throws Error for a name that is no panel */
export function store(id: PanelId): PanelStore {
  const found = stores.get(id)
  if (found === undefined) throw new Error(`There is no panel "${id}".`)
  return found
}

/** Calls `onData` with every message of the panel, and `onReset` when it begins anew with another market. */
export function listen(id: PanelId, onData: Listener, onReset: () => void): void {
  listeners.set(id, onData)
  resets.set(id, onReset)
}

function tell(message: ToWorker): void {
  worker.postMessage(message)
}

export function retryNow(): void {
  tell({ op: 'retry' })
}

/** Asks for a panel's view anew, e.g. after an error. */
export function reopen(id: PanelId): void {
  const request = requests.get(id)
  if (request !== undefined) open(id, request)
}

const requests = new Map<PanelId, ViewRequest>()

function open(panel: PanelId, request: ViewRequest): void {
  requests.set(panel, request)
  const generation = store(panel).restart()
  resets.get(panel)?.()
  tell({ op: 'open', panel, request, generation })
}

/** Starts the worker and keeps every panel subscribed to what the page shows. */
export function startClient(): void {
  worker.onmessage = (event: MessageEvent<FromWorker>) => accept(event.data)
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${GATEWAY_PATH}`
  tell({ op: 'start', url, token })
  open('health', { view: 'health', maxHz: 1 })
  // Also while nobody looks at it: a margin call is shown across the page.
  open('account', { view: 'account', maxHz: 4 })
  open('alerts', { view: 'alerts', maxHz: 2 })
  const simple = [
    ['header', 'ticker', 5],
    ['tape', 'tape', 12],
    ['funding', 'funding', 1],
    ['liquidations', 'liquidations', 4],
    // Also while nobody looks at them: what happened meanwhile is the point of a list of events.
    ['signals', 'signals', 4],
    ['flow', 'flow', 2],
    ['pressure', 'pressure', 2],
    ['openInterest', 'openInterest', 1],
  ] as const
  effect(() => {
    const id = instrument.value
    if (id === undefined) return
    for (const [panel, view, maxHz] of simple) open(panel, { view, instrument: id, maxHz })
  })
  effect(() => {
    const id = instrument.value
    if (id !== undefined)
      open('chart', { view: 'candles', instrument: id, params: { interval: interval.value }, maxHz: 4 })
  })
  effect(() => {
    const id = instrument.value
    if (id !== undefined)
      open('ladder', { view: 'ladder', instrument: id, params: { rows: 60, group: ladderGroup.value }, maxHz: 10 })
  })
  setInterval(() => {
    nowMs.value = Date.now()
  }, 250)
  document.addEventListener('visibilitychange', () => {
    isHidden.value = document.hidden
    tell({ op: 'hidden', hidden: document.hidden })
  })
  window.addEventListener('online', retryNow)
}

function accept(message: FromWorker): void {
  switch (message.type) {
    case 'link':
      link.value = message.state
      if (message.state.kind !== 'open') throttledHz.value = undefined
      return
    case 'hello':
      greet(message.hello)
      loadInstruments()
      return
    case 'clock':
      clockOffsetMs.value = message.offsetMs
      roundTripMs.value = message.roundTripMs
      return
    case 'throttled':
      throttledHz.value = message.hz
      return
    default:
      acceptPanel(message)
  }
}

function acceptPanel(message: Extract<FromWorker, { readonly panel: PanelId }>): void {
  const panel = store(message.panel)
  if (message.generation !== panel.generation) return
  switch (message.type) {
    case 'state':
      panel.serverState.value = message.state
      panel.seq = message.seq
      return
    case 'hole':
      panel.holes += Math.max(1, message.missing)
      panel.hasHole.value = true
      return
    case 'data':
      panel.stamp(message, serverNowUs())
      listeners.get(message.panel)?.(message)
  }
}
