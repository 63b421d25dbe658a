import {
  CandlestickSeries,
  CrosshairMode,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type LogicalRange,
  type MouseEventParams,
} from 'lightweight-charts'
import type { Bar } from '../../../../src/server/protocol.ts'
import { stamp } from '../../draw/chart-brands.ts'
import type { Palette } from '../../draw/palette.ts'
import { locale } from '../../format/locale.ts'
import { compact, number } from '../../format/number.ts'
import { dateTime } from '../../format/time.ts'
import { barAt } from './bar-at.ts'
import type { CandleModel } from './candle-model.ts'
import { EpisodeMark } from './episode-mark.ts'
import { GapBands } from './gap-bands.ts'
import { IndicatorLayers } from './indicators/indicator-layers.ts'
import type { IndicatorModel } from './indicators/indicator-model.ts'
import type { ShownEpisode } from './shown-episode.ts'

const OLDER_WITHIN_BARS = 30
/** Room behind the newest bar. */
const EDGE_BARS = 6

export interface ChartEvents {
  onHover(bar: Bar | undefined, index: number | undefined): void
  /** @returns false when there is nothing older to wait for */
  onNeedOlder(): boolean
}

/** The candles on screen: one `update` per changed bar and frame, the whole series only when its past changed. */
export class ChartRenderer {
  private readonly chart: IChartApi
  private readonly candles: ISeriesApi<'Candlestick'>
  private readonly volume: ISeriesApi<'Histogram'>
  private readonly bought: ISeriesApi<'Histogram'>
  private readonly bands = new GapBands()
  private readonly mark = new EpisodeMark()
  private episode: ShownEpisode | undefined
  /** Second that is to be brought to the eye as soon as there are bars and a place to draw them. */
  private goal: number | undefined
  private hoveredPrice: number | undefined
  private readonly events: ChartEvents
  private readonly box: HTMLElement
  readonly indicators: IndicatorLayers
  private shown: readonly IndicatorModel[] = []
  private readonly model: CandleModel
  private palette: Palette
  private decimals = -1

