import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { frames } from '../../draw/frame-loop.ts'
import { type Palette, palette } from '../../draw/palette.ts'
import { compact, number, signed } from '../../format/number.ts'
import { clock, countdown } from '../../format/time.ts'
import { listen } from '../../state/client.ts'
import { isHidden, nowMs, serverNowUs } from '../../state/link.ts'
import { instrument, priceDecimals } from '../../state/market.ts'
import { DataTable } from '../data-table.tsx'
import { PanelFrame } from '../panel-frame.tsx'
import { figure, stateNote, textFigure } from '../reading.tsx'
import { FundingModel, premiumBps } from './funding-model.ts'

/** A plot of the first seconds does not pretend to be a whole history. */
const SHORTEST_SPAN_S = 120
const HOURS_PER_YEAR = 8760
/** Until two settlements have told the interval; said beside the figure. */
const USUAL_HOURS = 8

export const fundingModel = new FundingModel()

listen(
  'funding',
  message => fundingModel.accept(message),
  () => fundingModel.clear(),
)

export function FundingPanel() {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return undefined
    let plot: uPlot | undefined
    const build = (): void => {
      plot?.destroy()
      const [width, height] = [Math.max(40, element.clientWidth), Math.max(40, element.clientHeight)]
      plot = new uPlot(plotOptions(palette.value, width, height), fundingModel.columns(), element)
    }
    const stopColors = palette.subscribe(build)
    const observer = new ResizeObserver(() => {
      plot?.setSize({ width: Math.max(40, element.clientWidth), height: Math.max(40, element.clientHeight) })
    })
    observer.observe(element)
    const leave = frames.add({
      isDirty: () => fundingModel.isDirty && !isHidden.value,
      draw: () => {
        fundingModel.isDirty = false
        plot?.setData(fundingModel.columns())
      },
    })
    return () => {
      leave()
      stopColors()
      observer.disconnect()
      plot?.destroy()
    }
  }, [])
  return (
    <PanelFrame id="funding" view="funding" title="Mark, index, funding" table={FundingTable} footer={<Tension />}>
      <div class="funding">
        <Figures />
        <div
          class="plot"
          ref={box}
          role="img"
          aria-label={`Premium of ${instrument.value ?? ''} over its index, basis points`}
        />
      </div>
    </PanelFrame>
  )
}

function Figures() {
  const { last, fundingRate, fundingTimeUs } = fundingModel
  if (nowMs.value === 0 || last === undefined) return <dl class="figures" />
  const [, mark, index] = last
  const decimals = priceDecimals.value
  const premium = premiumBps(mark, index)
  const hours = figure(fundingModel.tension, 'intervalHours')
  return (
    <dl class="figures">
      <Figure name="Mark" value={number(mark, decimals)} />
      <Figure name="Index" value={index > 0 ? number(index, decimals) : '–'} />
      <Figure name="Premium" value={premium === null ? '–' : `${signed(premium, 1)} bps`} tone={toneOf(premium)} />
      {fundingRate !== undefined && (
        <>
          <Figure name="Funding" value={`${signed(fundingRate * 100, 4)}%`} tone={toneOf(fundingRate)} />
          <Figure
            name={hours === undefined ? `a year at ${USUAL_HOURS} h` : `a year, each ${hours} h`}
            value={`${signed(fundingRate * (HOURS_PER_YEAR / (hours ?? USUAL_HOURS)) * 100, 1)}%`}
          />
          <Figure
            name={payer(fundingRate)}
            value={fundingTimeUs === undefined ? '–' : countdown((fundingTimeUs - serverNowUs()) / 1000)}
          />
        </>
      )}
    </dl>
  )
}

function Figure({ name, value, tone = '' }: { readonly name: string; readonly value: string; readonly tone?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={tone}>{value}</dd>
    </div>
  )
}

/** The sign in words. */
function payer(rate: number): string {
  if (rate === 0) return 'nobody pays'
  return rate > 0 ? 'longs pay shorts' : 'shorts pay longs'
}

/** Funding against flow, in words, with the terms it stands on. */
function Tension() {
  const { tension, fundingRate } = fundingModel
  if (nowMs.value === 0 || fundingRate === undefined) return <p>{'\u00a0'}</p>
  const note = stateNote(tension)
  const share = figure(tension, 'buyShare')
  const quote = figure(tension, 'quote')
  const score = figure(tension, 'score')
  if (tension === undefined) return <p>{`${payer(fundingRate)}; the rate is an estimate until its settlement`}</p>
  if (note !== '' || share === undefined || score === undefined) {
    return (
      <p title={note === 'warming' ? 'It needs two settlements, or their interval, and enough volume' : undefined}>
        <span>
          {payer(fundingRate)} · tension{' '}
          <span class={note === 'warming' ? 'muted' : 'amber'}>{note === 'warming' ? 'warming up' : note}</span>
        </span>
      </p>
    )
  }
  const against = textFigure(tension, 'state') === 'none' ? 'no tension' : `tension ${signed(score, 2)}`
  return (
    <p>
      <span>
        {against}: {payer(fundingRate)}, {number(share * 100, 0)}% of {quote === undefined ? '' : `${compact(quote)} `}
        taker volume is buying
      </span>
    </p>
  )
}

function toneOf(value: number | null): string {
  return value === null ? '' : value >= 0 ? 'up' : 'down'
}

function plotOptions(colors: Palette, width: number, height: number): uPlot.Options {
  const axis = {
    stroke: colors.muted,
    font: `10px ${colors.words}`,
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
  }
  return {
    width,
    height,
    padding: [6, 10, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_plot, low, high) => [Math.min(low, high - SHORTEST_SPAN_S), high] },
      y: { range: (_plot, low, high) => padded(low, high) },
    },
    axes: [
      {
        ...axis,
        size: 22,
        space: 70,
        values: (_plot, ticks) => ticks.map(tick => clock(tick * 1e6)),
        incrs: [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800],
      },
      { ...axis, size: 44, space: 28, values: (_plot, ticks) => ticks.map(tick => signed(tick, 1)) },
    ],
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

/** Zero is always in sight: a premium has a sign. */
function padded(low: number | null, high: number | null): [number, number] {
  const bottom = Math.min(0, low ?? 0)
  const top = Math.max(0, high ?? 0)
  const room = Math.max(0.5, (top - bottom) * 0.12)
  return [bottom - (bottom < 0 ? room : room / 3), top + (top > 0 ? room : room / 3)]
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
