import type { DataEvent } from '../../model/event.ts'
import type { FundingSettlement } from '../../model/history.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { FundingData, FundingPoint } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { HistoryRead } from './history-read.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import { intervalHours } from './settled-funding.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

/** One hour of one-second marks. */
const KEPT = 3600
const STALE_MS = 10_000
/** Sixty days of eight-hourly settlements, a week of hourly ones. */
const SETTLEMENTS = 180
/** Venues take some seconds to list what they have just settled. */
const AFTER_SETTLEMENT_MS = 20_000
const AGAIN_MS = 60_000
const GIVE_UP_US = 600_000_000

/** Mark and index price over time, the funding that follows from them, and what was paid. */
export class FundingView extends MarketView {
  readonly name = 'funding'
  private readonly points = new Backlog<FundingPoint>(KEPT)
  private fundingRate: number | undefined
  private fundingTimeUs: number | undefined
  private tap: ChannelTap | undefined
  private lease: SignalLease | undefined
  private past: HistoryRead<readonly FundingSettlement[]> | undefined
  private pastAt = 0
  /** The settlement that passed last while somebody looked. */
  private settledUs: number | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'mark price')
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.points.size === 0 || since === this.version) return undefined
    const isDelta = this.points.reaches(since)
    const said = this.lease?.run.latest.get('deriv.tension')
    const { exchangeUs, receiveUs, fundingRate, fundingTimeUs, past } = this
    const settled = past?.value
    const isNews = !isDelta || this.pastAt > since
    const data: FundingData = {
      points: this.points.since(isDelta ? since : undefined),
      fundingRate,
      fundingTimeUs,
      intervalHours: intervalHours(settled ?? [], fundingTimeUs),
      ...(said === undefined ? {} : { tension: readingOf(said) }),
      ...(isNews && settled !== undefined ? { settled: settled.map(({ timeUs, rate }) => [timeUs, rate]) } : {}),
      ...(past?.reason === undefined ? {} : { settledReason: this.context.scrub(past.reason) }),
    }
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    this.tap = new ChannelTap(this.context, instrument.id, 'markPrice', { onData: event => this.accept(event) })
    if (this.tap.unsupported !== undefined) return
    this.lease = this.context.signals?.lease(instrument)
    const { clock, feed } = this.context
    const read = (): Promise<readonly FundingSettlement[]> =>
      feed.settledFunding({ instrument: instrument.id, limit: SETTLEMENTS })
    const onChange = (): void => {
      this.version++
      this.pastAt = this.version
      if (this.isBehind(past.value)) past.ask(AGAIN_MS)
    }
    const past = new HistoryRead({ clock, read, onChange })
    this.past = past
    past.ask()
  }

  /** A settlement has passed that the venue does not list yet; after ten minutes it is not waited for any more. */
  private isBehind(settled: readonly FundingSettlement[] | undefined): boolean {
    const { settledUs } = this
    if (settledUs === undefined || this.context.clock.nowUs() - settledUs > GIVE_UP_US) return false
    return (settled?.at(-1)?.timeUs ?? 0) < settledUs
  }

  protected verdict(): Verdict {
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading mark price' }
    return judgeTap(this.context, this.tap, { noun: 'mark prices', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.tap?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
    this.past?.[Symbol.dispose]()
  }

  private accept(event: DataEvent): void {
    if (event.kind !== 'markPrice') return
    const { fundingTimeUs } = this
    this.fundingRate = event.fundingRate
    this.fundingTimeUs = event.fundingTimeUs
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
    this.version++
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    this.points.push([timeUs, event.markPrice, event.indexPrice ?? -1, event.fundingRate ?? null], this.version)
    // A later settlement is announced: the one before has been paid.
    if (fundingTimeUs === undefined || (event.fundingTimeUs ?? 0) <= fundingTimeUs) return
    this.settledUs = fundingTimeUs
    this.past?.ask(AFTER_SETTLEMENT_MS)
  }
}
