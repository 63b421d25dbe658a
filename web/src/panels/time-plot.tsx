import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { frames } from '../draw/frame-loop.ts'
import { type Palette, palette } from '../draw/palette.ts'
import { compact, number } from '../format/number.ts'
import { clock, dateTime } from '../format/time.ts'
import type { PanelId } from '../link/messages.ts'
import { isShown } from '../shell/lamp.ts'
import { isHidden } from '../state/link.ts'

/** Seconds of a gap, and what to say of it. */
export type PlotGap = readonly [fromS: number, toS: number]

export interface PlotSource {
  /** First and last second, where plots that stand above one another share them. @default those of the columns */
  range?(): PlotGap
  /** Seconds, then one column per line. */
  columns(): uPlot.AlignedData
  gaps?(): readonly PlotGap[]
  /** Marks along the foot of the plot. */
  strips?(): readonly PlotStrip[]
}

/** A span at the foot of a plot: in the upper half of the strip or in the lower one, filled or hollow. */
export interface PlotStrip {
  readonly fromS: number
  readonly toS: number
  readonly isUpper: boolean
  readonly isFilled: boolean
}

export interface TimePlotProps {
  readonly panel: PanelId
  readonly label: string
  readonly source: PlotSource
  /** Lines and scales, without what all plots share. */
  readonly options: (colors: Palette) => Pick<uPlot.Options, 'series'> & {
    readonly scales: uPlot.Scales
    readonly axes: readonly uPlot.Axis[]
  }
  /** Grows with every change of the data. */
  readonly version: () => number
  readonly onPick?: (seconds: number) => void
}

/** A plot of the first seconds does not pretend to be a whole history. */
const SHORTEST_SPAN_S = 120
const LEAST_SIZE = 40
const MOST_DECIMALS = 8

/** Lines over time, drawn once per frame when something changed and somebody looks. */
export function TimePlot(props: TimePlotProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => (box.current === null ? undefined : attach(box.current, props)), [])
  return <div class="plot" ref={box} role="img" aria-label={props.label} />
}

function attach(element: HTMLElement, props: TimePlotProps): () => void {
  const { panel, source, version } = props
  let plot: uPlot | undefined
  let drawn = -1
  const size = (): { width: number; height: number } => ({
    width: Math.max(LEAST_SIZE, element.clientWidth),
    height: Math.max(LEAST_SIZE, element.clientHeight),
  })
  const stopColors = palette.subscribe(colors => {
    plot?.destroy()
    plot = new uPlot(plotOptions(props, colors, size()), source.columns(), element)
    if (props.onPick !== undefined) pickBy(plot, props.onPick)
  })
  const observer = new ResizeObserver(() => plot?.setSize(size()))
  observer.observe(element)
  const leave = frames.add({
    isDirty: () => version() !== drawn && !isHidden.value && isShown(panel),
    draw: () => {
      drawn = version()
      plot?.setData(source.columns())
    },
  })
  return () => {
    leave()
    stopColors()
    observer.disconnect()
    plot?.destroy()
  }
}

function pickBy(plot: uPlot, onPick: (seconds: number) => void): void {
  plot.over.addEventListener('click', () => {
    const { idx } = plot.cursor
    const seconds = idx === null || idx === undefined ? undefined : plot.data[0][idx]
    if (seconds !== undefined) onPick(seconds)
  })
}

function plotOptions(props: TimePlotProps, colors: Palette, size: { width: number; height: number }): uPlot.Options {
  const { series, scales, axes } = props.options(colors)
  const look = {
    stroke: colors.muted,
    font: `10px ${colors.words}`,
    grid: { stroke: colors.line, width: 1 },
    ticks: { show: false },
  }
  return {
    ...size,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_plot, low, high) => spanOf(props.source.range?.() ?? [low, high]) },
      ...scales,
    },
    axes: [
      {
        ...look,
        size: 20,
        space: 70,
        values: (_plot, ticks, _axis, _space, step) => ticks.map(tick => timeText(tick, step)),
        incrs: TIME_STEPS,
      },
      ...axes.map(axis => ({ ...look, size: 50, space: 26, ...axis })),
    ],
    series,
    hooks: {
      drawClear: [plot => drawGaps(plot, props.source.gaps?.() ?? [], colors.amber)],
      draw: [plot => drawStrips(plot, props.source.strips?.() ?? [], colors)],
    },
  }
}

const TIME_STEPS = [
  5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000,
  1_728_000, 2_592_000,
]

