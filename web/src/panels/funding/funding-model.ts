import type { FundingData, FundingPoint, SignalReading } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'

const KEPT = 3600

/** Marks and indices of the last hour, as the plot wants them: one column per series. */
export class FundingModel {
  points: FundingPoint[] = []
  fundingRate: number | undefined
  fundingTimeUs: number | undefined
  tension: SignalReading | undefined
  isDirty = true

  clear(): void {
    this.points = []
    this.fundingRate = undefined
    this.fundingTimeUs = undefined
    this.tension = undefined
    this.isDirty = true
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isFunding(data)) return
    this.points = message.isSnapshot ? [...data.points] : [...this.points, ...data.points].slice(-KEPT)
    this.fundingRate = data.fundingRate
    this.fundingTimeUs = data.fundingTimeUs
    this.tension = data.tension
    this.isDirty = true
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
}

/** (mark − index) ÷ index in basis points; null without an index. */
export function premiumBps(mark: number, index: number): number | null {
  return index > 0 ? ((mark - index) / index) * 10_000 : null
}

function isFunding(data: unknown): data is FundingData {
  return typeof data === 'object' && data !== null && 'points' in data && Array.isArray(data.points)
}
