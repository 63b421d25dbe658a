import type { Instrument } from '../../model/instrument.ts'
import type { SignalEvent } from '../../signal/signal.ts'
import type { SignalsData } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import { EVENTS_KEPT } from './signal-run.ts'
import { SIGNALS_OFF } from './signals-off.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

const STALE_MS = 10_000
/** An event is news for this long. */
const NEWS_MS = 5000
const READINGS_EVERY_MS = 1000

/** Events of signals, every one of them, and what each signal says now. */
export class SignalsView extends MarketView {
  readonly name = 'signals'
  private lease: SignalLease | undefined
  private listening: Disposable | undefined
  private tap: ChannelTap | undefined
  private readonly events = new Backlog<SignalEvent>(EVENTS_KEPT)
  private readAtMs = 0
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'signals')
  }

  payload(since: number | undefined): Payload | undefined {
    const run = this.lease?.run
    if (run === undefined || this.version === 0 || since === this.version) return undefined
    const isDelta = this.events.reaches(since)
    const data: SignalsData = {
      events: this.events.since(isDelta ? since : undefined),
      dropped: run.eventCount - this.events.size,
      readings: [...run.latest.values()].map(readingOf),
      refused: run.refusals.map(([signal, reason]) => ({ signal, reason: this.context.scrub(reason) })),
      options: Object.fromEntries(run.options),
      sinceUs: run.sinceUs,
    }
    const { exchangeUs, receiveUs } = this
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  override tick(): void {
    const nowMs = this.context.clock.monotonicMs()
    if (this.lease !== undefined && nowMs - this.readAtMs >= READINGS_EVERY_MS) {
      this.readAtMs = nowMs
      this.version++
    }
    super.tick()
  }

  protected open(instrument: Instrument): void {
    const { signals } = this.context
    if (signals === undefined) return
    this.tap = new ChannelTap(this.context, instrument.id, 'trade', { onData: () => undefined })
    this.lease = signals.lease(instrument)
    // Another view may have begun before this one.
    for (const event of this.lease.run.events.since(undefined)) this.told(event)
    this.listening = this.lease.run.listen(output => {
      this.exchangeUs = output.timeUs
      this.receiveUs = output.receiveTimeUs
      if (output.kind === 'signalEvent') this.told(output)
    })
  }

  protected verdict(): Verdict {
    if (this.context.signals === undefined) return SIGNALS_OFF
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading signals' }
    const judged = judgeTap(this.context, this.tap, { noun: 'signals', staleMs: STALE_MS })
    if (judged.kind !== 'live' && judged.kind !== 'quiet') return judged
    // Events are rare: the streams below them say whether the silence is real.
    const lastEventUs = this.lease?.run.lastEventUs ?? 0
    const isNews = (this.context.clock.nowUs() - lastEventUs) / 1000 < NEWS_MS
    const last = lastEventUs > 0 ? { lastEventUs } : {}
    return { kind: isNews ? 'live' : 'quiet', text: 'signals', heardUs: judged.heardUs ?? judged.lastEventUs, ...last }
  }

  protected async close(): Promise<void> {
    this.listening?.[Symbol.dispose]()
    this.tap?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
  }

  private told(event: SignalEvent): void {
    this.version++
    this.events.push(event, this.version)
  }
}
