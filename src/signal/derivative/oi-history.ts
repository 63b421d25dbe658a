/** Open interest at one time, and the mark price that was known then. */
export interface OiPoint {
  readonly timeUs: number
  readonly openInterest: number
  readonly price: number
}

/** Windows of at least so many observations tell a change of open interest from the pace at which it is published. */
const LEAST_STEPS = 3

/** Observations of open interest over a window and one before it. */
export class OiHistory {
  private readonly windowUs: number
  private points: OiPoint[] = []

  constructor(windowMs: number) {
    this.windowUs = windowMs * 1000
  }

  get count(): number {
    return this.points.length
  }

  /** Pause between observations on average; undefined with fewer than two. */
  get cadenceMs(): number | undefined {
    const first = this.points[0]
    const last = this.points.at(-1)
    if (first === undefined || last === undefined || this.points.length < 2) return undefined
    return (last.timeUs - first.timeUs) / (this.points.length - 1) / 1000
  }

  /** False for one that is not newer than the newest. */
  add(point: OiPoint): boolean {
    const last = this.points.at(-1)
    if (last !== undefined && point.timeUs <= last.timeUs) return false
    this.points.push(point)
    // The newest point at or before the window's start is what the window is measured from.
    const startUs = point.timeUs - this.windowUs
    let keep = 0
    while ((this.points[keep + 1]?.timeUs ?? Number.POSITIVE_INFINITY) <= startUs) keep++
    if (keep > 0) this.points = this.points.slice(keep)
    return true
  }

  /** Where the window began and where it ends; undefined while it is not covered, or is too short for the cadence. */
  span(): { readonly from: OiPoint; readonly to: OiPoint } | undefined {
    const from = this.points[0]
    const to = this.points.at(-1)
    const { cadenceMs } = this
    if (from === undefined || to === undefined || cadenceMs === undefined) return undefined
    const cadenceUs = cadenceMs * 1000
    const startUs = to.timeUs - this.windowUs
    if (from.timeUs > startUs || this.windowUs < LEAST_STEPS * cadenceUs) return undefined
    return startUs - from.timeUs <= this.windowUs / LEAST_STEPS ? { from, to } : undefined
  }

  clear(): void {
    this.points = []
  }
}
