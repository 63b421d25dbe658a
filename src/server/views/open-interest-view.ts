import type { DataEvent } from '../../model/event.ts'
import { baseQuantity, type Instrument } from '../../model/instrument.ts'
import type { OpenInterestData, OpenInterestPoint } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

const KEPT = 7200
const STALE_MS = 60_000

/** Open contracts over time, with the mark price beside them and where both went. */
export class OpenInterestView extends MarketView {
  readonly name = 'openInterest'
  private readonly points = new Backlog<OpenInterestPoint>(KEPT)
  private tap: ChannelTap | undefined
  private mark: ChannelTap | undefined
  private lease: SignalLease | undefined
  private price: number | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'open interest')
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const isDelta = this.points.reaches(since)
    const quadrant = this.lease?.run.latest.get('deriv.oiQuadrant')
    const { exchangeUs, receiveUs } = this
    const data: OpenInterestData = {
      points: this.points.since(isDelta ? since : undefined),
      cadenceMs: this.tap?.spacingMs,
      ...(quadrant === undefined ? {} : { quadrant: readingOf(quadrant) }),
    }
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    const onData = (event: DataEvent): void => this.accept(event, instrument)
    this.tap = new ChannelTap(this.context, instrument.id, 'openInterest', { onData })
    if (this.tap.unsupported !== undefined) return
    this.mark = new ChannelTap(this.context, instrument.id, 'markPrice', { onData })
    this.lease = this.context.signals?.lease(instrument)
  }

  protected verdict(): Verdict {
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading open interest' }
    return judgeTap(this.context, this.tap, { noun: 'open interest', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.tap?.[Symbol.dispose]()
    this.mark?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
  }

  private accept(event: DataEvent, instrument: Instrument): void {
    if (event.kind === 'markPrice') this.price = event.markPrice
    if (event.kind !== 'openInterest') return
    const { price } = this
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    // Contracts of an inverse market are worth coins only at a price.
    const needsPrice = instrument.unit === 'contracts' && instrument.isInverse
    const base = needsPrice && price === undefined ? null : baseQuantity(instrument, event.quantity, price ?? 1)
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
    this.version++
    this.points.push([timeUs, event.quantity, base, price ?? null], this.version)
  }
}
