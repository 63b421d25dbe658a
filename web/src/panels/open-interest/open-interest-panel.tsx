import type { OpenInterestPoint } from '../../../../src/server/protocol.ts'
import { compact, number, signed } from '../../format/number.ts'
import { age, clock, dateTime } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { info, instrument, priceDecimals, quoteUnit } from '../../state/market.ts'
import { isOiInQuote } from '../../state/settings.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { ReadingFigure, textFigure } from '../reading.tsx'
import { around, TimePlot, tickText } from '../time-plot.tsx'
import { type OiChange, openInterestModel } from './open-interest-model.ts'

const SPANS = [
  ['5 min', 300_000],
  ['1 h', 3_600_000],
  ['24 h', 86_400_000],
] as const

listen(
  'openInterest',
  message => openInterestModel.accept(message),
  () => openInterestModel.clear(),
)

/** How many contracts are open, beside the price, and where both went in neutral words. */
export function OpenInterestPanel() {
  return (
    <PanelFrame
      id="openInterest"
      view="openInterest"
      title="Open interest"
      tools={<UnitSwitch />}
      table={OpenInterestTable}
      footer={
        <p>
          <span>
            <i class="swatch line-1" aria-hidden="true" /> open interest ·{' '}
            <i class="swatch line-5" aria-hidden="true" /> price
            <span title={STRIP_WORDS}> · strip: 5 min of both</span>
          </span>
          <Cadence />
        </p>
      }
    >
      <div class="stack">
        <Figures />
        <TimePlot
          panel="openInterest"
          label={`Open interest of ${instrument.value ?? ''} with its price, and a strip of where both went`}
          source={openInterestModel.lines}
          version={() => openInterestModel.version * 2 + (isOiInQuote.value ? 1 : 0)}
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

const STRIP_WORDS =
  'Upper half: price up, lower half: price down. Filled: open interest up, hollow: open interest down. Empty: one of them unchanged.'

/** How often it is asked for, how old the newest answer is, and how far the venue's own statistics reach back. */
function Cadence() {
  const cadence = openInterestModel.cadenceMs.value
  const last = openInterestModel.points.at(-1)
  const reason = openInterestModel.pastReason.value
  const isTold = nowMs.value > 0 && last !== undefined
  const first = openInterestModel.past[0]
  const past =
    reason !== undefined
      ? `No history of the venue: ${reason}`
      : first === undefined
        ? undefined
        : `Before the page: the venue's statistics each 5 min since ${dateTime(first[0])} UTC`
  return (
    <span title={past}>
      {cadence === undefined ? '' : `each ${age(cadence)}, `}
      {isTold ? `${age((serverNowUs() - last[0]) / 1000)} old` : '\u00a0'}
      {reason !== undefined && ' · no history'}
    </span>
  )
}

/** Coins, or their value. */
function UnitSwitch() {
  const isQuote = isOiInQuote.value
  return (
    <button
      type="button"
      class="chip-button"
      aria-pressed={isQuote}
      title="In quote currency instead of coins (Alt+U); quote moves with the price"
      onClick={() => {
        isOiInQuote.value = !isQuote
      }}
    >
      {quoteUnit.value === '' ? 'quote' : quoteUnit.value}
    </button>
  )
}

function unitOf(point: OpenInterestPoint | undefined): string {
  if (isOiInQuote.value) return quoteUnit.value
  return point?.[2] === null ? 'contracts' : (info.value?.base ?? '')
}

function Figures() {
  const last = nowMs.value === 0 ? undefined : openInterestModel.points.at(-1)
  const quadrant = openInterestModel.quadrant.value
  const value = last === undefined ? null : openInterestModel.valueOf(last)
  return (
    <dl class="figures">
      <div>
        <dt>open, {unitOf(last)}</dt>
        <dd title={value === null ? undefined : number(value, 3)}>
          {value === null ? '–' : isOiInQuote.value ? compact(value) : number(value, 0)}
        </dd>
      </div>
      {SPANS.map(([name, spanMs]) => {
        const change = openInterestModel.change(spanMs)
        return (
          <div key={name} title={changeTitle(change)}>
            <dt>{name}</dt>
            <dd>{change === undefined ? '–' : `${signed(change.share * 100, 2)}%`}</dd>
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

/** Against what. */
function changeTitle(change: OiChange | undefined): string {
  if (change === undefined) return 'Nothing is known of that moment: neither an observation nor a statistic is near it'
  const source = change.isStatistic ? "the venue's statistics" : 'the observation'
  return `In contracts or coins as the venue counts, against ${source} of ${dateTime(change.sinceUs)} UTC`
}

function OpenInterestTable() {
  const { all } = openInterestModel
  const first = Math.max(0, all.length - 100)
  const rows = nowMs.value === 0 ? [] : all.slice(first)
  return (
    <DataTable
      caption={`Latest ${rows.length} observations`}
      columns={['Time UTC', `Open interest, ${unitOf(all.at(-1))}`, 'Price', '5 min, in words', 'Source']}
      rows={rows
        .map((point, index) => [
          clock(point[0]),
          valueText(openInterestModel.valueOf(point)),
          point[3] === null ? '–' : number(point[3], priceDecimals.value),
          openInterestModel.wordsAt(first + index) ?? '–',
          openInterestModel.isStatistic(point) ? 'statistics' : 'observed',
        ])
        .toReversed()}
    />
  )
}

function valueText(value: number | null): string {
  return value === null ? '–' : number(value, isOiInQuote.value ? 0 : 3)
}
