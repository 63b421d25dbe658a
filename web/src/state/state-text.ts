import type { ViewState } from '../../../src/server/protocol.ts'
import { age, clock, span } from '../format/time.ts'

/** One word for the chip. */
export function stateWord(state: ViewState): string {
  switch (state.kind) {
    case 'unsupported':
      return 'not available'
    case 'backfilling':
      return isReconciling(state) ? 'reconciling' : 'history'
    default:
      return state.kind
  }
}

/** The whole sentence; `nowUs` is the server's clock, `localNowMs` ours. */
export function stateSentence(state: ViewState, nowUs: number, localNowMs: number): string {
  const sinceMs = (nowUs - (state.lastEventUs ?? state.sinceUs)) / 1000
  switch (state.kind) {
    case 'live':
      return `Last event ${age(sinceMs)} ago`
    case 'quiet': {
      const heard = state.heardUs === undefined ? '' : ` · feed heard ${age((nowUs - state.heardUs) / 1000)} ago`
      const since = state.lastEventUs === undefined ? ' yet' : ` since ${clock(state.lastEventUs)} UTC`
      return `No ${state.text}${since}${heard}`
    }
    case 'stale':
      return `No update for ${age(sinceMs)}`
    case 'gapped':
      return gapSentence(state)
    case 'backfilling':
      return isReconciling(state)
        ? 'Comparing the account with REST: what the stream has not told comes now'
        : state.text
    case 'disconnected':
      return disconnectedSentence(state, localNowMs)
    case 'loading':
      return `${state.text === '' ? 'Loading' : state.text}…`
    default:
      return state.text
  }
}

/** An account is not whole before it was compared with REST. */
function isReconciling(state: ViewState): boolean {
  return state.text === 'reconciling'
}

function gapSentence(state: ViewState): string {
  const { gap } = state
  if (gap === undefined) return state.text
  return `Missing ${span(gap.fromUs, gap.toUs)} UTC (${gap.reason}). Totals restart here.`
}

function disconnectedSentence(state: ViewState, localNowMs: number): string {
  const sinceMs = localNowMs - state.sinceUs / 1000
  const retry =
    state.retryAtUs === undefined
      ? 'connecting'
      : `retry in ${Math.max(0, Math.ceil((state.retryAtUs / 1000 - localNowMs) / 1000))} s`
  return `Disconnected ${age(sinceMs)} · ${retry} · ${state.text}`
}
