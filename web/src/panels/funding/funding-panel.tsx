import uPlot from 'uplot'
import type { Palette } from '../../draw/palette.ts'
import { number, signed } from '../../format/number.ts'
import { clock, countdown, dateTime } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { instrument, priceDecimals } from '../../state/market.ts'
import { fundingPlot } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { signedTicks, TimePlot, type TimePlotProps } from '../time-plot.tsx'
import { fundingModel, premiumBps } from './funding-model.ts'
import { payer } from './payer.ts'
import { Tension } from './tension-line.tsx'

const HOURS_PER_YEAR = 8760
/** Until the settlements have told the interval; said beside the figure. */
const USUAL_HOURS = 8

listen(
  'funding',
  message => fundingModel.accept(message),
  () => fundingModel.clear(),
)

export function FundingPanel() {
  const isSettled = fundingPlot.value === 'settled'
  return (
    <PanelFrame
      id="funding"
      view="funding"
      title="Mark, index, funding"
      tools={<PlotChoice />}
      table={isSettled ? SettledTable : FundingTable}
      footer={isSettled ? <Paid /> : <Tension />}
    >
      <div class="funding">
        <Figures />
        {isSettled ? <SettledPlot /> : <PremiumPlot />}
      </div>
    </PanelFrame>
  )
}

/** Premium of this hour, or what was paid in the last weeks. */
function PlotChoice() {
  const isSettled = fundingPlot.value === 'settled'
  return (
    <button
      type="button"
      class="chip-button"
      aria-pressed={isSettled}
      title="What was paid, in place of the premium"
      onClick={() => {
        fundingPlot.value = isSettled ? 'premium' : 'settled'
      }}
    >
      settled
    </button>
  )
}

function PremiumPlot() {
  return (
    <TimePlot
      key="premium"
      panel="funding"
      label={`Premium of ${instrument.value ?? ''} over its index, basis points`}
      source={{ columns: () => fundingModel.columns() }}
      version={() => fundingModel.version}
      options={colors => premiumOptions(colors)}
    />
  )
}

function SettledPlot() {
  const reason = fundingModel.settledReason.value
  if (reason !== undefined && fundingModel.settled.length === 0)
    return <p class="hint centred">What was paid is not known: {reason}</p>
  return (
    <TimePlot
      key="settled"
      panel="funding"
      label={`Settled funding of ${instrument.value ?? ''}, percent per settlement`}
      source={{ columns: () => fundingModel.settledColumns() }}
      version={() => fundingModel.version}
      options={colors => settledOptions(colors)}
    />
  )
}

function Figures() {
  const { last, fundingRate, fundingTimeUs, intervalHours } = fundingModel
  if (nowMs.value === 0 || last === undefined) return <dl class="figures" />
  const [, mark, index] = last
  const decimals = priceDecimals.value
  const premium = premiumBps(mark, index)
  const hours = intervalHours ?? USUAL_HOURS
  const isKnown = intervalHours !== undefined
  // Rates are compared per eight hours: a contract of eight needs no other figure.
  const isOwnUnit = hours === USUAL_HOURS
  const note = isKnown ? undefined : 'The interval of this contract is not known yet: 8 h is assumed'
  return (
    <dl class="figures">
      <Figure name="Mark" value={number(mark, decimals)} />
      <Figure name="Index" value={index > 0 ? number(index, decimals) : '–'} />
      <Figure name="Premium" value={premium === null ? '–' : `${signed(premium, 1)} bps`} tone={toneOf(premium)} />
      {fundingRate !== undefined && (
        <>
          <Figure
            name={isKnown ? `Funding, ${hours} h` : 'Funding'}
            value={`${signed(fundingRate * 100, 4)}%`}
            tone={toneOf(fundingRate)}
            note="An estimate until its settlement"
          />
          <Figure
            name={!isKnown ? `a year at ${USUAL_HOURS} h` : isOwnUnit ? 'a year' : 'per 8 h, a year'}
            value={
              isKnown && !isOwnUnit
                ? `${signed(((fundingRate * 8) / hours) * 100, 4)}%, ${annual(fundingRate, hours)}`
                : annual(fundingRate, hours)
            }
            note={note}
          />
          <Figure
            name={payer(fundingRate)}
            value={fundingTimeUs === undefined ? '–' : countdown((fundingTimeUs - serverNowUs()) / 1000)}
            note="Until the next settlement"
          />
        </>
      )}
    </dl>
  )
}