/** 12:04:08, 12:04 from hours on, 11-21 from days on. */
function timeText(seconds: number, step: number): string {
  const timeUs = seconds * 1e6
  if (step >= 86_400) return dateTime(timeUs).slice(5, 10)
  return step >= 3600 ? clock(timeUs).slice(0, 5) : clock(timeUs)
}

/** Not shorter than what looks like a history. */
function spanOf([low, high]: PlotGap): [number, number] {
  return [Math.min(low, high - SHORTEST_SPAN_S), high]
}

/** Ticks with as many digits as tell them apart. */
export function tickText(ticks: readonly number[], step: number): string[] {
  let decimals = 0
  while (decimals < MOST_DECIMALS && !isWholeAt(step, decimals)) decimals++
  const isLarge = step >= 1000
  return ticks.map(tick => (isLarge ? compact(tick) : number(tick, decimals)))
}

function isWholeAt(step: number, decimals: number): boolean {
  const scaled = step * 10 ** decimals
  return Math.abs(scaled - Math.round(scaled)) < 1e-6 && scaled > 0.5
}

/** The same with the sign, always. */
export function signedTicks(ticks: readonly number[], step: number): string[] {
  const texts = tickText(ticks.map(Math.abs), step)
  return texts.map((text, index) => {
    const tick = ticks[index] ?? 0
    return /[1-9]/.test(text) ? `${tick < 0 ? '−' : '+'}${text}` : text
  })
}

/** Hatched bands over what is missing: amber says so and nothing else. */
function drawGaps(plot: uPlot, gaps: readonly PlotGap[], color: string): void {
  const { ctx, bbox } = plot
  for (const [fromS, toS] of gaps) {
    const left = Math.max(bbox.left, plot.valToPos(fromS, 'x', true))
    const right = Math.min(bbox.left + bbox.width, Math.max(left + 3, plot.valToPos(toS, 'x', true)))
    if (!(right > left)) continue
    ctx.save()
    ctx.beginPath()
    ctx.rect(left, bbox.top, right - left, bbox.height)
    ctx.clip()
    ctx.globalAlpha = 0.16
    ctx.fillStyle = color
    ctx.fillRect(left, bbox.top, right - left, bbox.height)
    ctx.globalAlpha = 0.6
    ctx.strokeStyle = color
    ctx.beginPath()
    for (let x = left - bbox.height; x < right; x += 8) {
      ctx.moveTo(x, bbox.top + bbox.height)
      ctx.lineTo(x + bbox.height, bbox.top)
    }
    ctx.stroke()
    ctx.restore()
  }
}

const STRIP_PX = 6

/** Upper half or lower half of the strip tells one direction, filled or hollow the other: never colour alone. */
function drawStrips(plot: uPlot, strips: readonly PlotStrip[], colors: Palette): void {
  if (strips.length === 0) return
  const { ctx, bbox } = plot
  const half = STRIP_PX * uPlot.pxRatio
  const foot = bbox.top + bbox.height
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, foot - 2 * half, bbox.width, 2 * half)
  ctx.clip()
  ctx.fillStyle = colors.raised
  ctx.fillRect(bbox.left, foot - 2 * half, bbox.width, 2 * half)
  ctx.lineWidth = uPlot.pxRatio
  for (const { fromS, toS, isUpper, isFilled } of strips) {
    const left = plot.valToPos(fromS, 'x', true)
    const width = Math.max(2, plot.valToPos(toS, 'x', true) - left)
    const top = foot - (isUpper ? 2 : 1) * half
    ctx.fillStyle = isUpper ? colors.up : colors.down
    ctx.strokeStyle = ctx.fillStyle
    if (isFilled) ctx.fillRect(left, top, width, half)
    else ctx.strokeRect(left + 0.5, top + 0.5, Math.max(1, width - 1), half - 1)
  }
  ctx.restore()
}

/** Room around the values, with zero in sight. */
export function aroundZero(low: number | null, high: number | null): [number, number] {
  const bottom = Math.min(0, low ?? 0)
  const top = Math.max(0, high ?? 0)
  const room = (top - bottom) * 0.1 || 1
  return [bottom - (bottom < 0 ? room : 0), top + (top > 0 ? room : 0)]
}

/** Room around the values. */
export function around(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const room = (high - low) * 0.12 || Math.max(Math.abs(high) * 0.001, 1e-9)
  return [low - room, high + room]
}
