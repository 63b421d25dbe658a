import type { DataEvent } from '../../model/event.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { FundingData, FundingPoint } from '../protocol.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

/** One hour of one-second marks. */
const KEPT = 3600
const STALE_MS = 10_000

/** Mark and index price over time, and the funding that follows from them. */
export class FundingView extends MarketView {
  readonly name = 'funding'
  private points: FundingPoint[] = []
  private dropped = 0
  private fundingRate: number | undefined
  private fundingTimeUs: number | undefined
  private tap: ChannelTap | undefined
  private lease: SignalLease | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'mark price')
  }

  /** `version` counts points since the start, so the difference to `since` is what a client lacks. */
  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const isDelta = since !== undefined && since >= this.dropped
    const points = isDelta ? this.points.slice(since - this.dropped) : this.points
    const said = this.lease?.run.latest.get('deriv.tension')
    const tension = said === undefined ? {} : { tension: readingOf(said) }
    const data: FundingData = { points, fundingRate: this.fundingRate, fundingTimeUs: this.fundingTimeUs, ...tension }
    const { exchangeUs, receiveUs } = this
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    this.tap = new ChannelTap(this.context, instrument.id, 'markPrice', { onData: event => this.accept(event) })
    if (this.tap.unsupported === undefined) this.lease = this.context.signals?.lease(instrument)
  }

  protected verdict(): Verdict {
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading mark price' }
    return judgeTap(this.context, this.tap, { noun: 'mark prices', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.tap?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
  }

  private accept(event: DataEvent): void {
    if (event.kind !== 'markPrice') return
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    this.points.push([timeUs, event.markPrice, event.indexPrice ?? -1, event.fundingRate ?? null])
    if (this.points.length > KEPT) {
      this.points.shift()
      this.dropped++
    }
    this.fundingRate = event.fundingRate
    this.fundingTimeUs = event.fundingTimeUs
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
    this.version++
  }
}
