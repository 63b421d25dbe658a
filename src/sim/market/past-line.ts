import { smoothNoise } from '../tape/smooth-noise.ts'

export interface Span {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

interface Minute {
  readonly openMs: number
  readonly open: number
  high: number
  low: number
  close: number
}

const minuteMs = 60_000
/** Live minutes kept: two days. */
const keptMinutes = 2880
const samplesPerSpan = 12
const waves: readonly (readonly [spanMs: number, strength: number])[] = [
  [9 * 86_400_000, 1],
  [86_400_000, 0.8],
  [3 * 3_600_000, 0.5],
  [25 * minuteMs, 0.3],
  [4 * minuteMs, 0.15],
]

/**
 * A figure over time: noted while the market lives, and before that a smooth line that leads up to where it began. The
 * same moment always has the same value.
 */
export class PastLine {
  private readonly seed: number
  private readonly startMs: number
  private readonly startValue: number
  private readonly amplitude: number
  private readonly noiseAtStart: number
  private minutes: Minute[] = []

  /** `amplitude` is what the line strays by, in units of the figure. */
  constructor(seed: number, startMs: number, startValue: number, amplitude: number) {
    this.seed = seed
    this.startMs = startMs
    this.startValue = startValue
    this.amplitude = amplitude
    this.noiseAtStart = this.noise(startMs)
  }

  note(nowMs: number, value: number): void {
    const openMs = Math.floor(nowMs / minuteMs) * minuteMs
    const last = this.minutes[this.minutes.length - 1]
    if (last?.openMs !== openMs) {
      this.minutes.push({ openMs, open: last?.close ?? this.startValue, high: value, low: value, close: value })
      if (this.minutes.length > keptMinutes * 1.25) this.minutes = this.minutes.slice(-keptMinutes)
      return
    }
    last.high = Math.max(last.high, value)
    last.low = Math.min(last.low, value)
    last.close = value
  }

  at(atMs: number): number {
    if (atMs <= this.startMs) return this.startValue + (this.noise(atMs) - this.noiseAtStart) * this.amplitude
    const openMs = Math.floor(atMs / minuteMs) * minuteMs
    const last = this.minutes[this.minutes.length - 1]
    const known = this.minutes.find(minute => minute.openMs === openMs) ?? last
    return known?.open ?? this.startValue
  }

  /** Over [fromMs, untilMs), as far as time has come. */
  span(fromMs: number, untilMs: number, nowMs: number): Span {
    const endMs = Math.min(untilMs, nowMs)
    const values = Array.from({ length: samplesPerSpan + 1 }, (_, index) =>
      this.at(fromMs + ((endMs - fromMs) * index) / samplesPerSpan),
    )
    for (const minute of this.minutes) {
      if (minute.openMs >= fromMs && minute.openMs < untilMs) values.push(minute.high, minute.low)
    }
    const open = this.at(fromMs)
    const close = nowMs < untilMs ? (this.minutes[this.minutes.length - 1]?.close ?? this.at(endMs)) : this.at(untilMs)
    return { open, close, high: Math.max(open, close, ...values), low: Math.min(open, close, ...values) }
  }

  private noise(atMs: number): number {
    return waves.reduce((sum, [spanMs, strength], index) => {
      return sum + strength * smoothNoise(this.seed + index * 104_729, atMs / spanMs)
    }, 0)
  }
}
