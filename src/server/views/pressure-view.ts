import type { Instrument } from '../../model/instrument.ts'
import type { PressureData, PressurePoint } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { SignalLease } from './signal-desk.ts'
import { currentValue, readingOf } from './signal-reading.ts'
import { SIGNALS_OFF } from './signals-off.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

/** Half an hour of seconds. */
const KEPT = 1800
const STALE_MS = 2000
const EVERY_US = 1_000_000
const READ = ['book.imbalance', 'book.ofi', 'book.spreadWiden', 'vol.burst'] as const

/** What rests on both sides of the book and what is added to and taken from its touch: pressure, once a second. */
export class PressureView extends MarketView {
  readonly name = 'pressure'
  private readonly points = new Backlog<PressurePoint>(KEPT)
  private lease: SignalLease | undefined
  private tap: ChannelTap | undefined
  private second = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'book pressure')
  }

  payload(since: number | undefined): Payload | undefined {
    const run = this.lease?.run
    if (run === undefined || this.version === 0 || since === this.version) return undefined
    const isDelta = this.points.reaches(since)
    const values = READ.flatMap(id => run.latest.get(id) ?? [])
    const data: PressureData = {
      points: this.points.since(isDelta ? since : undefined),
      readings: values.map(readingOf),
      refused: READ.flatMap(signal => {
        const reason = run.refused.get(signal)
        return reason === undefined ? [] : [{ signal, reason: this.context.scrub(reason) }]
      }),
    }
    const exchangeUs = Math.max(0, ...values.map(value => value.timeUs))
    const receiveUs = Math.max(0, ...values.map(value => value.receiveTimeUs))
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  override tick(): void {
    this.sample()
    super.tick()
  }

  protected open(instrument: Instrument): void {
    const { signals } = this.context
    if (signals === undefined) return
    this.tap = new ChannelTap(this.context, instrument.id, 'quote', { onData: () => undefined })
    this.lease = signals.lease(instrument)
  }

  protected verdict(): Verdict {
    if (this.context.signals === undefined) return SIGNALS_OFF
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading book pressure' }
    return judgeTap(this.context, this.tap, { noun: 'quotes', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.tap?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
  }

  /** A second without a whole value is a hole in the line. */
  private sample(): void {
    const run = this.lease?.run
    if (run === undefined || run.latest.size === 0) return
    const second = Math.floor(this.context.clock.nowUs() / EVERY_US)
    if (second === this.second) return
    this.second = second
    const imbalance = currentValue(run.latest.get('book.imbalance'), 'imbalance')
    const flow = currentValue(run.latest.get('book.ofi'), 'normalised')
    this.version++
    this.points.push([second, imbalance ?? null, flow ?? null], this.version)
  }
}
