import type { ISeriesApi, ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts'
import type { Bar } from '../../../../src/server/protocol.ts'
import { logical } from '../../draw/chart-brands.ts'
import type { Palette } from '../../draw/palette.ts'
import { barAt } from './bar-at.ts'
import type { ShownEpisode } from './shown-episode.ts'

type Target = Parameters<
  NonNullable<
    ReturnType<NonNullable<ReturnType<NonNullable<ISeriesPrimitive['paneViews']>>[number]>['renderer']>
  >['draw']
>[0]

const ARROW = 7
const LABEL_TOP = 6

/** Marks the onset of an episode at its bar, and shades the bars until its end, or up to now while it goes on. */
export class EpisodeMark implements ISeriesPrimitive {
  private attachedTo: SeriesAttachedParameter<Time> | undefined
  private episode: ShownEpisode | undefined
  private bars: readonly Bar[] = []
  private palette: Palette | undefined

  attached(parameters: SeriesAttachedParameter<Time>): void {
    this.attachedTo = parameters
  }

  detached(): void {
    this.attachedTo = undefined
  }

  update(episode: ShownEpisode | undefined, bars: readonly Bar[], palette: Palette): void {
    this.episode = episode
    this.bars = bars
    this.palette = palette
    this.attachedTo?.requestUpdate()
  }

  paneViews() {
    return [{ zOrder: () => 'top' as const, renderer: () => ({ draw: (target: Target) => this.draw(target) }) }]
  }

  private draw(target: Target): void {
    const { attachedTo, episode, palette, bars } = this
    if (attachedTo === undefined || episode === undefined || palette === undefined) return
    const first = barAt(bars, episode.startUs / 1e6)
    if (first === undefined) return
    const last = episode.endUs === undefined ? bars.length - 1 : (barAt(bars, episode.endUs / 1e6) ?? first)
    const scale = attachedTo.chart.timeScale()
    const from = scale.logicalToCoordinate(logical(first))
    const to = scale.logicalToCoordinate(logical(Math.max(first, last)))
    if (from === null || to === null) return
    const half = scale.options().barSpacing / 2
    const color = colorOf(episode, palette)
    const tip = this.tipOf(bars[first], episode.direction)
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.save()
      context.globalAlpha = 0.16
      context.fillStyle = color
      context.fillRect(from - half, 0, to - from + half * 2, mediaSize.height)
      context.globalAlpha = 1
      context.strokeStyle = color
      context.lineWidth = 1
      context.setLineDash([4, 3])
      line(context, from, mediaSize.height)
      // An open end is left open: only an episode that is over has a second edge.
      if (episode.endUs !== undefined && last > first) line(context, to + half, mediaSize.height)
      context.setLineDash([])
      if (tip !== undefined) arrow(context, from, tip, episode.direction, color)
      label(context, episode.name, from, mediaSize.width, palette, color)
      context.restore()
    })
  }

  /** Pixel of the arrow's tip: below the bar when it points up, above it otherwise. */
  private tipOf(bar: Bar | undefined, direction: number): number | undefined {
    if (bar === undefined || this.attachedTo === undefined) return undefined
    const series: Pick<ISeriesApi<'Candlestick'>, 'priceToCoordinate'> = this.attachedTo.series
    const y = series.priceToCoordinate(direction > 0 ? bar[3] : bar[2])
    return y === null ? undefined : y + (direction > 0 ? 4 : -4)
  }
}

function colorOf({ direction }: ShownEpisode, palette: Palette): string {
  return direction > 0 ? palette.up : direction < 0 ? palette.down : palette.accent
}

function line(context: CanvasRenderingContext2D, x: number, height: number): void {
  context.beginPath()
  context.moveTo(x, 0)
  context.lineTo(x, height)
  context.stroke()
}

/** Up, down, or a diamond for no side: never by colour alone. */
function arrow(context: CanvasRenderingContext2D, x: number, y: number, direction: number, color: string): void {
  context.fillStyle = color
  context.beginPath()
  context.moveTo(x, y)
  if (direction > 0) {
    context.lineTo(x - ARROW, y + ARROW * 1.6)
    context.lineTo(x + ARROW, y + ARROW * 1.6)
  } else if (direction < 0) {
    context.lineTo(x - ARROW, y - ARROW * 1.6)
    context.lineTo(x + ARROW, y - ARROW * 1.6)
  } else {
    context.lineTo(x - ARROW, y - ARROW)
    context.lineTo(x, y - ARROW * 2)
    context.lineTo(x + ARROW, y - ARROW)
  }
  context.fill()
}

function label(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  width: number,
  palette: Palette,
  color: string,
): void {
  context.font = `11px ${palette.words}`
  const size = context.measureText(text).width + 10
  const left = Math.max(0, Math.min(width - size, x + 4))
  context.fillStyle = palette.panel
  context.fillRect(left, LABEL_TOP, size, 18)
  context.strokeStyle = color
  context.strokeRect(left + 0.5, LABEL_TOP + 0.5, size - 1, 17)
  context.fillStyle = palette.text
  context.textBaseline = 'middle'
  context.fillText(text, left + 5, LABEL_TOP + 9)
}
