import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import type { ReceivedPoint } from './point.ts'
import type { ExternalValue } from './value.ts'

/** The state of one series and key. */
export class SeriesTrack {
  readonly source: string
  readonly series: string
  private readonly staleAfterUs: number
  private readonly sinceUs: number
  private point: ReceivedPoint
  private state: ExternalValue['state'] = 'ok'
  private points = 0
  private gaps = 0
  private heardUs = epochUs(0)

  constructor(first: ReceivedPoint, staleAfterMs: DurationMs) {
    this.source = first.source
    this.series = first.series
    this.point = first
    this.sinceUs = first.effectiveTimeUs
    this.staleAfterUs = Math.round(staleAfterMs * 1000)
  }

  static warming(source: string, series: string, atUs: EpochUs): ExternalValue {
    const quality = { n: 0, sinceUs: atUs, lateDropped: 0, gaps: 0, ageMs: 0 }
    const names = { kind: 'external', signal: `external.${series}`, source, series } as const
    return { ...names, timeUs: atUs, receiveTimeUs: atUs, unit: '', state: 'warming', quality }
  }

  /** When it becomes stale unless something comes; undefined when it is not `ok`, or may be silent for ever. */
  get staleAtUs(): EpochUs | undefined {
    if (this.state !== 'ok' || !Number.isFinite(this.staleAfterUs)) return undefined
    return epochUs(this.heardUs + this.staleAfterUs)
  }

  told(point: ReceivedPoint, atUs: EpochUs): ExternalValue {
    const isRevised =
      this.points > 0 && point.effectiveTimeUs === this.point.effectiveTimeUs && point.value !== this.point.value
    this.point = point
    this.state = 'ok'
    this.gaps = 0
    this.heard(atUs)
    return this.value(atUs, isRevised)
  }

  /** Something of it came that changes nothing now. */
  heard(atUs: EpochUs): void {
    this.points++
    this.heardUs = atUs
  }

  gapped(atUs: EpochUs): ExternalValue {
    this.gaps++
    this.state = 'gapped'
    return this.value(atUs, false)
  }

  stale(atUs: EpochUs): ExternalValue {
    this.state = 'stale'
    return this.value(atUs, false)
  }

  private value(atUs: EpochUs, isRevised: boolean): ExternalValue {
    const { source, series, key, value, unit, effectiveTimeUs, publishedTimeUs, revision, isFinal, details } =
      this.point
    return {
      kind: 'external',
      signal: `external.${series}`,
      source,
      series,
      ...(key === undefined ? {} : { key }),
      timeUs: epochUs(effectiveTimeUs),
      receiveTimeUs: atUs,
      value,
      values: { ...details, revision, isFinal, publishedTimeUs },
      unit,
      state: this.state,
      quality: {
        n: this.points,
        sinceUs: epochUs(this.sinceUs),
        lateDropped: 0,
        gaps: this.gaps,
        ageMs: Math.max(0, atUs - this.heardUs) / 1000,
      },
      ...(isRevised ? { revised: true } : {}),
    }
  }
}
