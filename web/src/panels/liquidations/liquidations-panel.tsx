import { signal } from '@preact/signals'
import type { LiquidationRow, LiquidationsData, SignalReading } from '../../../../src/server/protocol.ts'
import type { SignalEvent } from '../../../../src/signal/signal.ts'
import { compact, number, size } from '../../format/number.ts'
import { age, clock } from '../../format/time.ts'
import type { PanelData } from '../../link/messages.ts'
import { listen, store } from '../../state/client.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { baseUnit, priceDecimals, quoteUnit, sizeDecimals } from '../../state/market.ts'
import { PanelFrame } from '../panel-frame.tsx'
import { figure, stateNote } from '../reading.tsx'

const KEPT = 200
const SHOWN = 60
const MINUTES = 30

export interface LiquidationsModel {
  readonly rows: readonly LiquidationRow[]
  readonly minutes: LiquidationsData['minutes']
  readonly coverage: string
  readonly sinceUs: number
  readonly cascades: readonly SignalEvent[]
  readonly cascade?: SignalReading | undefined
}

const NOTHING: LiquidationsModel = { rows: [], minutes: [], coverage: 'unknown', sinceUs: 0, cascades: [] }

export const liquidationsModel = signal<LiquidationsModel>(NOTHING)

listen('liquidations', accept, () => {
  liquidationsModel.value = NOTHING
})

function accept(message: PanelData): void {
  if (message.content.as !== 'json') return
  const { data } = message.content
  if (!isLiquidations(data)) return
  const before = message.isSnapshot ? [] : liquidationsModel.value.rows
  liquidationsModel.value = { ...data, rows: [...before, ...data.rows].slice(-KEPT) }
}

function isLiquidations(data: unknown): data is LiquidationsData {
  return typeof data === 'object' && data !== null && 'rows' in data && Array.isArray(data.rows)
}

export function LiquidationsPanel() {
  const { rows, sinceUs, coverage } = liquidationsModel.value
  const isReady = store('liquidations').hasData.value
  const longs = total(rows, 'sell')
  const shorts = total(rows, 'buy')
  // A venue that only samples forced orders knows no total: it knows at least this much.
  const least = coverage === 'full' || rows.length === 0 ? '' : '≥ '
  return (
    <PanelFrame
      id="liquidations"
      view="liquidations"
      title="Liquidations"
      meta={
        isReady && (
          <dl class="legend">
            <div>
              <dt>longs</dt>
              <dd class="down">
                {least}
                {compact(longs)}
              </dd>
            </div>
            <div>
              <dt>shorts</dt>
              <dd class="up">
                {least}
                {compact(shorts)}
              </dd>
            </div>
          </dl>
        )
      }
      footer={
        <p>
          <Rate />
          <span>{isReady ? `${coverageNote(coverage)}${quoteUnit.value} since ${clock(sinceUs)} UTC` : '\u00a0'}</span>
        </p>
      }
    >
      <div class="liquidations">
        <Cascades />
        <Minutes />
        {isReady && rows.length === 0 ? (
          <p class="hint centred">Nothing to show yet: silence is normal here.</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by the keyboard.
          <section class="table-box" tabIndex={0} aria-label="Liquidations, latest rows">
            <table class="data rows">
              <tbody>
                {rows
                  .slice(-SHOWN)
                  .toReversed()
                  .map(row => (
                    <Row key={`${row.timeUs} ${row.price} ${row.quantity}`} row={row} />
                  ))}
              </tbody>
            </table>
          </section>
        )}
      </div>
    </PanelFrame>
  )
}

/** Cascades that go on, each side by itself, with the running total. */
function Cascades() {
  const { cascades } = liquidationsModel.value
  const tick = nowMs.value
  return (
    <>
      {cascades.map(event => {
        const isLong = event.values['position'] === 'long'
        const since = tick === 0 ? 0 : (serverNowUs() - event.receiveTimeUs) / 1000
        return (
          <p key={event.id} class={`cascade ${isLong ? 'down' : 'up'}`} role="status">
            <b>{isLong ? '▼ longs' : '▲ shorts'} cascade</b>
            <span>{event.headline}</span>
            <em>last {age(since)} ago</em>
          </p>
        )
      })}
    </>
  )
}

/** How many times the usual rate positions are closed now. */
function Rate() {
  const { cascade } = liquidationsModel.value
  if (cascade === undefined) return null
  const note = stateNote(cascade)
  const ratio = figure(cascade, 'longRatio')
  const other = figure(cascade, 'shortRatio')
  if (note !== '' || ratio === undefined || other === undefined) {
    return <span class={note === 'warming' ? '' : 'amber'}>{note === '' ? '' : `rate ${note}`}</span>
  }
  return (
    <span title="Rate against its base at the last liquidation; a cascade begins at 10 times">
      at the last one: longs {number(ratio, 1)}×, shorts {number(other, 1)}× usual
    </span>
  )
}

function Row({ row }: { readonly row: LiquidationRow }) {
  const isLong = row.side === 'sell'
  const tier = row.quote >= 250_000 ? 'big' : row.quote >= 50_000 ? 'medium' : ''
  return (
    <tr class={tier}>
      <td class="muted">{clock(row.timeUs)}</td>
      <td class={isLong ? 'down' : 'up'}>{isLong ? '◆ long' : '◆ short'}</td>
      <td>{number(row.price, priceDecimals.value)}</td>
      <td title={`${row.quantity} ${baseUnit.value}`}>{size(row.quantity, sizeDecimals.value)}</td>
      <td>{compact(row.quote)}</td>
    </tr>
  )
}

/** Value per minute, longs below the line and shorts above it. */
function Minutes() {
  const { minutes } = liquidationsModel.value
  const current = Math.floor(serverNowUs() / 6e7) * 60
  const newest = minutes.at(-1)?.[0] ?? current
  // A recording lives in its own time.
  const now = Math.abs(current - newest) > 86_400 ? newest : current
  const known = new Map(minutes.map(([start, long, short]) => [start, { long, short }]))
  const bars = Array.from({ length: MINUTES }, (_, index) => known.get(now - (MINUTES - 1 - index) * 60))
  const most = Math.max(1, ...bars.map(bar => Math.max(bar?.long ?? 0, bar?.short ?? 0)))
  return (
    <svg class="minutes" viewBox={`0 0 ${MINUTES * 10} 48`} preserveAspectRatio="none" role="img">
      <title>Liquidated value per minute of the last {MINUTES} minutes: shorts above, longs below the line</title>
      <path class="axis" d={`M0 24H${MINUTES * 10}`} />
      {bars.map((bar, index) => {
        const up = ((bar?.short ?? 0) / most) * 22
        const down = ((bar?.long ?? 0) / most) * 22
        return (
          <g key={index}>
            <rect class="up" x={index * 10 + 2} width="6" y={24 - up} height={up} />
            <rect class="down" x={index * 10 + 2} width="6" y={24} height={down} />
          </g>
        )
      })}
    </svg>
  )
}

/** What the sums leave out. */
function coverageNote(coverage: string): string {
  return coverage === 'full' || coverage === 'unknown' ? '' : `${coverage} by the venue: sums are at least · `
}

function total(rows: readonly LiquidationRow[], side: 'buy' | 'sell'): number {
  return rows.reduce((sum, row) => (row.side === side ? sum + row.quote : sum), 0)
}
