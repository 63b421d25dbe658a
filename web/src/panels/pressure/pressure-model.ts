import { signal } from '@preact/signals'
import type { PressureData, PressurePoint, RefusedSignal, SignalReading } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'
import type { PlotSource } from '../time-plot.tsx'

const KEPT = 1800
/** Longer pauses are holes in the line. */
const LONGEST_STEP_S = 3

/** Imbalance of the book and order-flow imbalance, second by second. */
export class PressureModel {
  points: PressurePoint[] = []
  readonly readings = signal<readonly SignalReading[]>([])
  readonly refused = signal<readonly RefusedSignal[]>([])
  version = 0

  clear(): void {
    this.points = []
    this.readings.value = []
    this.refused.value = []
    this.version++
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isPressure(data)) return
    this.points = message.isSnapshot ? [...data.points] : [...this.points, ...data.points].slice(-KEPT)
    this.readings.value = data.readings
    this.refused.value = data.refused
    this.version++
  }

  reading(id: string): SignalReading | undefined {
    return this.readings.value.find(reading => reading.signal === id)
  }

  reasonAgainst(id: string): string | undefined {
    return this.refused.value.find(refused => refused.signal === id)?.reason
  }

  readonly lines: PlotSource = {
    columns: () => {
      const times: number[] = []
      const imbalances: (number | null)[] = []
      const flows: (number | null)[] = []
      for (const [second, imbalance, flow] of this.points) {
        const before = times.at(-1)
        if (before !== undefined && second - before > LONGEST_STEP_S) {
          times.push(before + 1)
          imbalances.push(null)
          flows.push(null)
        }
        times.push(second)
        imbalances.push(imbalance)
        flows.push(flow)
      }
      return [times, imbalances, flows]
    },
  }
}

function isPressure(data: unknown): data is PressureData {
  return typeof data === 'object' && data !== null && 'readings' in data && Array.isArray(data.readings)
}

export const pressureModel = new PressureModel()
