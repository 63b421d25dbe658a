import type { DataEvent } from '../../model/event.ts'
import { baseQuantity, type Instrument } from '../../model/instrument.ts'
import type { SignalValue } from '../../signal/signal.ts'
import type { OpenInterestData, OpenInterestPoint, QuadrantCode } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { HistoryRead } from './history-read.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import { pastPoint } from './past-open-interest.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

const KEPT = 7200
const STALE_MS = 60_000
const QUADRANT = 'deriv.oiQuadrant'
/** A day and an hour of the venue's statistics. */
const PAST_ROWS = 300
const PAST_EVERY_MS = 300_000
/** Own observations take the place of the statistics; what is kept of them is less than a day. */
const READ_PAST_EVERY_MS = 1_800_000

const CODES: ReadonlyMap<unknown, QuadrantCode> = new Map([
  ['neutral', 0],
  ['longBuildUp', 1],
  ['shortCovering', 2],
  ['shortBuildUp', 3],
  ['longUnwinding', 4],
])

/** Open contracts over time, with the mark price beside them and where both went. */
export class OpenInterestView extends MarketView {
  readonly name = 'openInterest'
  private readonly points = new Backlog<OpenInterestPoint>(KEPT)
  private tap: ChannelTap | undefined
  private mark: ChannelTap | undefined
  private lease: SignalLease | undefined
  private readonly quadrants = new Backlog<readonly [timeUs: number, code: QuadrantCode | null]>(KEPT)
  private listening: Disposable | undefined
  private past: HistoryRead<readonly OpenInterestPoint[]> | undefined
  private pastAt = 0
  private price: number | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'open interest')
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const isDelta = this.points.reaches(since) && this.quadrants.reaches(since)
    const quadrant = this.lease?.run.latest.get(QUADRANT)
    const { exchangeUs, receiveUs, past } = this
    const isNews = !isDelta || this.pastAt > since
    const data: OpenInterestData = {
      points: this.points.since(isDelta ? since : undefined),
      quadrants: this.quadrants.since(isDelta ? since : undefined),
      ...(isNews && past?.value !== undefined ? { past: past.value, pastEveryMs: PAST_EVERY_MS } : {}),
      ...(past?.reason === undefined ? {} : { pastReason: this.context.scrub(past.reason) }),
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
    this.listening = this.lease?.run.listen(output => {
      if (output.kind === 'signal' && output.signal === QUADRANT) this.saidQuadrant(output)
    })
    this.past = this.readPast(instrument)
    this.past.ask()
  }

  protected verdict(): Verdict {
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading open interest' }
    return judgeTap(this.context, this.tap, { noun: 'open interest', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.tap?.[Symbol.dispose]()
    this.mark?.[Symbol.dispose]()
    this.listening?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
    this.past?.[Symbol.dispose]()
  }

  private readPast(instrument: Instrument): HistoryRead<readonly OpenInterestPoint[]> {
    const { clock, feed } = this.context
    const read = async (): Promise<readonly OpenInterestPoint[]> => {
      const samples = await feed.openInterestHistory({ instrument: instrument.id, limit: PAST_ROWS })
      return samples.map(sample => pastPoint(instrument, sample))
    }
    const onChange = (): void => {
      this.version++
      this.pastAt = this.version
      if (past.reason === undefined) past.ask(READ_PAST_EVERY_MS)
    }
    const past = new HistoryRead({ clock, read, onChange })
    return past
  }

  private saidQuadrant({ timeUs, state, values }: SignalValue): void {
    const code = state === 'ok' ? (CODES.get(values?.['quadrant']) ?? null) : null
    this.version++
    this.quadrants.push([timeUs, code], this.version)
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
