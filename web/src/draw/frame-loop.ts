const FRAMES_KEPT = 600

export interface Drawable {
  /** True when something changed since the last drawing. */
  isDirty(): boolean
  draw(nowMs: number): void
}

/** One drawing per animation frame, of what is dirty and nothing else. */
export class FrameLoop {
  private readonly drawables = new Set<Drawable>()
  private readonly durations: number[] = []
  private readonly intervals: number[] = []
  private lastMs = 0
  private isRunning = false

  add(drawable: Drawable): () => void {
    this.drawables.add(drawable)
    return () => void this.drawables.delete(drawable)
  }

  start(): void {
    if (this.isRunning) return
    this.isRunning = true
    this.lastMs = 0
    requestAnimationFrame(nowMs => this.frame(nowMs))
  }

  /** A hidden tab draws nothing. */
  stop(): void {
    this.isRunning = false
  }

  figures(): {
    readonly fps: number
    readonly frameP50: number
    readonly frameP95: number
    readonly frameP99: number
    readonly busyP95: number
  } {
    const sorted = this.intervals.toSorted((a, b) => a - b)
    const busy = this.durations.toSorted((a, b) => a - b)
    const at = (values: readonly number[], share: number): number =>
      values[Math.floor((values.length - 1) * share)] ?? 0
    const mean = sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length)
    return {
      fps: mean === 0 ? 0 : 1000 / mean,
      frameP50: at(sorted, 0.5),
      frameP95: at(sorted, 0.95),
      frameP99: at(sorted, 0.99),
      busyP95: at(busy, 0.95),
    }
  }

  private frame(nowMs: number): void {
    if (!this.isRunning) return
    if (this.lastMs > 0) push(this.intervals, nowMs - this.lastMs)
    this.lastMs = nowMs
    const startedMs = performance.now()
    for (const drawable of this.drawables) if (drawable.isDirty()) drawable.draw(nowMs)
    push(this.durations, performance.now() - startedMs)
    requestAnimationFrame(next => this.frame(next))
  }
}

function push(values: number[], value: number): void {
  values.push(value)
  if (values.length > FRAMES_KEPT) values.shift()
}

export const frames = new FrameLoop()
