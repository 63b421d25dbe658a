import { number } from '../format/number.ts'
import { age, clock } from '../format/time.ts'
import { healthModel, rates } from '../panels/health/health-model.ts'
import { retryNow, store } from '../state/client.ts'
import { clockOffsetMs, link, nowMs, roundTripMs, serverNowUs, throttledHz } from '../state/link.ts'

/** One line for the operator: connections, traffic, latency, clocks. */
export function StatusBar() {
  const connections = healthModel.value?.feed.connections ?? []
  const total = [...rates.value.values()].reduce((sum, rate) => sum + rate.messages, 0)
  const hz = throttledHz.value
  const isOpen = link.value.kind === 'open'
  return (
    <footer class="status">
      <Server />
      {connections.slice(0, 4).map(one => {
        const isWell = one.state === 'delivering' && isOpen
        return (
          <span key={one.connectionId} class={isWell ? '' : 'amber'} title={one.url}>
            <i class="lamp" aria-hidden="true" />
            {one.venue}
            {one.route === '' ? '' : ` ${one.route}`} {isWell ? rtt(one.roundTripMs) : isOpen ? one.state : 'unknown'}
          </span>
        )
      })}
      <span class="grow" />
      {hz !== undefined && <span class="amber">throttled to {hz} Hz (slow connection)</span>}
      <span title="Messages received from venues">{number(total, 0)} msg/s</span>
      <Lag />
      <span title="Server clock minus this device's clock">clock {number(clockOffsetMs.value, 0)} ms</span>
      <Clock />
    </footer>
  )
}

function rtt(ms: number | undefined): string {
  return ms === undefined ? '' : `${number(ms, 0)} ms`
}

function Server() {
  const state = link.value
  const tick = nowMs.value
  if (state.kind === 'open') {
    const trip = roundTripMs.value
    return (
      <span title="Connection to the Tickwire server">
        <i class="lamp" aria-hidden="true" />
        server {trip === undefined ? '' : `${number(trip, 1)} ms`}
      </span>
    )
  }
  const wait =
    state.kind === 'waiting' ? `next try in ${Math.max(0, Math.ceil((state.retryAtMs - tick) / 1000))} s` : 'connecting'
  return (
    <span class="amber" data-testid="server-lost" role="status">
      <i class="lamp" aria-hidden="true" />
      server lost {age(tick - state.sinceMs)} · try {state.attempt} · {wait}
      <button type="button" class="link" onClick={retryNow}>
        Retry
      </button>
    </span>
  )
}

/** From the receipt of an event in the server to its arrival here. */
function Lag() {
  const samples = store('ladder').lagsMs
  if (nowMs.value === 0 || samples.length === 0) return null
  const sorted = samples.toSorted((a, b) => a - b)
  const p95 = sorted[Math.floor((sorted.length - 1) * 0.95)] ?? 0
  return <span title="Book: receipt in the server to arrival here, 95th percentile">lag p95 {number(p95, 0)} ms</span>
}

function Clock() {
  return <time>{nowMs.value === 0 ? '' : `${clock(serverNowUs())} UTC`}</time>
}
