import { escapeText } from './escape.ts'
import type { Plot, PlotPoint, PlotSeries } from './plot.ts'

const WIDTH = 480
const HEIGHT = 250
const LEFT = 52
const RIGHT = 28
const TOP = 12
const BOTTOM = 40

interface Scale {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
}

/** A plot as SVG without scripts, fonts or files of others; its colours are classes, so that it follows the page's theme. */
export function svgPlot(plot: Plot): string {
  const points = plot.series.flatMap(series => series.points)
  if (points.length === 0) return ''
  const ys = points.flatMap(point => [point.y, point.low ?? point.y, point.high ?? point.y])
  const xs = [...points.map(point => point.x), ...plot.xTicks.map(tick => tick.x)]
  const ticks = niceTicks(Math.min(0, ...ys), Math.max(0, ...ys))
  // Dots stand away from the edges, lines reach them.
  const margin = plot.series.some(series => series.form === 'dots') ? 0.5 : 0
  const scale = scaleOf(Math.min(...xs) - margin, Math.max(...xs) + margin, ticks[0] ?? 0, ticks.at(-1) ?? 1)
  const label = escapeText(`${plot.title}: ${plot.caption}`)
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">`,
    ...ticks.map(tick => yTick(tick, scale, ticks)),
    ...plot.xTicks.map(({ x, name }) => text(scale.x(x), HEIGHT - BOTTOM + 17, 'tick middle', name)),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, 'axis middle', plot.xName),
    ...plot.series.map(series => (series.form === 'line' ? line(series, scale) : dots(series, scale))),
    '</svg>',
  ].join('')
}

function scaleOf(left: number, right: number, bottom: number, top: number): Scale {
  const inner = WIDTH - LEFT - RIGHT
  const height = HEIGHT - TOP - BOTTOM
  return {
    x: value => LEFT + (right === left ? inner / 2 : ((value - left) / (right - left)) * inner),
    y: value => TOP + ((top - value) / (top - bottom || 1)) * height,
  }
}

/** About five round numbers that enclose both. */
function niceTicks(low: number, high: number): readonly number[] {
  const span = high - low || 1
  const raw = span / 4
  const size = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 2.5, 5, 10].find(factor => factor * size >= raw) ?? 10) * size
  const first = Math.floor(low / step)
  const last = Math.max(first + 1, Math.ceil(high / step))
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step)
}

function yTick(value: number, { y }: Scale, ticks: readonly number[]): string {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0))
  const decimals = Math.max(0, Math.min(4, -Math.floor(Math.log10(step)) + (String(step).includes('25') ? 1 : 0)))
  const name = value
    .toFixed(decimals)
    .replace('-', '−')
    .replace(/^−(0(?:\.0+)?)$/, '$1')
  const at = y(value).toFixed(1)
  const isZero = Math.abs(value) < step / 1000
  return `<path class="${isZero ? 'zero' : 'grid'}" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>${text(LEFT - 6, y(value) + 4, 'tick end', name)}`
}

function line({ points, role }: PlotSeries, scale: Scale): string {
  const place = (x: number, y: number): string => `${scale.x(x).toFixed(1)} ${scale.y(y).toFixed(1)}`
  const path = points.map(({ x, y }) => place(x, y)).join('L')
  const bounded = points.filter(point => point.low !== undefined && point.high !== undefined)
  const up = bounded.map(({ x, y, high }) => place(x, high ?? y))
  const down = [...bounded].reverse().map(({ x, y, low }) => place(x, low ?? y))
  const band = up.length < 2 ? '' : `<path class="band ${role}" d="M${[...up, ...down].join('L')}Z"/>`
  return `${band}<path class="line ${role}" d="M${path}"/>`
}

function dots({ points, role }: PlotSeries, scale: Scale): string {
  // Two series at one place stand beside one another.
  const aside = role === 'main' ? 4 : -4
  return points.map(point => dot(point, role, scale, aside)).join('')
}

function dot({ x, y, low, high }: PlotPoint, role: PlotSeries['role'], scale: Scale, aside: number): string {
  const at = (scale.x(x) + aside).toFixed(1)
  const whisker =
    low === undefined || high === undefined
      ? ''
      : `<path class="whisker ${role}" d="M${at} ${scale.y(low).toFixed(1)}V${scale.y(high).toFixed(1)}"/>`
  return `${whisker}<circle class="dot ${role}" cx="${at}" cy="${scale.y(y).toFixed(1)}" r="3.6"/>`
}

function text(x: number, y: number, style: string, words: string): string {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escapeText(words)}</text>`
}
