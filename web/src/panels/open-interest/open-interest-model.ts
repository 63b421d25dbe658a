import { signal } from '@preact/signals'
import type {
  OpenInterestData,
  OpenInterestPoint,
  QuadrantCode,
  SignalReading,
} from '../../../../src/server/protocol.ts'
import { type Quadrant, quadrantOf, quadrantWords } from '../../../../src/signal/derivative/quadrant.ts'
import type { PanelData } from '../../link/messages.ts'
import { isOiInQuote } from '../../state/settings.ts'
import type { PlotSource, PlotStrip } from '../time-plot.tsx'

const KEPT = 7200
/** As the signal's own: smaller changes are neutral. */
const RULE = { minPriceChange: 0.001, minOiChange: 0.002 }
/** What was said holds no longer than this when nothing follows. */
const SAID_FOR_US = 60e6
/** How far an older value may be from the moment that is asked for, as a share of the span. */
const LOOSE = 0.2
const MOST_LOOSE_US = 330e6

const CODES: readonly Quadrant[] = ['neutral', 'longBuildUp', 'shortCovering', 'shortBuildUp', 'longUnwinding']

type Said = readonly [timeUs: number, code: QuadrantCode | null]

export interface OiChange {
  readonly share: number
  /** Of the older value. */
  readonly sinceUs: number
  /** The older value is of the venue's statistics. */
  readonly isStatistic: boolean
}

/** Open interest as observed and as the venue's statistics tell it, with the price of the moment. */
export class OpenInterestModel {
  points: OpenInterestPoint[] = []
  /** The venue's statistics, oldest first. */
  past: readonly OpenInterestPoint[] = []
  quadrants: Said[] = []
  readonly quadrant = signal<SignalReading | undefined>(undefined)
  readonly cadenceMs = signal<number | undefined>(undefined)
  readonly pastReason = signal<string | undefined>(undefined)
  version = 0
  private joined: readonly OpenInterestPoint[] = []
  private joinedAt = -1

  clear(): void {
    this.points = []
    this.past = []
    this.quadrants = []
    this.quadrant.value = undefined
    this.cadenceMs.value = undefined
    this.pastReason.value = undefined
    this.version++
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isOpenInterest(data)) return
    this.points = message.isSnapshot ? [...data.points] : [...this.points, ...data.points].slice(-KEPT)
    this.quadrants = message.isSnapshot ? [...data.quadrants] : [...this.quadrants, ...data.quadrants].slice(-KEPT)
    if (data.past !== undefined) this.past = data.past
    this.pastReason.value = data.pastReason
    this.quadrant.value = data.quadrant
    this.cadenceMs.value = data.cadenceMs
    this.version++
  }

  /** In coins where that is known, as the venue counts it otherwise; in quote currency when that is wanted and known. */
  valueOf([, quantity, base, price]: OpenInterestPoint): number | null {
    if (isOiInQuote.value) return base === null || price === null ? null : base * price
    return base ?? quantity
  }

  /** Statistics as far as own observations do not reach, then those. */
  get all(): readonly OpenInterestPoint[] {
    if (this.joinedAt !== this.version) {
      const from = this.points[0]?.[0] ?? Number.POSITIVE_INFINITY
      this.joined = [...this.past.filter(point => point[0] < from), ...this.points]
      this.joinedAt = this.version
    }
    return this.joined
  }

  isStatistic(point: OpenInterestPoint): boolean {
    return point[0] < (this.points[0]?.[0] ?? Number.POSITIVE_INFINITY)
  }

  /** Change against what was known so long ago; undefined while nothing is near that moment. */
  change(overMs: number): OiChange | undefined {
    const last = this.all.at(-1)
    if (last === undefined) return undefined
    const wantedUs = last[0] - overMs * 1000
    let found: OpenInterestPoint | undefined
    for (const point of this.all) {
      if (found !== undefined && Math.abs(point[0] - wantedUs) > Math.abs(found[0] - wantedUs)) break
      found = point
    }
    const looseUs = Math.min(MOST_LOOSE_US, overMs * 1000 * LOOSE)
    if (found === undefined || Math.abs(found[0] - wantedUs) > looseUs || !(found[1] > 0)) return undefined
    // Counted as the venue counts: an inverse contract's coins move with the price.
    return { share: last[1] / found[1] - 1, sinceUs: found[0], isStatistic: this.isStatistic(found) }
  }

  /** Price and open interest of the five minutes before, in words; undefined where it cannot be said. */
  wordsAt(index: number): string | undefined {
    const point = this.all[index]
    if (point === undefined) return undefined
    if (this.isStatistic(point)) {
      const quadrant = statisticQuadrant(this.all[index - 1], point)
      return quadrant === undefined ? undefined : quadrantWords(quadrant)
    }
    const code = this.quadrants.findLast(([timeUs]) => timeUs <= point[0])?.[1] ?? null
    const quadrant = code === null ? undefined : CODES[code]
    return quadrant === undefined ? undefined : quadrantWords(quadrant)
  }

  readonly lines: PlotSource = {
    columns: () => [
      this.all.map(point => point[0] / 1e6),
      this.all.map(point => this.valueOf(point)),
      this.all.map(point => point[3]),
    ],
    strips: () => this.strips(),
  }

  private strips(): readonly PlotStrip[] {
    const strips: PlotStrip[] = []
    const add = (quadrant: Quadrant | undefined, fromUs: number, toUs: number): void => {
      if (quadrant === undefined || quadrant === 'neutral') return
      const isUpper = quadrant === 'longBuildUp' || quadrant === 'shortCovering'
      const isFilled = quadrant === 'longBuildUp' || quadrant === 'shortBuildUp'
      strips.push({ fromS: fromUs / 1e6, toS: toUs / 1e6, isUpper, isFilled })
    }
    for (const [index, point] of this.all.entries()) {
      if (!this.isStatistic(point)) break
      const before = this.all[index - 1]
      if (before !== undefined) add(statisticQuadrant(before, point), before[0], point[0])
    }
    for (const [index, [timeUs, code]] of this.quadrants.entries()) {
      const next = this.quadrants[index + 1]?.[0] ?? timeUs + SAID_FOR_US
      add(code === null ? undefined : CODES[code], timeUs, Math.min(next, timeUs + SAID_FOR_US))
    }
    return strips
  }
}

/** The signal's definition on two rows of the statistics, which lie the signal's five minutes apart. */
function statisticQuadrant(before: OpenInterestPoint | undefined, after: OpenInterestPoint): Quadrant | undefined {
  if (before === undefined || after[0] - before[0] > 301e6) return undefined
  const [, , base0, price0] = before
  const [, , base1, price1] = after
  if (base0 === null || base1 === null || price0 === null || price1 === null) return undefined
  return quadrantOf(price1 / price0 - 1, base1 / base0 - 1, RULE)
}

function isOpenInterest(data: unknown): data is OpenInterestData {
  return typeof data === 'object' && data !== null && 'points' in data && Array.isArray(data.points)
}

export const openInterestModel = new OpenInterestModel()
