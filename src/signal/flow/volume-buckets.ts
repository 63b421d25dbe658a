import type { TradeEvent } from '../../model/event.ts'
import { type EpochUs, epochUs } from '../../model/time.ts'
import { BucketSeries } from '../bucket-series.ts'
import { type Measure, timeOf } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { TimeBuckets } from '../time-bucket.ts'
import { type TradeKind, TradeSource, tradeKindOf, tradeMeasure } from './trade-source.ts'
import { VolumeSums, volumeValues } from './volume-sums.ts'

interface VolumeSlice {
  readonly openUs: EpochUs
  readonly sums: VolumeSums
}

/** `flow.volume` in slices of time: one value when a slice is over, and again, revised, when something of it came later. */
export class VolumeBuckets implements Signal {
  readonly id = 'flow.volume'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly measure: Measure
  private readonly source: TradeSource
  private readonly series: BucketSeries<VolumeSlice>
  private outlet: SignalOutlet | undefined
  private receiveTimeUs = epochUs(0)
  private tradeKind: TradeKind | undefined

  constructor(instrument: SignalInstrument, params: CheckedParams) {
    this.measure = tradeMeasure(instrument, params, { id: this.id, unit: 'base', gapPolicy: 'repair', isSliced: true })
    this.source = new TradeSource(instrument, params)
    const { instruments, needs } = this.measure.setup
    this.instruments = instruments
    this.needs = needs
    this.params = params.all
    this.series = new BucketSeries<VolumeSlice>(
      new TimeBuckets(params.number('bucketMs')),
      openUs => ({ openUs, sums: new VolumeSums() }),
      { closed: slice => this.say(slice, false) },
    )
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    this.outlet = outlet
    this.receiveTimeUs = input.receiveTimeUs
    const reception = this.measure.receive(input, outlet)
    if (reception === 'data' && input.kind === 'trade') this.trade(input)
    else if (reception === 'second') this.series.closeUntil(this.measure.silentUntil(input.receiveTimeUs))
    else if (reception === 'gap') this.sayAgain(this.measure.newestUs, this.measure.newestUs)
  }

  private trade(trade: TradeEvent): void {
    this.tradeKind ??= tradeKindOf(trade, this.source.instrument)
    const slice = this.series.at(timeOf(trade))
    if (slice === undefined) {
      this.measure.drop()
      return
    }
    const base = this.source.base(trade)
    if (base > 0) slice.sums.add(trade.side, base, this.source.quote(trade))
    if (!this.series.isOpen(slice)) this.say(slice, true)
    const repaired = this.measure.takeRepaired()
    if (repaired !== undefined) this.sayAgain(repaired.fromUs, repaired.toUs)
  }

  private sayAgain(fromUs: number, toUs: number): void {
    for (const slice of this.series.overWithin(fromUs, toUs)) this.say(slice, true)
  }

  private say(slice: VolumeSlice, isRevised: boolean): void {
    const { outlet, measure } = this
    if (outlet === undefined) return
    const { openUs, sums } = slice
    const closeUs = openUs + this.series.buckets.sizeUs
    const values = volumeValues(sums.figures)
    measure.emit(
      {
        timeUs: epochUs(closeUs),
        receiveTimeUs: this.receiveTimeUs,
        value: values.delta,
        values: { ...values, openTimeUs: openUs, tradeKind: this.tradeKind },
        n: sums.buyCount + sums.sellCount,
        gaps: measure.gaps.within(openUs, closeUs),
        // Whoever joined in the middle has seen a part of it only.
        isWarming: measure.sinceUs === undefined || measure.sinceUs > openUs,
        isRevised,
        isPast: true,
      },
      outlet,
    )
  }
}
