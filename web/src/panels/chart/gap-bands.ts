import type { ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts'
import type { CandleGap } from '../../../../src/server/protocol.ts'
import { logical } from '../../draw/chart-brands.ts'

type Target = Parameters<
  NonNullable<
    ReturnType<NonNullable<ReturnType<NonNullable<ISeriesPrimitive['paneViews']>>[number]>['renderer']>
  >['draw']
>[0]

/** Hatched bands over the intervals in which the stream is known to have missed something. */
export class GapBands implements ISeriesPrimitive {
  private gaps: readonly CandleGap[] = []
  private attachedTo: SeriesAttachedParameter<Time> | undefined
  private color = '#f0b429'
  private times: readonly number[] = []

  attached(parameters: SeriesAttachedParameter<Time>): void {
    this.attachedTo = parameters
  }

  detached(): void {
    this.attachedTo = undefined
  }

  /** `times` are the opening times of the bars, seconds. */
  update(gaps: readonly CandleGap[], times: readonly number[], color: string): void {
    this.gaps = gaps
    this.times = times
    this.color = color
    this.attachedTo?.requestUpdate()
  }

  paneViews() {
    return [{ zOrder: () => 'bottom' as const, renderer: () => ({ draw: (target: Target) => this.draw(target) }) }]
  }

  private draw(target: Target): void {
    const scale = this.attachedTo?.chart.timeScale()
    if (scale === undefined || this.gaps.length === 0) return
    const halfBar = scale.options().barSpacing / 2
    target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio: ratio }) => {
      for (const gap of this.gaps) {
        const from = this.x(gap.fromUs / 1e6)
        const to = this.x(gap.toUs / 1e6)
        if (from === undefined || to === undefined) continue
        const left = Math.round((from - halfBar) * ratio)
        const width = Math.max(2, Math.round((to + halfBar) * ratio) - left)
        // Candles that were read again are whole: only the foot of the chart remembers the interruption.
        const height = gap.isReloaded ? Math.round(6 * ratio) : bitmapSize.height
        hatch(context, left, bitmapSize.height - height, width, height, this.color, ratio)
      }
    })
  }

  /** Pixel of the bar that contains this time. */
  private x(seconds: number): number | undefined {
    let low = 0
    let high = this.times.length - 1
    if (high < 0 || seconds < (this.times[0] ?? 0)) return undefined
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.times[middle] ?? 0) <= seconds) low = middle
      else high = middle - 1
    }
    const scale = this.attachedTo?.chart.timeScale()
    return scale?.logicalToCoordinate(logical(low)) ?? undefined
  }
}

function hatch(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  color: string,
  ratio: number,
): void {
  context.save()
  context.beginPath()
  context.rect(left, top, width, height)
  context.clip()
  context.globalAlpha = 0.14
  context.fillStyle = color
  context.fillRect(left, top, width, height)
  context.globalAlpha = 0.55
  context.strokeStyle = color
  context.lineWidth = ratio
  context.beginPath()
  for (let x = left - height; x < left + width; x += 7 * ratio) {
    context.moveTo(x, top + height)
    context.lineTo(x + height, top)
  }
  context.stroke()
  context.restore()
}