function annual(rate: number, hours: number): string {
  return `${signed(rate * (HOURS_PER_YEAR / hours) * 100, 1)}%`
}

interface FigureProps {
  readonly name: string
  readonly value: string
  readonly tone?: string
  readonly note?: string | undefined
}

function Figure({ name, value, tone = '', note }: FigureProps) {
  return (
    <div title={note}>
      <dt>{name}</dt>
      <dd class={tone}>{value}</dd>
    </div>
  )
}

/** What holding a long would have paid, or got. */
function Paid() {
  const tick = nowMs.value
  const spans = [
    ['24 h', 24],
    ['7 d', 168],
    ['30 d', 720],
  ] as const
  const { settled, intervalHours } = fundingModel
  const oldest = settled[0]?.[0] ?? 0
  const newest = settled.at(-1)?.[0] ?? 0
  if (tick === 0 || settled.length === 0) return <p>{'\u00a0'}</p>
  const sums = spans
    .filter(([, hours]) => newest - oldest >= (hours - (intervalHours ?? USUAL_HOURS)) * 3.6e9 - 6e7)
    .map(([name, hours]) => `${signed((fundingModel.paidWithin(hours) ?? 0) * 100, 3)}% in ${name}`)
    .join(', ')
  return (
    <p>
      <span title={`Longs paid ${sums}: sums of the settled rates; below 0 shorts paid`}>longs paid {sums}</span>
      <span>last {clock(newest).slice(0, 5)} UTC</span>
    </p>
  )
}

function toneOf(value: number | null): string {
  return value === null ? '' : value >= 0 ? 'up' : 'down'
}

type PlotLook = ReturnType<TimePlotProps['options']>

function premiumOptions(colors: Palette): PlotLook {
  return {
    scales: { y: { range: (_plot, low, high) => padded(low, high, 0.5) } },
    axes: [{ size: 44, space: 28, values: (_plot, ticks, _axis, _space, step) => signedTicks(ticks, step) }],
    series: [
      {},
      {
        stroke: colors.accent,
        width: 1.4,
        fill: `${colors.accent}1f`,
        fillTo: 0,
        points: { show: false },
        spanGaps: false,
      },
    ],
  }
}

function settledOptions(colors: Palette): PlotLook {
  const bars = uPlot.paths.bars?.({ size: [0.7, 14] })
  return {
    scales: { y: { range: (_plot, low, high) => padded(low, high, 0.002) } },
    axes: [{ size: 56, space: 28, values: (_plot, ticks, _axis, _space, step) => signedTicks(ticks, step) }],
    series: [
      {},
      {
        stroke: colors.accent,
        fill: `${colors.accent}99`,
        width: 1,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      },
    ],
  }
}

/** Zero is always in sight: a premium and a rate have a sign. */
function padded(low: number | null, high: number | null, least: number): [number, number] {
  const bottom = Math.min(0, low ?? 0)
  const top = Math.max(0, high ?? 0)
  const room = Math.max(least, (top - bottom) * 0.12)
  return [bottom - (bottom < 0 ? room : room / 3), top + (top > 0 ? room : room / 3)]
}

function SettledTable() {
  const tick = nowMs.value
  const rows = tick === 0 ? [] : fundingModel.settled.slice(-100).toReversed()
  const hours = fundingModel.intervalHours
  return (
    <DataTable
      caption={`Latest ${rows.length} settlements${hours === undefined ? '' : `, now each ${hours} h`}`}
      columns={['Time UTC', 'Rate %', 'Who paid']}
      rows={rows.map(([timeUs, rate]) => [dateTime(timeUs), signed(rate * 100, 4), payer(rate).replace('pay', 'paid')])}
    />
  )
}

function FundingTable() {
  const tick = nowMs.value
  const rows = tick === 0 ? [] : fundingModel.points.slice(-100).toReversed()
  const decimals = priceDecimals.value
  return (
    <DataTable
      caption={`Latest ${rows.length} mark prices`}
      columns={['Time UTC', 'Mark', 'Index', 'Premium bps', 'Funding %']}
      rows={rows.map(([timeUs, mark, index, rate]) => {
        const premium = premiumBps(mark, index)
        return [
          clock(timeUs),
          number(mark, decimals),
          index > 0 ? number(index, decimals) : '–',
          premium === null ? '–' : signed(premium, 2),
          rate === null ? '–' : signed(rate * 100, 4),
        ]
      })}
    />
  )
}
