import type { DataEvent, GapEvent } from '../../model/event.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { SignalOutput, SignalValue } from '../../signal/signal.ts'
import type { FlowData, FlowPoint, GapSpan } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import { SIGNALS_OFF } from './signals-off.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

/** One hour of seconds. */
const KEPT = 3600
const STALE_MS = 10_000
const GAPS_KEPT = 50
/** Seconds whose cumulative delta waits for their slice to be over. */
const WAITING_KEPT = 120

/** What takers bought and sold, second by second, and the sum since its anchor. Gaps are told with their span. */
export class FlowView extends MarketView {
  readonly name = 'flow'
  private readonly points = new Backlog<FlowPoint>(KEPT)
  private readonly sums = new Map<number, number>()
  private gaps: readonly GapSpan[] = []
  private gapsAt = 0
  private cvd: SignalValue | undefined
  private price: number | undefined
  private tap: ChannelTap | undefined
  private lease: SignalLease | undefined
  private listening: Disposable | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'flow')
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const isDelta = this.points.reaches(since)
    const { cvd, gaps, exchangeUs, receiveUs } = this
    const data: FlowData = {
      points: this.points.since(isDelta ? since : undefined),
      ...(isDelta && since >= this.gapsAt ? {} : { gaps }),
      ...(cvd === undefined ? {} : { cvd: readingOf(cvd) }),
    }
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    const { signals } = this.context
    if (signals === undefined) return
    this.tap = new ChannelTap(this.context, instrument.id, 'trade', {
      onData: event => this.see(event),
      onGap: (gap, span) => this.interrupted(gap, span),
    })
    this.lease = signals.lease(instrument)
    this.listening = this.lease.run.listen(output => this.take(output))
  }

  protected verdict(): Verdict {
    if (this.context.signals === undefined) return SIGNALS_OFF
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading trades' }
    return judgeTap(this.context, this.tap, { noun: 'trades', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.listening?.[Symbol.dispose]()
    this.tap?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
  }

  private see(event: DataEvent): void {
    if (event.kind !== 'trade') return
    this.price = event.price
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
  }

  private interrupted(_gap: GapEvent, span: GapSpan): void {
    this.gaps = [...this.gaps, span].slice(-GAPS_KEPT)
    this.version++
    this.gapsAt = this.version
  }

  private take(output: SignalOutput): void {
    if (output.kind !== 'signal') return
    if (output.signal === 'flow.cvd') this.takeSum(output)
    else if (output.signal === 'flow.volume') this.takeSlice(output)
  }

  private takeSum(value: SignalValue): void {
    this.cvd = value
    if (value.value === undefined) return
    this.sums.set(Math.floor(value.timeUs / 1e6), value.value)
    for (const oldest of this.sums.keys()) {
      if (this.sums.size <= WAITING_KEPT) break
      this.sums.delete(oldest)
    }
    this.version++
  }

  private takeSlice(value: SignalValue): void {
    const { values } = value
    const openUs = values?.['openTimeUs']
    const buy = values?.['buyBase']
    const sell = values?.['sellBase']
    if (typeof openUs !== 'number' || typeof buy !== 'number' || typeof sell !== 'number') return
    const second = Math.floor(openUs / 1e6)
    const isWhole = value.state === 'ok' || value.state === 'stale' ? 1 : 0
    const point: FlowPoint = [second, this.sums.get(second) ?? null, buy, sell, this.price ?? null, isWhole]
    this.version++
    const isSame = (known: FlowPoint): boolean => known[0] === second
    if (value.revised !== true || !this.points.replace(isSame, point, this.version)) {
      this.points.push(point, this.version)
    }
  }
}
