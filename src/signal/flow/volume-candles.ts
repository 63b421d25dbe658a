import type { KlineEvent } from '../../model/event.ts'
import { baseQuantity } from '../../model/instrument.ts'
import { epochUs } from '../../model/time.ts'
import { Measure } from '../measure.ts'
import type { Signal, SignalInput, SignalNeed, SignalOutlet, SignalParams } from '../signal.ts'
import type { SignalInstrument } from '../signal-kind.ts'
import type { CheckedParams } from '../signal-params.ts'
import { intervalMs } from '../time-bucket.ts'
import { volumeValues } from './volume-sums.ts'

/** Most closed candles whose repetition is recognised. */
const MOST_KNOWN = 512

/** `flow.volume` of closed candles: Vb is the takers' buy volume, Vs the rest. */
export class VolumeCandles implements Signal {
  readonly id = 'flow.volume'
  readonly instruments: Signal['instruments']
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  private readonly instrument: SignalInstrument
  private readonly interval: string
  private readonly sizeUs: number
  private readonly measure: Measure
  private readonly known = new Map<number, string>()

  constructor(instrument: SignalInstrument, params: CheckedParams, interval: string) {
    const sizeMs = intervalMs(interval)
    const needs = [`kline:${interval}`] as const
    this.instrument = instrument
    this.interval = interval
    this.sizeUs = sizeMs * 1000
    this.instruments = [instrument.id]
    this.params = params.all
    this.needs = needs
    this.measure = new Measure({
      id: this.id,
      instruments: this.instruments,
      params: this.params,
      needs,
      unit: 'base',
      gapPolicy: 'repair',
      isSliced: true,
      staleAfterMs: 2 * sizeMs,
      windowMs: sizeMs,
      latenessMs: Number.POSITIVE_INFINITY,
    })
  }

  accept(input: SignalInput, outlet: SignalOutlet): void {
    if (this.measure.receive(input, outlet) !== 'data' || input.kind !== 'kline') return
    if (input.closed && input.interval === this.interval) this.closed(input, outlet)
  }

  private closed(candle: KlineEvent, outlet: SignalOutlet): void {
    const content = `${candle.volume} ${candle.takerBuyVolume} ${candle.quoteVolume} ${candle.trades}`
    const before = this.known.get(candle.openTimeUs)
    if (before === content) return
    this.remember(candle.openTimeUs, content)
    const total = this.base(candle)
    const buyBase = this.boughtOf(candle, total)
    const values =
      buyBase === undefined ? undefined : { buyBase, sellBase: total - buyBase, delta: buyBase - (total - buyBase) }
    this.measure.emit(
      {
        timeUs: epochUs(candle.openTimeUs + this.sizeUs),
        receiveTimeUs: candle.receiveTimeUs,
        value: values?.delta,
        values: values === undefined ? undefined : { ...values, ...sharesOf(values), openTimeUs: candle.openTimeUs },
        n: candle.trades ?? 1,
        isWarming: values === undefined,
        // A candle that came is whole; those that did not were told as a gap.
        gaps: 0,
        isPast: true,
        isRevised: before !== undefined,
      },
      outlet,
    )
  }

  /** An inverse contract's quote volume is in base coins, as the venue sends it. */
  private base(candle: KlineEvent): number {
    return this.instrument.isInverse ? candle.quoteVolume : baseQuantity(this.instrument, candle.volume, candle.close)
  }

  /** Of an inverse contract the venue tells contracts only: both sides are taken to have paid the same price. */
  private boughtOf(candle: KlineEvent, total: number): number | undefined {
    const { takerBuyVolume, volume } = candle
    if (takerBuyVolume === undefined) return undefined
    if (this.instrument.isInverse) return volume === 0 ? 0 : total * (takerBuyVolume / volume)
    return baseQuantity(this.instrument, takerBuyVolume, candle.close)
  }

  private remember(openTimeUs: number, content: string): void {
    this.known.set(openTimeUs, content)
    if (this.known.size <= MOST_KNOWN) return
    const [oldest] = this.known.keys()
    if (oldest !== undefined) this.known.delete(oldest)
  }
}

function sharesOf(values: { readonly buyBase: number; readonly sellBase: number }) {
  const { buyShare, deltaRatio } = volumeValues({ ...values, buyQuote: 0, sellQuote: 0, buyCount: 0, sellCount: 0 })
  return { buyShare, deltaRatio }
}
