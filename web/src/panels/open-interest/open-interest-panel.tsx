import { number, signed } from '../../format/number.ts'
import { age, clock } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { nowMs } from '../../state/link.ts'
import { info, instrument, priceDecimals } from '../../state/market.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { ReadingFigure, textFigure } from '../reading.tsx'
import { around, TimePlot, tickText } from '../time-plot.tsx'
import { openInterestModel } from './open-interest-model.ts'

const SPANS = [
  ['5 min', 300_000],
  ['1 h', 3_600_000],
] as const

listen(
  'openInterest',
  message => openInterestModel.accept(message),
  () => openInterestModel.clear(),
)

/** How many contracts are open, beside the price, and where both went in neutral words. */
export function OpenInterestPanel() {
  const cadence = openInterestModel.cadenceMs.value
  return (
    <PanelFrame
      id="openInterest"
      view="openInterest"
      title="Open interest"
      table={OpenInterestTable}
      footer={
        <p>
          <span>
            <i class="swatch line-1" aria-hidden="true" /> open interest ·{' '}
            <i class="swatch line-5" aria-hidden="true" /> mark price
          </span>
          <span>{cadence === undefined ? '\u00a0' : `one observation per ${age(cadence)}`}</span>
        </p>
      }
    >
      <div class="stack">
        <Figures />
        <TimePlot
          panel="openInterest"
          label={`Open interest of ${instrument.value ?? ''} with its mark price`}
          source={openInterestModel.lines}
          version={() => openInterestModel.version}
          options={colors => ({
            scales: {
              y: { range: (_plot, low, high) => around(low, high) },
              price: { range: (_plot, low, high) => around(low, high) },
            },
            axes: [
              { values: (_plot, ticks, _axis, _space, step) => tickText(ticks, step) },
              {
                scale: 'price',
                side: 1,
                size: 58,
                grid: { show: false },
                values: (_plot, ticks, _axis, _space, step) => tickText(ticks, step),
              },
            ],
            series: [
              {},
              { stroke: colors.lines[0] ?? colors.accent, width: 1.4, points: { show: false } },
              {
                scale: 'price',
                stroke: colors.lines[4] ?? colors.muted,
                width: 1,
                dash: [4, 3],
                points: { show: false },
                spanGaps: true,
              },
            ],
          })}
        />
      </div>
    </PanelFrame>
  )
}

function Figures() {
  const last = nowMs.value === 0 ? undefined : openInterestModel.points.at(-1)
  const quadrant = openInterestModel.quadrant.value
  const unit = last?.[2] === null ? 'contracts' : (info.value?.base ?? '')
  return (
    <dl class="figures">
      <div>
        <dt>open, {unit}</dt>
        <dd>{last === undefined ? '–' : number(openInterestModel.valueOf(last), 0)}</dd>
      </div>
      {SPANS.map(([name, spanMs]) => {
        const change = openInterestModel.change(spanMs)
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{change === undefined ? '–' : `${signed(change * 100, 2)}%`}</dd>
          </div>
        )
      })}
      <ReadingFigure
        name="5 min, in words"
        reading={quadrant}
        value={textFigure(quadrant, 'reading')}
        title="Every contract has a long and a short: only the directions are measured"
      />
    </dl>
  )
}

function OpenInterestTable() {
  const rows = nowMs.value === 0 ? [] : openInterestModel.points.slice(-100).toReversed()
  return (
    <DataTable
      caption={`Latest ${rows.length} observations`}
      columns={['Time UTC', 'Open interest', 'Mark price']}
      rows={rows.map(point => [
        clock(point[0]),
        number(openInterestModel.valueOf(point), 3),
        point[3] === null ? '–' : number(point[3], priceDecimals.value),
      ])}
    />
  )
}