  constructor(box: HTMLElement, model: CandleModel, palette: Palette, events: ChartEvents) {
    this.model = model
    this.palette = palette
    this.events = events
    this.box = box
    this.chart = createChart(box, { autoSize: true, ...chartOptions(palette) })
    const scale = { priceScaleId: 'volume', priceFormat: { type: 'custom', formatter: compact } } as const
    const quiet = { lastValueVisible: false, priceLineVisible: false }
    this.volume = this.chart.addSeries(HistogramSeries, { ...scale, ...quiet })
    this.bought = this.chart.addSeries(HistogramSeries, { ...scale, ...quiet })
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.84, bottom: 0 }, visible: false })
    this.candles = this.chart.addSeries(CandlestickSeries, candleOptions(palette))
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.2 } })
    this.candles.attachPrimitive(this.bands)
    this.candles.attachPrimitive(this.mark)
    this.indicators = new IndicatorLayers(this.chart)
    this.recolor(palette)
    this.chart.subscribeCrosshairMove(event => {
      const index = hoveredIndex(event)
      this.hoveredPrice = event.point === undefined ? undefined : this.priceIn(event.point.y)
      events.onHover(index === undefined ? undefined : this.model.bars[index], index)
    })
    this.chart.timeScale().subscribeVisibleLogicalRangeChange(range => {
      if (isNearStart(range) && this.model.bars.length > 0) events.onNeedOlder()
    })
  }

  recolor(palette: Palette): void {
    this.palette = palette
    this.chart.applyOptions(chartOptions(palette))
    this.candles.applyOptions(candleOptions(palette))
    this.volume.applyOptions({ color: palette.downSoft })
    this.bought.applyOptions({ color: palette.upSoft })
    this.indicators.show(this.shown, palette)
    this.model.needsReset = true
    this.model.isDirty = true
  }

  /** Which indicators are drawn. */
  setIndicators(models: readonly IndicatorModel[]): void {
    this.shown = models
    this.indicators.show(models, this.palette)
    this.model.isDirty = true
  }

  setDecimals(decimals: number): void {
    if (decimals === this.decimals) return
    this.decimals = decimals
    this.candles.applyOptions({ priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals } })
    this.chart.applyOptions({ localization: { priceFormatter: (price: number) => number(price, decimals) } })
  }

  draw(): void {
    const { model } = this
    this.indicators.follow(model)
    if (model.needsReset) {
      const { bars } = model
      this.candles.setData(bars.map(candle))
      this.volume.setData(bars.map(bar => this.total(bar)))
      this.bought.setData(bars.filter(bar => bar[6] >= 0).map(bar => this.buys(bar)))
    } else {
      for (let index = model.changedFrom; index < model.bars.length; index++) {
        const bar = model.bars[index]
        if (bar === undefined) continue
        this.candles.update(candle(bar))
        this.volume.update(this.total(bar))
        if (bar[6] >= 0) this.bought.update(this.buys(bar))
      }
    }
    this.indicators.draw(model)
    model.needsReset = false
    model.changedFrom = Number.POSITIVE_INFINITY
    model.isDirty = false
    const times = model.gaps.length === 0 ? [] : model.bars.map(bar => bar[0])
    this.bands.update(model.gaps, times, this.palette.amber)
    this.mark.update(this.episode, model.bars, this.palette)
    this.approach()
  }

  /** True while there is something to go to: bars may still be on their way. */
  get isUnderWay(): boolean {
    return this.goal !== undefined
  }

  /** Marks an episode; undefined takes the mark away. */
  setEpisode(episode: ShownEpisode | undefined): void {
    this.episode = episode
    this.model.isDirty = true
  }

  /** Brings a time to the eye, as soon as its bars are there. */
  goTo(seconds: number): void {
    this.goal = seconds
    this.model.isDirty = true
  }

  /** Pixel of a price within the chart; undefined where it is not in sight. */
  yOf(price: number): number | undefined {
    const y = this.model.bars.length === 0 ? null : this.candles.priceToCoordinate(price)
    const height = this.chart.panes()[0]?.getHeight() ?? 0
    return y === null || y < 0 || y > height ? undefined : y
  }

  /** Price at a height of the page; undefined outside of the prices. */
  priceAt(clientY: number): number | undefined {
    return this.priceIn(clientY - this.box.getBoundingClientRect().top)
  }

  /** Price under the crosshair. */
  get crosshairPrice(): number | undefined {
    return this.hoveredPrice
  }

  /** First and last second in sight, for tests. */
  visibleRange(): readonly [number, number] | undefined {
    const range = this.chart.timeScale().getVisibleLogicalRange()
    const { bars } = this.model
    if (range === null || bars.length === 0) return undefined
    const at = (index: number): number => bars[Math.min(bars.length - 1, Math.max(0, Math.round(index)))]?.[0] ?? 0
    return [at(range.from), at(range.to)]
  }

  /** Muted while the data is not live. */
  setLive(isLive: boolean): void {
    this.candles.applyOptions({ priceLineVisible: isLive, lastValueVisible: isLive })
  }

  toEdge(): void {
    this.chart.timeScale().scrollToRealTime()
  }

  resetScale(): void {
    this.chart.priceScale('right').applyOptions({ autoScale: true })
    this.chart.timeScale().resetTimeScale()
  }

  pan(bars: number): void {
    const scale = this.chart.timeScale()
    scale.scrollToPosition(scale.scrollPosition() + bars, false)
  }

  zoom(factor: number): void {
    const scale = this.chart.timeScale()
    scale.applyOptions({ barSpacing: Math.max(1, Math.min(40, scale.options().barSpacing * factor)) })
  }

  dispose(): void {
    this.chart.remove()
  }

  private priceIn(y: number): number | undefined {
    const height = this.chart.panes()[0]?.getHeight() ?? 0
    return y < 0 || y > height ? undefined : (this.candles.coordinateToPrice(y) ?? undefined)
  }

  /** The onset stands in the left third, so that what followed is seen. */
  private approach(): void {
    const { goal, model } = this
    const scale = this.chart.timeScale()
    const [first] = model.bars
    if (goal === undefined || first === undefined || scale.width() === 0) return
    const index = barAt(model.bars, goal)
    if (index === undefined) {
      if (!this.events.onNeedOlder()) this.goal = undefined
      return
    }
    this.goal = undefined
    const range = scale.getVisibleLogicalRange()
    const width = range === null ? 100 : Math.min(200, Math.max(30, range.to - range.from))
    const from = Math.min(index - width / 3, model.bars.length + EDGE_BARS - width)
    scale.setVisibleLogicalRange({ from, to: from + width })
  }

  private total(bar: Bar) {
    const [time, , , , , volume, bought] = bar
    const isSplit = bought >= 0
    const isUp = bar[4] >= bar[1]
    const color = isSplit || !isUp ? this.palette.downSoft : this.palette.upSoft
    return { time: stamp(time), value: volume, color }
  }

  private buys(bar: Bar) {
    return { time: stamp(bar[0]), value: bar[6], color: this.palette.upSoft }
  }
}

function hoveredIndex({ point, logical }: MouseEventParams): number | undefined {
  return point === undefined || logical === undefined ? undefined : Math.round(logical)
}

function candle(bar: Bar) {
  const [time, open, high, low, close] = bar
  return { time: stamp(time), open, high, low, close }
}

function isNearStart(range: LogicalRange | null): boolean {
  return range !== null && range.from < OLDER_WITHIN_BARS
}

function chartOptions(palette: Palette) {
  const grid = { color: palette.line }
  const label = { labelBackgroundColor: palette.cursor }
  return {
    layout: {
      background: { color: palette.panel },
      textColor: palette.muted,
      fontFamily: palette.words,
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: palette.line, separatorHoverColor: palette.raised, enableResize: true },
    },
    localization: {
      locale,
      timeFormatter: (time: unknown) => (typeof time === 'number' ? `${dateTime(time * 1e6)} UTC` : ''),
    },
    grid: { vertLines: grid, horzLines: grid },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: palette.cursor, ...label },
      horzLine: { color: palette.cursor, ...label },
    },
    rightPriceScale: { borderColor: palette.line, minimumWidth: 64 },
    timeScale: {
      borderColor: palette.line,
      timeVisible: true,
      secondsVisible: false,
      rightOffset: 6,
      barSpacing: 7,
      minBarSpacing: 1,
    },
  }
}

function candleOptions(palette: Palette) {
  return {
    upColor: palette.up,
    downColor: palette.down,
    wickUpColor: palette.up,
    wickDownColor: palette.down,
    borderVisible: false,
    priceLineColor: palette.accent,
    priceLineWidth: 1 as const,
  }
}
