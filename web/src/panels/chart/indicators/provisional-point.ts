import type { ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts'
import { logical } from '../../../draw/chart-brands.ts'

type Target = Parameters<
  NonNullable<
    ReturnType<NonNullable<ReturnType<NonNullable<ISeriesPrimitive['paneViews']>>[number]>['renderer']>
  >['draw']
>[0]

interface Point {
  /** Index of the open bar. */
  readonly index: number
  readonly value: number
  /** Value of the bar before; undefined where there is none. */
  readonly before: number | undefined
}

/** The value of the open bar: a dashed line to a hollow mark, because it may turn back until the bar closes. */
export class ProvisionalPoint implements ISeriesPrimitive {
  private attachedTo: SeriesAttachedParameter<Time> | undefined
  private point: Point | undefined
  private color = ''

  attached(parameters: SeriesAttachedParameter<Time>): void {
    this.attachedTo = parameters
  }

  detached(): void {
    this.attachedTo = undefined
  }

  update(point: Point | undefined, color: string): void {
    this.point = point
    this.color = color
    this.attachedTo?.requestUpdate()
  }

  /** The mark stays inside of its pane. */
  autoscaleInfo(_from: number, to: number) {
    const { point } = this
    if (point === undefined || to < point.index) return null
    return { priceRange: { minValue: point.value, maxValue: point.value } }
  }

  paneViews() {
    return [{ zOrder: () => 'top' as const, renderer: () => ({ draw: (target: Target) => this.draw(target) }) }]
  }

  private draw(target: Target): void {
    const { attachedTo, point, color } = this
    if (attachedTo === undefined || point === undefined) return
    const scale = attachedTo.chart.timeScale()
    const x = scale.logicalToCoordinate(logical(point.index))
    const y = attachedTo.series.priceToCoordinate(point.value)
    if (x === null || y === null) return
    const fromX = scale.logicalToCoordinate(logical(point.index - 1))
    const fromY = point.before === undefined ? null : attachedTo.series.priceToCoordinate(point.before)
    target.useMediaCoordinateSpace(({ context }) => {
      context.save()
      context.strokeStyle = color
      context.lineWidth = 1.5
      if (fromX !== null && fromY !== null) {
        context.setLineDash([3, 3])
        context.beginPath()
        context.moveTo(fromX, fromY)
        context.lineTo(x, y)
        context.stroke()
        context.setLineDash([])
      }
      context.beginPath()
      context.arc(x, y, 2.5, 0, Math.PI * 2)
      context.stroke()
      context.restore()
    })
  }
}
