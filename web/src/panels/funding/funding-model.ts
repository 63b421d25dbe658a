import { signal } from '@preact/signals'
import type { FundingData, FundingPoint, SettledPoint, SignalReading } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'

const KEPT = 3600

/** Marks and indices of the last hour, as the plot wants them: one column per series. */
export class FundingModel {
  points: FundingPoint[] = []
  fundingRate: number | undefined
  fundingTimeUs: number | undefined
  tension: SignalReading | undefined
  /** Hours between settlements; undefined until they are known. */
  intervalHours: number | undefined
  /** What was paid, oldest first. */
  settled: readonly SettledPoint[] = []
  readonly settledReason = signal<string | undefined>(undefined)
  version = 0

  clear(): void {
    this.points = []
    this.fundingRate = undefined
    this.fundingTimeUs = undefined
    this.tension = undefined
    this.intervalHours = undefined
    this.settled = []
    this.settledReason.value = undefined
    this.version++
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isFunding(data)) return
    this.points = message.isSnapshot ? [...data.points] : [...this.points, ...data.points].slice(-KEPT)
    this.fundingRate = data.fundingRate
    this.fundingTimeUs = data.fundingTimeUs
    this.tension = data.tension
    this.intervalHours = data.intervalHours
    if (data.settled !== undefined) this.settled = data.settled
    this.settledReason.value = data.settledReason
    this.version++
  }

  get last(): FundingPoint | undefined {
    return this.points.at(-1)
  }

  /** Seconds and premium in basis points of the index. */
  columns(): [number[], (number | null)[]] {
    const times: number[] = []
    const premiums: (number | null)[] = []
    for (const [timeUs, mark, index] of this.points) {
      const seconds = timeUs / 1e6
      const before = times.at(-1)
      // A pause in the stream is a hole in the line, not a straight stroke over it.
      if (before !== undefined && seconds - before > 10) {
        times.push(before + 1)
        premiums.push(null)
      }
      times.push(seconds)
      premiums.push(premiumBps(mark, index))
    }
    return [times, premiums]
  }

  /** Seconds and percent of each settlement; each stands at the full minute that the venue meant. */
  settledColumns(): [number[], number[]] {
    return [this.settled.map(([timeUs]) => Math.round(timeUs / 6e7) * 60), this.settled.map(([, rate]) => rate * 100)]
  }

  /** Sum of what longs paid within so long before the newest settlement, as a fraction; undefined while nothing is known. */
  paidWithin(hours: number): number | undefined {
    const newest = this.settled.at(-1)?.[0]
    if (newest === undefined) return undefined
    const sinceUs = newest - hours * 3.6e9 + 6e7
    return this.settled.filter(([timeUs]) => timeUs >= sinceUs).reduce((sum, [, rate]) => sum + rate, 0)
  }
}

/** (mark − index) ÷ index in basis points; null without an index. */
export function premiumBps(mark: number, index: number): number | null {
  return index > 0 ? ((mark - index) / index) * 10_000 : null
}

function isFunding(data: unknown): data is FundingData {
  return typeof data === 'object' && data !== null && 'points' in data && Array.isArray(data.points)
}

export const fundingModel = new FundingModel()
