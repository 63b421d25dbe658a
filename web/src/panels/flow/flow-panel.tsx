import uPlot from 'uplot'
import { compact, number, signed } from '../../format/number.ts'
import { clock } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { nowMs } from '../../state/link.ts'
import { info, instrument, quoteUnit } from '../../state/market.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { ReadingFigure } from '../reading.tsx'
import { around, aroundZero, signedTicks, TimePlot } from '../time-plot.tsx'
import { FLOW_BUCKETS, flowModel } from './flow-model.ts'

/** Seconds of the share of buying. */
const WINDOW_S = 60

listen(
  'flow',
  message => flowModel.accept(message),
  () => flowModel.clear(),
)

/** Who takes: delta bars, and their sum since an anchor. Gaps break the line, and are said. */
export function FlowPanel() {
  const id = instrument.value ?? ''
  return (
    <PanelFrame id="flow" view="flow" title="Flow, CVD" tools={<Buckets />} table={FlowTable} footer={<Anchor />}>
      <div class="stack">
        <Figures />
        <TimePlot
          panel="flow"
          label={`Cumulative volume delta of ${id}. Click a moment to count from there.`}
          source={flowModel.sums}
          version={seen}
          onPick={seconds => {
            flowModel.anchor.value = Math.floor(seconds)
          }}
          options={colors => ({
            scales: { y: { range: (_plot, low, high) => around(low, high) } },
            axes: [{ values: (_plot, ticks, _axis, _space, step) => signedTicks(ticks, step) }],
            series: [{}, { stroke: colors.lines[0] ?? colors.accent, width: 1.4, points: { show: false } }],
          })}
        />
        <TimePlot
          panel="flow"
          label={`Bought minus sold volume of ${id}`}
          source={flowModel.bars}
          version={seen}
          options={colors => ({
            scales: { y: { range: (_plot, low, high) => aroundZero(low, high) } },
            axes: [{ values: (_plot, ticks, _axis, _space, step) => signedTicks(ticks, step) }],
            series: [{}, bars(colors.up), bars(colors.down)],
          })}
        />
      </div>
    </PanelFrame>
  )
}

/** Grows with the data, and with what the reader chose. */
function seen(): number {
  return flowModel.version + flowModel.bucket.value * 1e9 + (flowModel.anchor.value ?? 0)
}

function bars(color: string): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.8, 60, 1], align: 1 })
  return { stroke: color, fill: color, width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) }
}

function base(): string {
  return info.value?.base ?? ''
}

function Figures() {
  const reading = flowModel.cvd.value
  // Re-read with the clock: points are no signal.
  const tick = nowMs.value
  const newest = tick === 0 ? 0 : (flowModel.points.at(-1)?.[0] ?? 0)
  const window = flowModel.points.filter(point => point[0] > newest - WINDOW_S)
  const buy = window.reduce((sum, point) => sum + point[2], 0)
  const sell = window.reduce((sum, point) => sum + point[3], 0)
  const sum = reading?.value === undefined ? undefined : reading.value - flowModel.base()
  const share = buy + sell > 0 ? (buy / (buy + sell)) * 100 : undefined
  return (
    <dl class="figures">
      <ReadingFigure
        name={`CVD, ${base()}`}
        reading={reading}
        value={sum === undefined ? undefined : signed(sum, decimalsFor(sum))}
        tone={sum === undefined ? '' : toneOf(sum)}
        title="Bought minus sold volume, added up since the anchor"
      />
      <Plain
        name={`delta ${WINDOW_S} s`}
        value={share === undefined ? '–' : signed(buy - sell, decimalsFor(buy - sell))}
        tone={toneOf(buy - sell)}
      />
      <Plain name={`bought ${WINDOW_S} s`} value={share === undefined ? '–' : `${number(share, 0)}%`} />
      <Plain name={`volume ${WINDOW_S} s`} value={share === undefined ? '–' : compact(buy + sell)} />
    </dl>
  )
}

function Plain({ name, value, tone = '' }: { readonly name: string; readonly value: string; readonly tone?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={value === '–' ? '' : tone}>{value}</dd>
    </div>
  )
}

function toneOf(value: number): string {
  return value > 0 ? 'up' : value < 0 ? 'down' : ''
}

function decimalsFor(value: number): number {
  const size = Math.abs(value)
  return size >= 1000 ? 0 : size >= 10 ? 2 : 3
}

function Buckets() {
  return (
    <fieldset class="chips" aria-label="Seconds of a bar">
      {FLOW_BUCKETS.map(size => (
        <button
          key={size}
          type="button"
          class="chip-button"
          aria-pressed={flowModel.bucket.value === size}
          onClick={() => {
            flowModel.bucket.value = size
          }}
        >
          {size < 60 ? `${size}s` : '1m'}
        </button>
      ))}
    </fieldset>
  )
}

/** From where the sum counts, in words. */
function Anchor() {
  const reading = flowModel.cvd.value
  const from = flowModel.anchor.value
  const gaps = reading?.quality.gaps ?? 0
  const sinceUs = reading?.quality.sinceUs
  const isPartial = reading?.values?.['isPartial'] === true
  const since =
    sinceUs === undefined
      ? '\u00a0'
      : isPartial
        ? `counted from ${clock(sinceUs)} UTC, when listening began`
        : 'counted from 00:00 UTC'
  return (
    <p>
      <span>{from === undefined ? since : `counted from ${clock(from * 1e6)} UTC`}</span>
      {gaps > 0 && from === undefined && (
        <span class="amber">{gaps === 1 ? 'one gap' : `${gaps} gaps`} inside: not whole</span>
      )}
      {from !== undefined && (
        <button
          type="button"
          class="link"
          onClick={() => {
            flowModel.anchor.value = undefined
          }}
        >
          Reset anchor
        </button>
      )}
    </p>
  )
}

function FlowTable() {
  const rows = nowMs.value === 0 ? [] : flowModel.points.slice(-100).toReversed()
  return (
    <DataTable
      caption={`Latest ${rows.length} seconds with trades, ${base()}; price in ${quoteUnit.value}`}
      columns={['Time UTC', 'Bought', 'Sold', 'Delta', 'CVD', 'Price', 'Whole']}
      rows={rows.map(([second, cvd, buy, sell, price, isWhole]) => [
        clock(second * 1e6),
        number(buy, 3),
        number(sell, 3),
        signed(buy - sell, 3),
        cvd === null ? '–' : signed(cvd, 3),
        price === null ? '–' : String(price),
        isWhole === 1 ? 'yes' : 'no',
      ])}
    />
  )
}
