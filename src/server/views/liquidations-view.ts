import type { DataEvent, LiquidationEvent } from '../../model/event.ts'
import { type Instrument, quoteQuantity } from '../../model/instrument.ts'
import type { SignalEvent, SignalOutput } from '../../signal/signal.ts'
import type { LiquidationRow, LiquidationsData } from '../protocol.ts'
import { Backlog } from './backlog.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { SignalLease } from './signal-desk.ts'
import { readingOf } from './signal-reading.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

const ROWS_KEPT = 200
const MINUTES_KEPT = 60

const CASCADE = 'deriv.liqCascade'

/** Forced orders as they come, their value per minute, and cascades of them. Silence is normal here. */
export class LiquidationsView extends MarketView {
  readonly name = 'liquidations'
  private readonly rows = new Backlog<LiquidationRow>(ROWS_KEPT)
  /** Open episodes by their id. */
  private readonly cascades = new Map<string, SignalEvent>()
  private readonly minutes = new Map<number, [number, number]>()
  private coverage = 'unknown'
  private readonly sinceUs: number
  private tap: ChannelTap | undefined
  private lease: SignalLease | undefined
  private listening: Disposable | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'liquidations')
    this.sinceUs = context.clock.nowUs()
  }

  payload(since: number | undefined): Payload | undefined {
    if (since === this.version) return undefined
    const isDelta = this.rows.reaches(since)
    const rows = this.rows.since(isDelta ? since : undefined)
    const minutes = [...this.minutes].map(([minute, [long, short]]) => [minute, long, short] as const)
    const { coverage, sinceUs, exchangeUs, receiveUs } = this
    const said = this.lease?.run.latest.get(CASCADE)
    const cascade = said === undefined ? {} : { cascade: readingOf(said) }
    const cascades = [...this.cascades.values()]
    const data: LiquidationsData = { rows, minutes, coverage, sinceUs, cascades, ...cascade }
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    const onData = (event: DataEvent): void => {
      if (event.kind === 'liquidation') this.accept(event, instrument)
    }
    this.tap = new ChannelTap(this.context, instrument.id, 'liquidation', { onData })
    if (this.tap.unsupported !== undefined) return
    this.lease = this.context.signals?.lease(instrument)
    this.listening = this.lease?.run.listen(output => this.follow(output))
  }

  protected verdict(): Verdict {
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading liquidations' }
    return judgeTap(this.context, this.tap, { noun: 'liquidations', staleMs: undefined })
  }

  protected async close(): Promise<void> {
    this.listening?.[Symbol.dispose]()
    this.tap?.[Symbol.dispose]()
    this.lease?.[Symbol.dispose]()
  }

  private follow(output: SignalOutput): void {
    if (output.kind === 'signal' || output.type !== CASCADE) return
    if (output.phase === 'end') this.cascades.delete(output.id)
    else this.cascades.set(output.id, output)
    this.version++
  }

  private accept(event: LiquidationEvent, instrument: Instrument): void {
    const { side, price, quantity } = event
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    const quote = quoteQuantity(instrument, quantity, price)
    this.version++
    this.rows.push({ timeUs, side, price, quantity, quote }, this.version)
    const minute = Math.floor(timeUs / 60_000_000) * 60
    const [long, short] = this.minutes.get(minute) ?? [0, 0]
    this.minutes.set(minute, side === 'sell' ? [long + quote, short] : [long, short + quote])
    for (const oldest of this.minutes.keys()) {
      if (this.minutes.size <= MINUTES_KEPT) break
      this.minutes.delete(oldest)
    }
    this.coverage = event.coverage
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
  }
}
