import type { DataEvent } from '../../model/event.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { TickerData } from '../protocol.ts'
import { ChannelTap } from './channel-tap.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

/** Prices of the header are stale when neither a trade nor a ticker came for this long. */
const STALE_MS = 10_000

/** The header: last price, 24 hours, mark, index and funding. */
export class TickerView extends MarketView {
  readonly name = 'ticker'
  private data: TickerData = {}
  private trades: ChannelTap | undefined
  private ticker: ChannelTap | undefined
  private mark: ChannelTap | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string) {
    super(context, wanted, 'header')
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    return {
      type: since === undefined ? 'snapshot' : 'delta',
      exchangeUs: this.exchangeUs,
      receiveUs: this.receiveUs,
      content: { as: 'json', data: this.data },
    }
  }

  protected open(instrument: Instrument): void {
    const onData = (event: DataEvent): void => this.accept(event)
    this.trades = new ChannelTap(this.context, instrument.id, 'trade', { onData })
    this.ticker = new ChannelTap(this.context, instrument.id, 'ticker', { onData })
    this.mark = new ChannelTap(this.context, instrument.id, 'markPrice', { onData })
  }

  /** The fresher of trades and ticker speaks: on a slow market the ticker proves that the last price still holds. */
  protected verdict(): Verdict {
    const { trades, ticker, mark } = this
    if (trades === undefined || ticker === undefined) return { kind: 'loading', text: 'Loading prices' }
    if (mark?.unsupported !== undefined && this.data.markReason === undefined) {
      this.data = { ...this.data, markReason: mark.unsupported }
      this.version++
    }
    const expected = { noun: 'prices', staleMs: STALE_MS, isCurrentOnly: true }
    const isTickerFresher =
      ticker.unsupported === undefined && (trades.events === 0 || ticker.lastEventMs > trades.lastEventMs)
    return judgeTap(this.context, isTickerFresher ? ticker : trades, expected)
  }

  protected async close(): Promise<void> {
    for (const tap of [this.trades, this.ticker, this.mark]) tap?.[Symbol.dispose]()
  }

  private accept(event: DataEvent): void {
    const timeUs = event.exchangeTimeUs ?? event.receiveTimeUs
    if (event.kind === 'trade') {
      if (timeUs < (this.data.lastUs ?? 0)) return
      this.data = { ...this.data, last: event.price, lastSide: event.side, lastUs: timeUs }
    } else if (event.kind === 'ticker') {
      const { open, high, low, volume, quoteVolume } = event
      const isNewer = timeUs >= (this.data.lastUs ?? 0)
      const last = isNewer ? event.last : this.data.last
      const lastUs = isNewer ? timeUs : this.data.lastUs
      this.data = { ...this.data, open, high, low, volume, quoteVolume, tickerUs: timeUs, last, lastUs }
    } else if (event.kind === 'markPrice') {
      const { markPrice: mark, indexPrice: index, fundingRate, fundingTimeUs } = event
      this.data = { ...this.data, mark, index, fundingRate, fundingTimeUs, markUs: timeUs }
    } else return
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
    this.version++
  }
}
