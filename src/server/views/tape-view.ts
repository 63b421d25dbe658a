import { errorLine } from '../../model/error.ts'
import type { DataEvent } from '../../model/event.ts'
import { type Instrument, quoteQuantity } from '../../model/instrument.ts'
import { encodeTape, TAPE_GAP, TAPE_LIQUIDATION, TAPE_RECOVERED, TAPE_SELL, type TapeRow } from '../binary-frame.ts'
import type { GapSpan } from '../protocol.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

/** Rows of the ring; a client that lags further behind gets the totals and the newest of them. */
const KEPT = 4096
const SNAPSHOT_ROWS = 500
const HISTORY_ROWS = 200
const STALE_MS = 10_000
/** Prints of the stream wait this long for the older ones that are read over REST, so that the order is right. */
const PREFILL_WAIT_MS = 2000

/** Every print, in order, with totals that count each of them whether it is shown or not. */
export class TapeView extends MarketView {
  readonly name = 'tape'
  private readonly ring: TapeRow[] = []
  private count = 0
  private buyCount = 0
  private buyQuote = 0
  private sellQuote = 0
  private sinceUs: number
  private trades: ChannelTap | undefined
  private liquidations: ChannelTap | undefined
  private exchangeUs = 0
  private receiveUs = 0
  private held: TapeRow[] | undefined = []
  private holdTimer: Disposable | undefined
  private readonly encoded = new Map<string, Uint8Array>()

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'tape')
    this.sinceUs = context.clock.nowUs()
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const isDelta = since !== undefined
    const lacking = isDelta ? this.version - since : SNAPSHOT_ROWS
    const first = Math.max(this.version - lacking, this.version - KEPT, 0)
    const key = `${first}`
    let frame = this.encoded.get(key)
    if (frame === undefined) {
      frame = this.encode(first, isDelta ? first - since : 0)
      this.encoded.set(key, frame)
    }
    const { exchangeUs, receiveUs } = this
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'binary', frame } }
  }

  protected open(instrument: Instrument): void {
    this.trades = new ChannelTap(this.context, instrument.id, 'trade', {
      onData: event => this.accept(event, instrument),
      onGap: (_gap, span) => this.interrupted(span),
    })
    this.liquidations = new ChannelTap(this.context, instrument.id, 'liquidation', {
      onData: event => this.accept(event, instrument),
    })
    this.holdTimer = this.context.clock.setTimer(PREFILL_WAIT_MS, () => this.release([]))
    this.prefill(instrument).catch((error: unknown) => {
      this.context.warn(`recent trades of ${instrument.id}: ${errorLine(error)}`)
      this.release([])
    })
  }

  protected verdict(): Verdict {
    if (this.trades === undefined) return { kind: 'loading', text: 'Loading trades' }
    return judgeTap(this.context, this.trades, { noun: 'trades', staleMs: STALE_MS })
  }

  protected async close(): Promise<void> {
    this.holdTimer?.[Symbol.dispose]()
    this.trades?.[Symbol.dispose]()
    this.liquidations?.[Symbol.dispose]()
  }

  /** Fills the screen with what was traded before the stream began; those prints are not part of the totals. */
  private async prefill(instrument: Instrument): Promise<void> {
    const trades = await this.context.feed.recentTrades(instrument.id, HISTORY_ROWS)
    const rows = trades.map(trade => {
      const timeUs = trade.exchangeTimeUs ?? trade.receiveTimeUs
      const quote = quoteQuantity(instrument, trade.quantity, trade.price)
      const flags = TAPE_RECOVERED | (trade.side === 'sell' ? TAPE_SELL : 0)
      return { timeUs, price: trade.price, quantity: trade.quantity, quote, flags }
    })
    this.release(rows)
  }

  /** Lets the held prints go, after the older ones. */
  private release(older: readonly TapeRow[]): void {
    const { held } = this
    if (held === undefined) return
    this.held = undefined
    this.holdTimer?.[Symbol.dispose]()
    const firstUs = held[0]?.timeUs ?? Number.POSITIVE_INFINITY
    for (const row of older) if (row.timeUs < firstUs) this.push(row)
    for (const row of held) this.push(row)
  }

  private accept(event: DataEvent, instrument: Instrument): void {
    if (event.kind !== 'trade' && event.kind !== 'liquidation') return
    const isLiquidation = event.kind === 'liquidation'
    const { price, quantity, side } = event
    const quote = quoteQuantity(instrument, quantity, price)
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    const flags =
      (side === 'sell' ? TAPE_SELL : 0) |
      (isLiquidation ? TAPE_LIQUIDATION : 0) |
      (event.recovered ? TAPE_RECOVERED : 0)
    if (!isLiquidation) this.total(side, quote)
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
    this.push({ timeUs, price, quantity, quote, flags })
  }

  private total(side: 'buy' | 'sell', quote: number): void {
    this.count++
    if (side === 'buy') {
      this.buyCount++
      this.buyQuote += quote
    } else this.sellQuote += quote
  }

  /** Totals that miss prints would be wrong: they begin again after the gap. */
  private interrupted(span: GapSpan): void {
    this.count = 0
    this.buyCount = 0
    this.buyQuote = 0
    this.sellQuote = 0
    this.sinceUs = span.toUs
    this.push({ timeUs: span.fromUs, price: span.toUs, quantity: 0, quote: 0, flags: TAPE_GAP })
  }

  private push(row: TapeRow): void {
    if (this.held !== undefined && this.held.length < KEPT) {
      this.held.push(row)
      return
    }
    this.ring[this.version % KEPT] = row
    this.version++
    this.encoded.clear()
  }

  private encode(first: number, skipped: number): Uint8Array {
    const rows: TapeRow[] = []
    for (let index = first; index < this.version; index++) {
      const row = this.ring[index % KEPT]
      if (row !== undefined) rows.push(row)
    }
    const { count, buyCount, buyQuote, sellQuote, sinceUs } = this
    return encodeTape({ count, buyCount, buyQuote, sellQuote, sinceUs, firstIndex: first, skipped, rows })
  }
}
