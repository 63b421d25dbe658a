import type { DataEvent, LiquidationEvent } from '../../model/event.ts'
import { type Instrument, quoteQuantity } from '../../model/instrument.ts'
import type { LiquidationRow, LiquidationsData } from '../protocol.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

const ROWS_KEPT = 200
const MINUTES_KEPT = 60

/** Forced orders as they come, and their value per minute. Silence is normal here. */
export class LiquidationsView extends MarketView {
  readonly name = 'liquidations'
  private rows: LiquidationRow[] = []
  private dropped = 0
  private readonly minutes = new Map<number, [number, number]>()
  private coverage = 'unknown'
  private readonly sinceUs: number
  private tap: ChannelTap | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'liquidations')
    this.sinceUs = context.clock.nowUs()
  }

  payload(since: number | undefined): Payload | undefined {
    if (since === this.version) return undefined
    const isDelta = since !== undefined && since >= this.dropped
    const rows = isDelta ? this.rows.slice(since - this.dropped) : this.rows
    const minutes = [...this.minutes].map(([minute, [long, short]]) => [minute, long, short] as const)
    const { coverage, sinceUs, exchangeUs, receiveUs } = this
    const data: LiquidationsData = { rows, minutes, coverage, sinceUs }
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    const onData = (event: DataEvent): void => {
      if (event.kind === 'liquidation') this.accept(event, instrument)
    }
    this.tap = new ChannelTap(this.context, instrument.id, 'liquidation', { onData })
  }

  protected verdict(): Verdict {
    if (this.tap === undefined) return { kind: 'loading', text: 'Loading liquidations' }
    return judgeTap(this.context, this.tap, { noun: 'liquidations', staleMs: undefined })
  }

  protected async close(): Promise<void> {
    this.tap?.[Symbol.dispose]()
  }

  private accept(event: LiquidationEvent, instrument: Instrument): void {
    const { side, price, quantity } = event
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    const quote = quoteQuantity(instrument, quantity, price)
    this.rows.push({ timeUs, side, price, quantity, quote })
    if (this.rows.length > ROWS_KEPT) {
      this.rows.shift()
      this.dropped++
    }
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
    this.version++
  }
}
