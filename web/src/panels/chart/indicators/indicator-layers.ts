import type { IChartApi } from 'lightweight-charts'
import type { Palette } from '../../../draw/palette.ts'
import type { CandleModel } from '../candle-model.ts'
import { IndicatorLayer } from './indicator-layer.ts'
import type { IndicatorModel } from './indicator-model.ts'

/** How much higher the prices are than a pane of an indicator. */
const PRICE_STRETCH = 4

/** All indicators of the chart. Overlays share the pane of the prices, each other one has a pane of its own. */
export class IndicatorLayers {
  private readonly chart: IChartApi
  private layers: readonly IndicatorLayer[] = []

  constructor(chart: IChartApi) {
    this.chart = chart
  }

  /** Puts these on the chart, in this order, in place of what was there. */
  show(models: readonly IndicatorModel[], palette: Palette): void {
    for (const layer of this.layers) layer.dispose()
    let panes = 1
    let colors = 0
    this.layers = models.map(model => {
      const isOwn = model.spec.kind.pane === 'own'
      const lines = model.spec.kind.lines.filter(line => line.as === 'line').length
      const first = isOwn ? 0 : colors
      if (!isOwn) colors += lines
      return new IndicatorLayer(this.chart, model, isOwn ? panes++ : 0, first, palette)
    })
    const [prices, ...others] = this.chart.panes()
    prices?.setStretchFactor(PRICE_STRETCH)
    for (const pane of others) pane.setStretchFactor(1)
  }

  /** Takes what changed in the bars, before they count as drawn. */
  follow(model: CandleModel): void {
    for (const layer of this.layers) layer.model.follow(model)
  }

  draw(model: CandleModel): void {
    for (const layer of this.layers) layer.draw(model.bars)
  }

  colorsOf(model: IndicatorModel): readonly string[] {
    return this.layers.find(layer => layer.model === model)?.colors ?? []
  }
}
