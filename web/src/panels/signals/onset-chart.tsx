import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Bar } from '../../../../src/server/protocol.ts'
import { decimalsOf, number, signed } from '../../format/number.ts'
import { clock } from '../../format/time.ts'
import { getJson } from '../../state/api.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { instruments } from '../../state/market.ts'
import { barsOf } from '../chart/load-older.ts'

const BEFORE_MIN = 20
const AFTER_MIN = 10
const MINUTE_S = 60
const WIDTH = 320
const HEIGHT = 72
const MARGIN = 6

export interface OnsetChartProps {
  readonly instrument: string
  readonly startUs: number
  readonly endUs: number | undefined
}

/** The price around the onset, as minutes: twenty before it, and what has followed. */
export function OnsetChart({ instrument, startUs, endUs }: OnsetChartProps) {
  const bars = useSignal<readonly Bar[] | undefined>(undefined)
  // While something can follow it is read again every minute.
  const localNow = nowMs.value
  const sinceS = localNow === 0 ? 0 : (serverNowUs() - startUs) / 1e6
  const minute = Math.min(AFTER_MIN, Math.floor(Math.max(0, sinceS) / MINUTE_S))
  const problem = useSignal('')
  useEffect(() => {
    let isGone = false
    const end = Math.ceil(startUs + AFTER_MIN * MINUTE_S * 1e6)
    const limit = BEFORE_MIN + AFTER_MIN + 1
    const query = new URLSearchParams({ instrument, interval: '1m', limit: String(limit), end: String(end) })
    getJson(`/api/klines?${query}`)
      .then(body => {
        const from = startUs / 1e6 - (BEFORE_MIN + 1) * MINUTE_S
        if (!isGone) bars.value = barsOf(body).filter(bar => bar[0] >= from)
      })
      .catch((error: unknown) => {
        if (!isGone) problem.value = error instanceof Error ? error.message : String(error)
      })
    return () => {
      isGone = true
    }
  }, [instrument, startUs, minute])
  const decimals = decimalsOf(instruments.value.find(known => known.id === instrument)?.tickSize, 2)
  if (problem.value !== '') return <p class="onset muted">The candles around it cannot be read: {problem.value}</p>
  const shown = bars.value ?? []
  // The place is kept while the candles come, so that nothing jumps.
  if (shown.length < 2)
    return <p class="onset muted">{bars.value === undefined ? 'Loading candles…' : 'No candles around it.'}</p>
  return (
    <Picture
      bars={shown}
      decimals={decimals}
      startS={startUs / 1e6}
      endS={endUs === undefined ? undefined : endUs / 1e6}
    />
  )
}

interface PictureProps {
  readonly bars: readonly Bar[]
  readonly decimals: number
  readonly startS: number
  readonly endS: number | undefined
}

function Picture({ bars, decimals, startS, endS }: PictureProps) {
  const low = Math.min(...bars.map(bar => bar[3]))
  const high = Math.max(...bars.map(bar => bar[2]))
  const firstS = bars[0]?.[0] ?? 0
  const lastS = (bars.at(-1)?.[0] ?? 0) + MINUTE_S
  const x = (seconds: number): number => ((seconds - firstS) / Math.max(1, lastS - firstS)) * WIDTH
  const y = (price: number): number =>
    MARGIN + (1 - (price - low) / Math.max(high - low, 1e-12)) * (HEIGHT - 2 * MARGIN)
  const width = Math.max(2, x(firstS + MINUTE_S) * 0.6)
  const onset = bars.findLast(bar => bar[0] <= startS) ?? bars[0]
  const close = bars.at(-1)?.[4] ?? 0
  const change = onset === undefined ? 0 : (close / onset[1] - 1) * 10_000
  const words = `${bars.length} minutes from ${clock(firstS * 1e6)} UTC, ${number(low, decimals)} to ${number(high, decimals)}; ${signed(change, 1)} bps since the minute of the onset`
  return (
    <figure class="onset">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Price around the onset: ${words}`}
        preserveAspectRatio="none"
      >
        <rect
          class="onset-span"
          x={x(startS)}
          y="0"
          width={Math.max(1, x(Math.min(endS ?? lastS, lastS)) - x(startS))}
          height={HEIGHT}
        />
        {bars.map(([time, open, top, bottom, last]) => (
          <g key={time} class={last >= open ? 'up' : 'down'}>
            <line x1={x(time + MINUTE_S / 2)} x2={x(time + MINUTE_S / 2)} y1={y(top)} y2={y(bottom)} />
            <rect
              x={x(time + MINUTE_S / 2) - width / 2}
              y={y(Math.max(open, last))}
              width={width}
              height={Math.max(1, Math.abs(y(open) - y(last)))}
            />
          </g>
        ))}
        <line class="onset-line" x1={x(startS)} x2={x(startS)} y1="0" y2={HEIGHT} />
      </svg>
      <figcaption>{words}</figcaption>
    </figure>
  )
}
