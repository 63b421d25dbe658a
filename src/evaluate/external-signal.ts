import type { ExternalPoint } from '../external/point.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal/signal.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'

/** A series from elsewhere as a signal: each point is told in the first second in which it is published, and not before. */
export class ExternalSignal implements Signal {
  readonly id: string
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  /** Nothing of the market is looked at; the seconds of receive time are enough. */
  readonly needs: readonly SignalNeed[] = []
  private readonly points: readonly ExternalPoint[]
  private readonly instrument: SignalInstrument['id']
  private next = 0
  private told = 0

  constructor(instrument: SignalInstrument, series: string, points: readonly ExternalPoint[]) {
    this.id = `external.${series}`
    this.instrument = instrument.id
    this.instruments = [instrument.id]
    this.params = { series }
    this.points = points
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    if (input.kind !== 'second') return
    for (let point = this.points[this.next]; point !== undefined; point = this.points[this.next]) {
      if (point.publishedTimeUs > input.receiveTimeUs) return
      this.next++
      this.told++
      this.tell(point, input.receiveTimeUs, outlet)
    }
  }

  private tell(point: ExternalPoint, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const { effectiveTimeUs, publishedTimeUs, value, unit, key, revision, isFinal } = point
    outlet.emit({
      kind: 'signal',
      signal: this.id,
      instrument: this.instrument,
      params: this.params,
      timeUs: epochUs(effectiveTimeUs),
      receiveTimeUs,
      value,
      values: { value, key, revision, isFinal, publishedTimeUs },
      unit,
      state: 'ok',
      quality: {
        n: this.told,
        sinceUs: epochUs(this.points[0]?.effectiveTimeUs ?? effectiveTimeUs),
        lateDropped: 0,
        gaps: 0,
        ageMs: (receiveTimeUs - publishedTimeUs) / 1000,
      },
      ...(revision > 0 ? { revised: true } : {}),
    })
  }
}
