import { smoothNoise } from './smooth-noise.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const yearMs = 365.25 * dayMs

/** Trading by hour of the day (UTC), 1 on average: Asia's morning, Europe's, and the peak when New York opens. */
const byHour = [
  1.02, 0.98, 0.94, 0.82, 0.74, 0.7, 0.74, 0.86, 0.98, 0.98, 0.94, 0.92, 1.02, 1.34, 1.66, 1.62, 1.42, 1.22, 1.08, 1.0,
  0.98, 0.9, 0.84, 0.9,
]
const weekend = 0.62
/** Markets were smaller then. */
const growthPerYear = 0.2

/** Waves of interest, from months down to seconds: how long they last, and how strong they are. */
const waves: readonly (readonly [spanMs: number, strength: number])[] = [
  [40 * dayMs, 0.45],
  [7 * dayMs, 0.4],
  [20 * hourMs, 0.4],
  [4 * hourMs, 0.4],
  [45 * minuteMs, 0.5],
  [9 * minuteMs, 0.6],
  [100_000, 0.5],
  [15_000, 0.6],
]
const slowMs = 12 * hourMs

/** How busy a market was at a moment of the past, where 1 is as busy as the live market is on average. */
export class PastActivity {
  private readonly seed: number
  private readonly startMs: number
  private readonly atStart: number

  constructor(seed: number, startMs: number) {
    this.seed = seed
    this.startMs = startMs
    // The live market knows no hours: the past is put on its level where both meet, as far as that is no freak hour.
    this.atStart = Math.min(1.7, Math.max(0.6, rhythm(startMs) * Math.exp(this.interest(startMs, slowMs))))
  }

  /** Over a span of `stepMs`; waves that are shorter than that have evened out. */
  at(atMs: number, stepMs: number): number {
    const age = Math.max(0, this.startMs - atMs) / yearMs
    const hours = stepMs < hourMs ? rhythm(atMs) : rhythm(atMs + stepMs / 2)
    return (hours * Math.exp(this.interest(atMs, stepMs * 1.5) - growthPerYear * age)) / this.atStart
  }

  private interest(atMs: number, shortestMs: number): number {
    let sum = 0
    for (const [index, [spanMs, strength]] of waves.entries()) {
      if (spanMs >= shortestMs) sum += strength * smoothNoise(this.seed + index * 7919, atMs / spanMs)
    }
    return sum
  }
}

function rhythm(atMs: number): number {
  const day = Math.floor(atMs / dayMs)
  const hour = (atMs - day * dayMs) / hourMs
  const from = Math.floor(hour)
  const now = byHour[from] ?? 1
  const next = byHour[(from + 1) % 24] ?? 1
  // 1970-01-01 was a Thursday: days 2 and 3 of every seven are the weekend.
  const isWeekend = day % 7 === 2 || day % 7 === 3
  return (now + (next - now) * (hour - from)) * (isWeekend ? weekend : 1)
}
