import { HistogramSeries, type IChartApi, type ISeriesApi, LineSeries, LineStyle } from 'lightweight-charts'
import type { Bar } from '../../../../../src/server/protocol.ts'
import { stamp } from '../../../draw/chart-brands.ts'
import type { Palette } from '../../../draw/palette.ts'
import { indicatorDecimals } from './indicator-decimals.ts'
import type { IndicatorLine } from './indicator-kinds.ts'
import type { IndicatorModel } from './indicator-model.ts'
import { ProvisionalPoint } from './provisional-point.ts'

interface Stroke {
  readonly line: IndicatorLine
  readonly series: ISeriesApi<'Line'> | ISeriesApi<'Histogram'>
  readonly point: ProvisionalPoint
  readonly color: string
}

/** The lines of one indicator: closed bars cost an update once, the open one only a mark that is drawn with the frame. */
export class IndicatorLayer {
  readonly model: IndicatorModel
  private readonly chart: IChartApi
  private readonly strokes: readonly Stroke[]
  private readonly palette: Palette

  /** `firstColor` is the place of the first line among the colours. */
  constructor(chart: IChartApi, model: IndicatorModel, pane: number, firstColor: number, palette: Palette) {
    this.chart = chart
    this.model = model
    this.palette = palette
    model.needsReset = true
    const { lines, levels = [] } = model.spec.kind
    this.strokes = lines.map((line, index) => this.stroke(line, pane, colorOf(palette, line, firstColor + index)))
    const [first] = this.strokes
    for (const price of levels) {
      first?.series.createPriceLine({
        price,
        color: palette.muted,
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: false,
      })
    }
  }

  /** Colours of the lines, for the legend. */
  get colors(): readonly string[] {
    return this.strokes.map(stroke => stroke.color)
  }

  draw(bars: readonly Bar[]): void {
    const { model } = this
    for (const [index, stroke] of this.strokes.entries()) {
      if (model.needsReset)
        stroke.series.setData(
          bars.slice(0, model.values.length).flatMap((bar, at) => this.datum(stroke, index, bar, at) ?? []),
        )
      else this.update(stroke, index, bars)
      this.mark(stroke, index)
    }
    model.drawn()
  }

  dispose(): void {
    for (const { series } of this.strokes) this.chart.removeSeries(series)
  }

  private update(stroke: Stroke, index: number, bars: readonly Bar[]): void {
    for (let at = this.model.changedFrom; at < this.model.values.length; at++) {
      const bar = bars[at]
      const datum = bar === undefined ? undefined : this.datum(stroke, index, bar, at)
      if (datum !== undefined) stroke.series.update(datum)
    }
  }

  private datum(stroke: Stroke, index: number, bar: Bar, at: number) {
    const value = this.model.values[at]?.[index]
    if (value === undefined) return undefined
    const time = stamp(bar[0])
    if (stroke.line.as === 'line') return { time, value }
    return { time, value, color: value >= 0 ? this.palette.upSoft : this.palette.downSoft }
  }

  private mark(stroke: Stroke, index: number): void {
    const { values, provisional } = this.model
    const value = provisional?.[index]
    const before = values.at(-1)?.[index]
    stroke.point.update(value === undefined ? undefined : { index: values.length, value, before }, stroke.color)
  }

  private stroke(line: IndicatorLine, pane: number, color: string): Stroke {
    const quiet = { lastValueVisible: false, priceLineVisible: false } as const
    const decimals = indicatorDecimals(this.model.spec.kind)
    const isOnPrices = pane === 0
    const format = isOnPrices
      ? {}
      : { priceFormat: { type: 'price' as const, precision: decimals, minMove: 10 ** -decimals } }
    const series =
      line.as === 'line'
        ? this.chart.addSeries(
            LineSeries,
            { ...quiet, ...format, color, lineWidth: 1, crosshairMarkerRadius: 2.5 },
            pane,
          )
        : this.chart.addSeries(HistogramSeries, { ...quiet, ...format, color }, pane)
    const point = new ProvisionalPoint()
    series.attachPrimitive(point)
    return { line, series, point, color }
  }
}

function colorOf(palette: Palette, line: IndicatorLine, index: number): string {
  if (line.as === 'histogram') return palette.muted
  return palette.lines[index % palette.lines.length] ?? palette.accent
}
