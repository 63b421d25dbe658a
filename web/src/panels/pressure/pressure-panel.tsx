import { number, signed } from '../../format/number.ts'
import { clock } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { nowMs } from '../../state/link.ts'
import { info, instrument } from '../../state/market.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { figure, ReadingFigure, stateNote } from '../reading.tsx'
import { aroundZero, signedTicks, TimePlot } from '../time-plot.tsx'
import { pressureModel } from './pressure-model.ts'

listen(
  'pressure',
  message => pressureModel.accept(message),
  () => pressureModel.clear(),
)

/** What rests on both sides and what is added to and taken from the touch. It is pressure, no forecast. */
export function PressurePanel() {
  return (
    <PanelFrame
      id="pressure"
      view="pressure"
      title="Book pressure"
      table={PressureTable}
      footer={
        <p>
          <span class="key-line">
            <i class="swatch line-1" aria-hidden="true" /> imbalance, −1 to +1 (left)
          </span>
          <span class="key-line">
            <i class="swatch line-2" aria-hidden="true" /> pressure, depths (right)
          </span>
        </p>
      }
    >
      <div class="stack">
        <Figures />
        <Gauge />
        <TimePlot
          panel="pressure"
          label={`Imbalance and pressure of the book of ${instrument.value ?? ''}`}
          source={pressureModel.lines}
          version={() => pressureModel.version}
          options={colors => ({
            scales: {
              y: { range: () => [-1, 1] },
              flow: { range: (_plot, low, high) => symmetric(low, high) },
            },
            axes: [
              { size: 36, values: (_plot, ticks, _axis, _space, step) => signedTicks(ticks, step) },
              {
                scale: 'flow',
                side: 1,
                size: 40,
                grid: { show: false },
                values: (_plot, ticks, _axis, _space, step) => signedTicks(ticks, step),
              },
            ],
            series: [
              {},
              { stroke: colors.lines[0] ?? colors.accent, width: 1.4, points: { show: false } },
              {
                scale: 'flow',
                stroke: colors.lines[1] ?? colors.muted,
                width: 1.2,
                dash: [4, 3],
                points: { show: false },
              },
            ],
          })}
        />
      </div>
    </PanelFrame>
  )
}

function symmetric(low: number | null, high: number | null): [number, number] {
  const [bottom, top] = aroundZero(low, high)
  const most = Math.max(1, -bottom, top)
  return [-most, most]
}

function Figures() {
  const imbalance = pressureModel.reading('book.imbalance')
  const flow = pressureModel.reading('book.ofi')
  const spread = pressureModel.reading('book.spreadWiden')
  const burst = pressureModel.reading('vol.burst')
  const balance = figure(imbalance, 'imbalance')
  const depths = figure(flow, 'normalised')
  const quantity = figure(flow, 'ofi')
  const share = (value: number | undefined): string | undefined => {
    return value === undefined ? undefined : `${number(value, 1)}×`
  }
  return (
    <dl class="figures">
      <ReadingFigure
        name="imbalance ±10 bps"
        reading={imbalance}
        refused={pressureModel.reasonAgainst('book.imbalance')}
        value={balance === undefined ? undefined : signed(balance, 2)}
        tone={toneOf(balance)}
        title="(bids − asks) ÷ (bids + asks) of what rests within 10 bps of the mid"
      />
      <ReadingFigure
        name="pressure 10 s"
        reading={flow}
        refused={pressureModel.reasonAgainst('book.ofi')}
        value={depths === undefined ? undefined : `${signed(depths, 1)} depths`}
        tone={toneOf(depths)}
        title={`Added to the bid and taken from the ask, less the reverse: ${quantity === undefined ? 'unknown' : signed(quantity, 3)} ${info.value?.base ?? ''}. No forecast.`}
      />
      <ReadingFigure
        name="spread vs usual"
        reading={spread}
        refused={pressureModel.reasonAgainst('book.spreadWiden')}
        value={share(spread?.value)}
        title="Spread against its median"
      />
      <ReadingFigure
        name="volatility vs usual"
        reading={burst}
        refused={pressureModel.reasonAgainst('vol.burst')}
        value={share(burst?.value)}
        title="How many times larger the mid moves now than it usually does"
      />
    </dl>
  )
}

function toneOf(value: number | undefined): string {
  return value === undefined || value === 0 ? '' : value > 0 ? 'up' : 'down'
}

/** The imbalance as a bar from the middle, and in words. */
function Gauge() {
  const reading = pressureModel.reading('book.imbalance')
  const value = stateNote(reading) === '' ? figure(reading, 'imbalance') : undefined
  const shown = Math.max(-1, Math.min(1, value ?? 0))
  const words =
    value === undefined
      ? 'imbalance unknown'
      : Math.abs(shown) < 0.1
        ? 'both sides alike'
        : shown > 0
          ? 'more bids rest'
          : 'more asks rest'
  return (
    <div class="gauge">
      <span class="down">asks</span>
      <div class="gauge-track" role="img" aria-label={`Book within 10 bps: ${words}`}>
        <i
          class={shown >= 0 ? 'up-fill' : 'down-fill'}
          style={{ left: `${50 + Math.min(0, shown) * 50}%`, width: `${Math.abs(shown) * 50}%` }}
        />
      </div>
      <span class="up">bids</span>
      <em class="muted">{words}</em>
    </div>
  )
}

function PressureTable() {
  const rows = nowMs.value === 0 ? [] : pressureModel.points.slice(-100).toReversed()
  return (
    <DataTable
      caption={`Latest ${rows.length} seconds`}
      columns={['Time UTC', 'Imbalance', 'Pressure, depths']}
      rows={rows.map(([second, imbalance, flow]) => [
        clock(second * 1e6),
        imbalance === null ? '–' : signed(imbalance, 3),
        flow === null ? '–' : signed(flow, 2),
      ])}
    />
  )
}
