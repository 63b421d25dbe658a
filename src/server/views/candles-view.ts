import { errorLine } from '../../model/error.ts'
import type { DataEvent, GapEvent } from '../../model/event.ts'
import type { Instrument } from '../../model/instrument.ts'
import type { CandleGap, CandlesData, GapSpan } from '../protocol.ts'
import { CandleSeries } from './candle-series.ts'
import { ChannelTap } from './channel-tap.ts'
import { intervalSeconds } from './interval.ts'
import { judgeTap } from './judge-tap.ts'
import { MarketView } from './market-view.ts'
import type { Verdict } from './state-machine.ts'
import type { Payload, ViewContext } from './view.ts'

const HISTORY_BARS = 1000
const STALE_MS = 10_000
const GAPS_KEPT = 50
const RELOAD_DELAY_MS = 500
const LONGEST_RETRY_MS = 30_000

/** Candles: history over REST, the venue's own live candle, and the trades between two of its updates. */
export class CandlesView extends MarketView {
  readonly name = 'candles'
  private readonly interval: string
  private readonly series: CandleSeries
  private klines: ChannelTap | undefined
  private trades: ChannelTap | undefined
  private gaps: readonly CandleGap[] = []
  private gapsChangedAt = 0
  private last: number | undefined
  private history: 'missing' | 'loading' | 'whole' = 'missing'
  private historyProblem: string | undefined
  private attempts = 0
  private timer: Disposable | undefined
  private isClosed = false
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string, interval: string) {
    super(context, wanted, `${interval} candles`)
    this.interval = interval
    this.series = new CandleSeries(intervalSeconds(interval))
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    const isDelta = since !== undefined && since >= this.series.resetAt
    const from = isDelta ? since : 0
    const gaps = from < this.gapsChangedAt || !isDelta ? this.gaps : undefined
    const data: CandlesData = { bars: this.series.since(from), gaps, last: this.last }
    const { exchangeUs, receiveUs } = this
    return { type: isDelta ? 'delta' : 'snapshot', exchangeUs, receiveUs, content: { as: 'json', data } }
  }

  protected open(instrument: Instrument): void {
    const handlers = {
      onData: (event: DataEvent) => this.accept(event),
      onGap: (gap: GapEvent, span: GapSpan) => this.interrupted(gap, span),
    }
    this.klines = new ChannelTap(this.context, instrument.id, `kline:${this.interval}`, handlers)
    if (this.klines.unsupported !== undefined) return
    this.trades = new ChannelTap(this.context, instrument.id, 'trade', handlers)
    this.load(instrument)
  }

  protected verdict(): Verdict {
    const { klines } = this
    if (klines === undefined) return { kind: 'loading', text: 'Loading candles' }
    if (klines.unsupported !== undefined) return { kind: 'error', text: klines.unsupported }
    const live = this.liveVerdict(klines)
    if (live.kind !== 'live' || this.history === 'whole') return live
    const text = this.historyProblem ?? `Reading ${HISTORY_BARS} candles of history`
    return { kind: this.series.size === 0 ? 'loading' : 'backfilling', text, lastEventUs: live.lastEventUs }
  }

  protected async close(): Promise<void> {
    this.isClosed = true
    this.timer?.[Symbol.dispose]()
    this.klines?.[Symbol.dispose]()
    this.trades?.[Symbol.dispose]()
  }

  /** Trades move the candle as well: the fresher of the two streams says how old the chart is, either may be gapped. */
  private liveVerdict(klines: ChannelTap): Verdict {
    const expected = { noun: 'candles', staleMs: STALE_MS }
    const own = judgeTap(this.context, klines, expected)
    if (this.trades === undefined || own.kind === 'gapped') return own
    const traded = judgeTap(this.context, this.trades, expected)
    if (traded.kind === 'gapped') return traded
    const isMovedByTrades = this.series.size > 0 && this.trades.lastEventMs > klines.lastEventMs
    return isMovedByTrades && (own.kind === 'quiet' || own.kind === 'loading') ? traded : own
  }

  private accept(event: DataEvent): void {
    if (event.kind === 'kline') {
      if (event.interval !== this.interval) return
      this.series.kline(event)
      this.last = event.close
    } else if (event.kind === 'trade') {
      if (!this.series.trade(event)) return
      this.last = event.price
    } else return
    this.exchangeUs = event.exchangeTimeUs ?? 0
    this.receiveUs = event.receiveTimeUs
    this.version = this.series.version
  }

  private interrupted(gap: GapEvent, span: GapSpan): void {
    const text = `${gap.channel}: ${span.reason}`
    this.gaps = [...this.gaps, { ...span, reason: text, isReloaded: false }].slice(-GAPS_KEPT)
    this.gapsTouched()
    const instrument = this.instrument
    if (instrument === undefined || this.history === 'loading') return
    this.timer?.[Symbol.dispose]()
    this.timer = this.context.clock.setTimer(RELOAD_DELAY_MS, () => this.load(instrument))
  }

  private load(instrument: Instrument): void {
    this.history = this.history === 'whole' ? 'whole' : 'loading'
    this.read(instrument).catch((error: unknown) => this.readAgain(instrument, error))
  }

  private async read(instrument: Instrument): Promise<void> {
    const askedUs = this.context.clock.nowUs()
    const range = { instrument: instrument.id, interval: this.interval, limit: HISTORY_BARS }
    const history = await this.context.feed.klines(range)
    if (this.isClosed) return
    this.series.load(history)
    this.history = 'whole'
    this.historyProblem = undefined
    this.attempts = 0
    this.last ??= history.at(-1)?.close
    this.gaps = this.gaps.map(gap => (gap.toUs <= askedUs ? { ...gap, isReloaded: true } : gap))
    this.gapsTouched()
  }

  private gapsTouched(): void {
    this.series.version++
    this.gapsChangedAt = this.series.version
    this.version = this.series.version
  }

  private readAgain(instrument: Instrument, error: unknown): void {
    if (this.isClosed) return
    this.historyProblem = `History: ${errorLine(error)}`
    if (this.history === 'loading') this.history = 'missing'
    const delayMs = Math.min(LONGEST_RETRY_MS, 1000 * 2 ** this.attempts++)
    this.timer = this.context.clock.setTimer(delayMs, () => this.load(instrument))
  }
}
