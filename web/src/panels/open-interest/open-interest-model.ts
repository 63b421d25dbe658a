import { signal } from '@preact/signals'
import type { OpenInterestData, OpenInterestPoint, SignalReading } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'
import type { PlotSource } from '../time-plot.tsx'

const KEPT = 7200

/** Open interest as observed, with the mark price at each observation. */
export class OpenInterestModel {
  points: OpenInterestPoint[] = []
  readonly quadrant = signal<SignalReading | undefined>(undefined)
  readonly cadenceMs = signal<number | undefined>(undefined)
  version = 0

  clear(): void {
    this.points = []
    this.quadrant.value = undefined
    this.cadenceMs.value = undefined
    this.version++
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isOpenInterest(data)) return
    this.points = message.isSnapshot ? [...data.points] : [...this.points, ...data.points].slice(-KEPT)
    this.quadrant.value = data.quadrant
    this.cadenceMs.value = data.cadenceMs
    this.version++
  }

  /** In coins where that is known, as the venue counts it otherwise. */
  valueOf(point: OpenInterestPoint): number {
    return point[2] ?? point[1]
  }

  /** Change against the observation of so long ago; undefined while nothing is that old. */
  change(overMs: number): number | undefined {
    const last = this.points.at(-1)
    if (last === undefined) return undefined
    const untilUs = last[0] - overMs * 1000
    let found: OpenInterestPoint | undefined
    for (const point of this.points) {
      if (point[0] > untilUs) break
      found = point
    }
    // Counted as the venue counts: an inverse contract's coins move with the price.
    return found === undefined || !(found[1] > 0) ? undefined : last[1] / found[1] - 1
  }

  readonly lines: PlotSource = {
    columns: () => [
      this.points.map(point => point[0] / 1e6),
      this.points.map(point => this.valueOf(point)),
      this.points.map(point => point[3]),
    ],
  }
}

function isOpenInterest(data: unknown): data is OpenInterestData {
  return typeof data === 'object' && data !== null && 'points' in data && Array.isArray(data.points)
}

export const openInterestModel = new OpenInterestModel()
