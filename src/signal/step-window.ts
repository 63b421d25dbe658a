import { TimeWindow } from './time-window.ts'

/** A window is divided into so many steps: what is inside leaves step by step. */
const STEPS = 900

/** Sums of a rolling window that need not be exact at its old end, in the memory of some steps however much is pushed. */
export class StepWindow {
  private readonly window: TimeWindow
  private readonly stepUs: number
  /** What the step that collects now has so far. */
  private readonly open: Float64Array
  private openUs = Number.NEGATIVE_INFINITY

  /** @throws ConfigError for a size that is not above 0 */
  constructor(sizeMs: number, columns: number) {
    this.window = new TimeWindow(sizeMs, columns)
    this.stepUs = (sizeMs * 1000) / STEPS
    this.open = new Float64Array(columns)
  }

  sum(column: number): number {
    return this.window.sum(column) + (this.open[column] ?? 0)
  }

  /** Moves the window's end. */
  advance(timeUs: number): void {
    const stepUs = Math.floor(timeUs / this.stepUs) * this.stepUs
    if (stepUs <= this.openUs) return
    if (this.open.some(value => value !== 0)) this.window.push(this.openUs, ...this.open)
    this.open.fill(0)
    this.openUs = stepUs
    this.window.advance(timeUs)
  }

  /** Adds to a column of the step of this time; what comes late counts in the step that collects now. */
  add(timeUs: number, column: number, value: number): void {
    this.advance(timeUs)
    this.open[column] = (this.open[column] ?? 0) + value
  }

  clear(): void {
    this.window.clear()
    this.open.fill(0)
    this.openUs = Number.NEGATIVE_INFINITY
  }
}
