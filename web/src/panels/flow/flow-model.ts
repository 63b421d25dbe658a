import { signal } from '@preact/signals'
import type uPlot from 'uplot'
import type { FlowData, FlowPoint, GapSpan, SignalReading } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'
import type { PlotGap, PlotSource } from '../time-plot.tsx'

const KEPT = 3600
/** Seconds of a bar of the delta. */
export const FLOW_BUCKETS = [1, 5, 15, 60] as const

export type FlowBucket = (typeof FLOW_BUCKETS)[number]

/** What takers bought and sold, second by second. */
export class FlowModel {
  points: FlowPoint[] = []
  gaps: readonly GapSpan[] = []
  readonly cvd = signal<SignalReading | undefined>(undefined)
  readonly bucket = signal<FlowBucket>(5)
  /** Second that the sum is counted from; undefined counts as the signal does. */
  readonly anchor = signal<number | undefined>(undefined)
  version = 0

  clear(): void {
    this.points = []
    this.gaps = []
    this.cvd.value = undefined
    this.anchor.value = undefined
    this.version++
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isFlow(data)) return
    this.points = message.isSnapshot ? merged([], data.points) : merged(this.points, data.points)
    if (data.gaps !== undefined) this.gaps = data.gaps
    this.cvd.value = data.cvd
    this.version++
  }

  /** The sum from which an anchor counts. */
  base(): number {
    const from = this.anchor.value
    if (from === undefined) return 0
    return this.points.find(point => point[0] >= from)?.[1] ?? 0
  }

  /** Of both plots: their moments stand above one another. */
  private range(): PlotGap {
    const first = this.points[0]?.[0] ?? 0
    const last = this.points.at(-1)?.[0] ?? 0
    const size = this.bucket.value
    return [Math.max(first, this.anchor.value ?? 0), Math.floor(last / size) * size + size]
  }

  /** Cumulative delta; a gap is a hole in the line. */
  readonly sums: PlotSource = {
    columns: () => {
      const times: number[] = []
      const sums: (number | null)[] = []
      const base = this.base()
      const from = this.anchor.value ?? 0
      let before = 0
      for (const [second, cvd] of this.points) {
        if (second < from) continue
        if (before > 0 && this.isBroken(before, second)) {
          times.push(before + 0.5)
          sums.push(null)
        }
        times.push(second)
        sums.push(cvd === null ? null : cvd - base)
        before = second
      }
      return [times, sums]
    },
    gaps: () => this.bands(),
    range: () => this.range(),
  }

  /** Bars of bought minus sold, those above and those below zero each in a column of their own. */
  readonly bars: PlotSource = {
    columns: (): uPlot.AlignedData => {
      const size = this.bucket.value
      const from = this.anchor.value ?? 0
      const deltas = new Map<number, number>()
      for (const [second, , buy, sell] of this.points) {
        if (second < from) continue
        const start = Math.floor(second / size) * size
        deltas.set(start, (deltas.get(start) ?? 0) + buy - sell)
      }
      const starts = [...deltas.keys()]
      const bars = [...deltas.values()]
      return [starts, bars.map(bar => (bar >= 0 ? bar : null)), bars.map(bar => (bar < 0 ? bar : null))]
    },
    gaps: () => this.bands(),
    range: () => this.range(),
  }

  private bands(): readonly PlotGap[] {
    return this.gaps.map(gap => [gap.fromUs / 1e6, gap.toUs / 1e6])
  }

  private isBroken(fromS: number, toS: number): boolean {
    return this.gaps.some(gap => gap.toUs / 1e6 >= fromS && gap.fromUs / 1e6 <= toS)
  }
}

/** In the order of time; a corrected second replaces what was known of it. */
function merged(known: readonly FlowPoint[], news: readonly FlowPoint[]): FlowPoint[] {
  const newest = known.at(-1)?.[0] ?? 0
  const isBehind = news.every((point, index) => point[0] > (news[index - 1]?.[0] ?? newest))
  if (isBehind) return [...known, ...news].slice(-KEPT)
  const seconds = new Map([...known, ...news].map(point => [point[0], point]))
  return [...seconds.values()].sort((a, b) => a[0] - b[0]).slice(-KEPT)
}

function isFlow(data: unknown): data is FlowData {
  return typeof data === 'object' && data !== null && 'points' in data && Array.isArray(data.points)
}

export const flowModel = new FlowModel()
